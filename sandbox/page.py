"""The page at `/`: plain HTML, CSS and JavaScript modules, served as they are.

The Content-Security-Policy allows nothing from elsewhere: whatever a bot or a person writes stays text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

_STATIC = Path(__file__).parent / "static"
_FILES = ("app.js", "phone.js", "message.js", "text.js", "style.css")
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def page_routes() -> list[Route]:
    """The page and what it needs."""
    return [Route("/", _serve("index.html")), *(Route(f"/{name}", _serve(name)) for name in _FILES)]


def _serve(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_request: Request) -> Response:
        return FileResponse(_STATIC / name, headers=_HEADERS)

    return endpoint
