"""Benchmarks: ratios against a peer or a bare library measured in the same run, never an assertion in a test."""
