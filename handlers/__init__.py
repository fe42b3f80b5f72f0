"""What each kind of request needs and does: the dialogue, and one file per kind."""
