"""What each kind of request needs and does, and the conversation around it.

The door is `front`: whatever was heard comes in there. From there down, nothing looking back up:

- `counter/`   sorts what comes in: commands, presses, files, words
- `answers/`   what people say that is no form: queries, changes, orders, questions, danger
- `vehicle/` `room/` `repair/` `reception/`   the kinds, each with its `KIND`; they do not know each other
- `staff/`     around those who serve: what lies in whose hands, duty, leave, hand-over
- `forms/`     forms on the counter: asked, shown, submitted, put away, followed up
- `reports/`   the morning, the week and the month, in words and pictures
- `tickets/`   a ticket and what it owes: card, life, people, reminders, escalation
- `dialogue/`  the conversation itself, pure: where the talk stands and what was said give where it stands then

`kinds` says what a kind is and finds every module here that has a `KIND`; `heard`, `words` and `desk_side` are what all share.
"""
