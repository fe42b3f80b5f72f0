"""Logs: JSON lines for machines, colours for a terminal, and never a secret in either.

Everything passes one formatter, our own events and the libraries' alike, so tokens, webhook secrets and telephone
numbers are blotted out in one place, exception texts included.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from desk.storage import trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from structlog.typing import Processor, WrappedLogger

TOKEN = re.compile(r"\d{6,20}:[A-Za-z0-9_-]{30,100}")
PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
# They tell every request with its address, and the address holds the token.
CHATTY = (
    "aiohttp", "httpx", "httpcore", "telegram", "apscheduler", "uvicorn", "asyncio", "alembic", "multipart",
)  # fmt: skip


class Blotter:
    """Blots secrets out of whatever is logged."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)

    def __call__(
        self, _logger: WrappedLogger, _name: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        for key, value in event.items():
            event[key] = self._blot(value)
        return event

    def text(self, text: str) -> str:
        """Return `text` with tokens, secrets and the middles of telephone numbers blotted out."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return PHONE.sub(r"\1****\2", TOKEN.sub("***", text))

    def _blot(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._blot(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._blot(one) for one in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(repr(value))


def set_up(*, secrets: Iterable[str], level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (default: standard error)."""
    out = stream or sys.stderr
    blotter = Blotter(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    on_terminal = out.isatty()
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if on_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, blotter, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def tell(log: structlog.stdlib.BoundLogger, event: str, error: Exception, **more: Any) -> None:
    """Log what failed: in one line where the database is in trouble (it is no news where), else with its traceback."""
    if what := trouble(error):
        log.error(event, trouble=what, error=str(getattr(error, "orig", error)).partition("\n")[0], **more)
    else:
        log.error(event, exc_info=error, **more)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """A traceback printed by Python itself would go around the blotter."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("houqin").critical("uncaught", exc_info=(kind, error, trace))
