"""A fifth kind of request, 领用, as somebody would add it: `supplies.py` for handlers/, `supplies.yml` for nlu/training/."""
