"""What the desk tells of itself: the morning, the week and the month, in words and in pictures."""
