"""Telegram and the process: updates in, messages out, the clock, the command line, settings."""

import sys
from importlib.util import find_spec

if find_spec("sniffio") is None:
    # httpcore asks for it at every step of every request; told once that there is none, it no longer searches the disk.
    sys.modules["sniffio"] = None  # type: ignore[assignment]
