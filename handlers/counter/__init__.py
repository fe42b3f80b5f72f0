"""The counter: what comes in is sorted — commands, presses, files and words — and goes to whoever it belongs to."""
