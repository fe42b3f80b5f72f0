"""Around those who serve: what lies in whose hands, who is on duty, leave, hand-over, the dispatchers' group."""
