"""The longer chapters of the repair kind (`handlers/repair.py` is the table of contents)."""
