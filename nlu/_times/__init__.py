"""The private parts of `nlu.times`: characters, tokens, calendars, and how they are put together."""
