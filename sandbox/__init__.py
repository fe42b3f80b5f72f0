"""A local stand-in for Telegram's Bot API, with a chat page, to try and to test a bot without Telegram.

The bot talks to it by base URL and cannot tell the difference: the same methods, the same answers, the same refusals.
People are played by whoever looks at the page (`/`) or by a test through the control API (`/sandbox/…`).
Everything of one sandbox lives in one `World`; all of it runs on one event loop, so nothing here needs a lock.
"""
