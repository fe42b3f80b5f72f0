"""The longer logic of the reception kind: reading its words, its plan with child tickets, its list."""
