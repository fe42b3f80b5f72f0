"""The longer rooms of `handlers.room`: asking, choosing, booking, deeds, offices, and the sweep."""
