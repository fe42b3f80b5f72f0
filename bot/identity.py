"""Who holds a claimed row: this process, another one, or one that died with the row in its hands."""

from __future__ import annotations

import os
import secrets
import socket

_HOST = socket.gethostname()[:18]
_NONCE = secrets.token_hex(4)


def me() -> str:
    """Name this process so that a later one can tell whether it still lives (at most 40 characters)."""
    return f"{_HOST}/{os.getpid()}/{_NONCE}"


def is_gone(owner: str) -> bool:
    """Say whether `owner` was a process of this machine that is no more. Other machines' are never said to be."""
    host, _, rest = owner.partition("/")
    pid, _, nonce = rest.partition("/")
    if host != _HOST or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return nonce != _NONCE
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
