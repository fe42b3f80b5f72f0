"""The peer: the same booking of a car on a stock Rasa Open Source assistant, as a good integrator would make it.

Rules and a form with required slots (`domain.yml`, `rules.yml`), one action that checks what was said and one that writes
the ticket (`actions.py`, on rasa-sdk's own action server), spoken to over Rasa's REST channel. Its pipeline and training
sentences are ours. In its favour: it keeps the time as it was said instead of reading it, knows no rules, no calendar, no
roles, tells no dispatcher, promises no reminder, and holds conversations in memory.
"""

SUBMIT = "/affirm"
"""What the button 「提交」 posts."""
