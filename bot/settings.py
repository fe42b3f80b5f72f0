"""What can be set from outside: environment variables, or a `.env` file in the working directory.

A secret may lie in a file of its own, as systemd's credentials and container secrets do: TELEGRAM_TOKEN_FILE names the file
whose content is TELEGRAM_TOKEN.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

TELEGRAM = "https://api.telegram.org"
TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{20,100}")
SECRET = re.compile(r"[A-Za-z0-9_-]{8,256}")
SECRETS = ("TELEGRAM_TOKEN", "HOUQIN_RASA_TOKEN", "HOUQIN_WEBHOOK_SECRET", "HOUQIN_DATABASE_URL")
TELEGRAM_PORTS = (443, 80, 88, 8443)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class BadSettings(Exception):
    """Something set is wrong; the message says what, in Chinese."""


class CannotDo(Exception):
    """What was asked is right and yet cannot be done; the message says why, in Chinese."""


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _address(value: Any) -> Any:
    """Read `host:port`, `:port` or `port`."""
    if not isinstance(value, str):
        return value
    host, _, port = value.strip().rpartition(":")
    if not port.isdigit() or not int(port) < 65536:
        raise ValueError("要写成 主机:端口，例如 127.0.0.1:8082")
    return (host or "127.0.0.1", int(port))


Address = Annotated[tuple[str, int], BeforeValidator(_address)]
Blank = BeforeValidator(_none_if_blank)


def _named(name: str, **more: Any) -> Any:
    return Field(validation_alias=AliasChoices(name), **more)


class Settings(BaseSettings):
    """Everything the desk can be told from outside. Secrets never show in its `repr`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, validate_default=True
    )

    token: Annotated[SecretStr | None, Blank] = _named("TELEGRAM_TOKEN", default=None)
    base_url: Annotated[str | None, Blank] = _named("TELEGRAM_BASE_URL", default=None)
    base_file_url: Annotated[str | None, Blank] = _named("TELEGRAM_BASE_FILE_URL", default=None)
    database_url: Annotated[str | None, Blank] = _named("HOUQIN_DATABASE_URL", default=None)
    data: Path = _named("HOUQIN_DATA", default=Path("data"))
    rasa_url: Annotated[str | None, Blank] = _named("HOUQIN_RASA_URL", default=None)
    rasa_token: Annotated[SecretStr | None, Blank] = _named("HOUQIN_RASA_TOKEN", default=None)
    webhook_url: Annotated[str | None, Blank] = _named("HOUQIN_WEBHOOK_URL", default=None)
    webhook_secret: Annotated[SecretStr | None, Blank] = _named("HOUQIN_WEBHOOK_SECRET", default=None)
    webhook_listen: Annotated[Address | None, Blank] = _named("HOUQIN_WEBHOOK_LISTEN", default=None)
    # Health and metrics; None: the usual address, if it is free.
    http: Annotated[Address | None, Blank] = _named("HOUQIN_HTTP", default=None)
    log_level: Annotated[str | None, Blank] = _named("HOUQIN_LOG", default=None)
    # Messages one person may send a minute; 0: as many as they like. None: what suits where the bot is.
    messages_per_minute: Annotated[int | None, Blank] = _named(
        "HOUQIN_MESSAGES_PER_MINUTE", default=None, ge=0
    )
    # After how many days raw messages are forgotten.
    keep_days: int = _named("HOUQIN_KEEP_DAYS", default=30, ge=1, le=36500)
    tz: str = _named("HOUQIN_TZ", default="Asia/Shanghai")

    @field_validator("token")
    @classmethod
    def _token_looks_right(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("格式不对，应当像 123456789:AA…（从 @BotFather 复制）")
        return value

    @field_validator("base_url", "base_file_url", "rasa_url", "webhook_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("要以 http:// 或 https:// 开头")
        return value.rstrip("/")

    @field_validator("webhook_secret")
    @classmethod
    def _secret_is_sendable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("只能用 8–256 个字母、数字、_ 或 -")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = make_url(value)
        except ArgumentError as error:
            raise ValueError("看不懂，例如 sqlite:///data/houqin.db 或 postgresql+psycopg://…") from error
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError("只支持 SQLite 和 PostgreSQL")
        driver = {"postgresql": "postgresql+psycopg"}.get(url.drivername, url.drivername)
        return url.set(drivername=driver).render_as_string(hide_password=False)

    @field_validator("tz")
    @classmethod
    def _zone_is_the_bureaus(cls, value: str) -> str:
        try:
            zone = ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("没有这个时区") from error
        if zone.key != "Asia/Shanghai":
            raise ValueError("目前只支持 Asia/Shanghai")
        return value

    @field_validator("log_level")
    @classmethod
    def _level_is_known(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("只能是 debug、info、warning、error")
        return value.lower()

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> Settings:
        if self.webhook_url and not self.webhook_secret:
            raise ValueError("设了 HOUQIN_WEBHOOK_URL，还要设 HOUQIN_WEBHOOK_SECRET")
        return self

    # ── what follows from them ──────────────────────────────────────────────────────────────────────

    @property
    def telegram_url(self) -> str:
        """What python-telegram-bot calls `base_url`; ends in `/bot`."""
        return self.base_url or f"{TELEGRAM}/bot"

    @property
    def telegram_file_url(self) -> str:
        """What python-telegram-bot calls `base_file_url`; ends in `/file/bot`."""
        if self.base_file_url:
            return self.base_file_url
        return f"{self.telegram_url.removesuffix('/bot')}/file/bot"

    def database(self, *, sandbox: bool = False) -> str:
        """Return the database's URL; the sandbox never touches the real one unless it is named."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{self.data / ('sandbox.db' if sandbox else 'houqin.db')}"

    @property
    def flood(self) -> int:
        """How many messages a minute of one person are too many; at a Bot API of one's own only a real flood is."""
        if self.messages_per_minute is not None:
            return self.messages_per_minute
        return 30 if self.telegram_url.startswith(TELEGRAM) else 600

    @property
    def models_dir(self) -> Path:
        """Where trained models lie."""
        return self.data / "models"

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Where the webhook listens: as set, else at the port its URL names on this machine, else 8443."""
        if self.webhook_listen:
            return self.webhook_listen
        parts = urlsplit(self.webhook_url or "")
        if parts.hostname in LOOPBACK:
            return ("127.0.0.1", parts.port or 8443)
        return ("0.0.0.0", 8443)  # noqa: S104 - Telegram must reach it

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for the log to blot out."""
        found = [s.get_secret_value() for s in (self.token, self.rasa_token, self.webhook_secret) if s]
        password = make_url(self.database_url).password if self.database_url else None
        return tuple(value for value in (*found, password) if value)


def load(**overrides: Any) -> Settings:
    """Read the settings. Raises BadSettings, in Chinese, naming the variable that is wrong."""
    try:
        return Settings(**{**_from_files(), **overrides})
    except ValidationError as error:
        raise BadSettings("\n".join(_said(dict(one)) for one in error.errors())) from None


def _said(error: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    reason = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] != "value_error":
        reason = "格式不对"
    return f"{name}：{reason}" if name else reason


def _from_files() -> dict[str, str]:
    """Read the secrets that lie in files of their own."""
    found = {}
    for name in SECRETS:
        if not (path := os.environ.get(f"{name}_FILE", "").strip()):
            continue
        if os.environ.get(name, "").strip():
            raise BadSettings(f"{name} 和 {name}_FILE 只能设一个")
        try:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(f"{name}_FILE：读不了这个文件（{type(error).__name__}）") from None
    return found
