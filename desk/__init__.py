"""The desk itself: people, resources, tickets, bookings, inbox, outbox, calendar and their storage.

Everything here takes an open session and the present instant as arguments. Nothing here begins or
commits a transaction, talks to Telegram or understands language; `bot` does the first two, `nlu` the last.
"""
