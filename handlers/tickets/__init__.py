"""A ticket and what it owes: its card, its life, the people around it, its reminders and what happens when time runs out."""
