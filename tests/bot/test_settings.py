"""Settings: good ones are read, bad ones are named in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.settings import BadSettings, load

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz012345678"
NAMES = (
    "TELEGRAM_TOKEN",
    "TELEGRAM_BASE_URL",
    "TELEGRAM_BASE_FILE_URL",
    "HOUQIN_DATABASE_URL",
    "HOUQIN_DATA",
    "HOUQIN_RASA_URL",
    "HOUQIN_WEBHOOK_URL",
    "HOUQIN_WEBHOOK_SECRET",
    "HOUQIN_WEBHOOK_LISTEN",
    "HOUQIN_HTTP",
    "HOUQIN_TZ",
)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_needs_nothing() -> None:
    settings = load()
    assert settings.token is None
    assert settings.telegram_url == "https://api.telegram.org/bot"
    assert settings.telegram_file_url == "https://api.telegram.org/file/bot"
    assert settings.database() == "sqlite:///data/houqin.db"
    assert settings.database(sandbox=True) == "sqlite:///data/sandbox.db"


def test_reads_the_environment_and_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"TELEGRAM_TOKEN={TOKEN}\nHOUQIN_DATA=elsewhere\n", "utf-8")
    monkeypatch.setenv("HOUQIN_DATA", "here")
    settings = load()
    assert settings.token is not None
    assert settings.token.get_secret_value() == TOKEN
    assert str(settings.data) == "here"
    assert TOKEN not in repr(settings)


def test_takes_an_empty_variable_for_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "")
    monkeypatch.setenv("HOUQIN_HTTP", " ")
    assert load().token is None
    assert load().http is None


def test_derives_the_file_address_from_the_base_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BASE_URL", "http://127.0.0.1:8081/bot")
    assert load().telegram_file_url == "http://127.0.0.1:8081/file/bot"


def test_listens_for_a_local_webhook_where_its_address_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUQIN_WEBHOOK_SECRET", "a-long-secret")
    monkeypatch.setenv("HOUQIN_WEBHOOK_URL", "http://127.0.0.1:9000/hook")
    assert load().webhook_address == ("127.0.0.1", 9000)
    monkeypatch.setenv("HOUQIN_WEBHOOK_URL", "https://desk.example.cn/hook")
    assert load().webhook_address == ("0.0.0.0", 8443)  # noqa: S104
    monkeypatch.setenv("HOUQIN_WEBHOOK_LISTEN", "127.0.0.1:7000")
    assert load().webhook_address == ("127.0.0.1", 7000)


def test_speaks_to_postgresql_by_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUQIN_DATABASE_URL", "postgresql://desk:geheim123@db/houqin")
    settings = load()
    assert settings.database() == "postgresql+psycopg://desk:geheim123@db/houqin"
    assert "geheim123" in settings.secrets


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TELEGRAM_TOKEN", "abc", "@BotFather"),
        ("TELEGRAM_BASE_URL", "127.0.0.1:8081", "http://"),
        ("HOUQIN_DATABASE_URL", "mysql://x/y", "SQLite"),
        ("HOUQIN_DATABASE_URL", "???", "看不懂"),
        ("HOUQIN_WEBHOOK_URL", "https://x.cn/hook", "HOUQIN_WEBHOOK_SECRET"),
        ("HOUQIN_WEBHOOK_SECRET", "kurz", "8–256"),
        ("HOUQIN_HTTP", "viele", "主机:端口"),
        ("HOUQIN_TZ", "Mars/Olympus", "时区"),
        ("HOUQIN_TZ", "Europe/Berlin", "Asia/Shanghai"),
    ],
)
def test_says_in_chinese_what_is_wrong_without_repeating_it(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        load()
    assert words in str(refused.value)
    assert name in str(refused.value)


def test_takes_a_secret_from_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = tmp_path / "token"
    held.write_text("123456789:AAabcdefghijklmnopqrstuvwxyz012345678\n")
    monkeypatch.setenv("TELEGRAM_TOKEN_FILE", str(held))
    settings = load()
    assert settings.token is not None
    assert settings.token.get_secret_value() == held.read_text().strip()
    assert held.read_text().strip() in settings.secrets
    monkeypatch.setenv("TELEGRAM_TOKEN", "987654321:AAabcdefghijklmnopqrstuvwxyz012345678")
    with pytest.raises(BadSettings, match="只能设一个"):
        load()
    monkeypatch.delenv("TELEGRAM_TOKEN")
    monkeypatch.setenv("TELEGRAM_TOKEN_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(BadSettings, match="TELEGRAM_TOKEN_FILE：读不了"):
        load()
