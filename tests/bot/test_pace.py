"""Telegram's limits, by a clock of our own."""

from __future__ import annotations

from bot.pace import Limits, Pace

CHAT, GROUP = 7, -100


def test_allows_a_short_burst_to_a_chat_then_one_a_second() -> None:
    pace = Pace(Limits(chat_rate=1, chat_burst=3))
    for _ in range(3):
        assert CHAT not in pace.resting(0)
        pace.spend(CHAT, 0)
    assert pace.resting(0)[CHAT] == 1
    assert CHAT in pace.resting(0.9)
    assert CHAT not in pace.resting(1.0)


def test_never_allows_more_than_thirty_in_any_second() -> None:
    pace = Pace(Limits())
    for n in range(30):
        pace.spend(n + 1, 0.5)
    assert pace.budget(1.49) == 0
    assert pace.wait(1.0) == 0.5
    assert pace.budget(1.51) == 30


def test_never_allows_more_than_twenty_a_minute_to_a_group() -> None:
    pace = Pace(Limits())
    for n in range(20):
        pace.spend(GROUP, n * 2)
    assert pace.resting(41)[GROUP] == 19
    assert GROUP not in pace.resting(60.1)


def test_counts_a_rewritten_message_overall_but_not_against_its_chat() -> None:
    pace = Pace(Limits(chat_burst=1))
    pace.spend(CHAT, 0, rewrites=True)
    assert CHAT not in pace.resting(0)
    assert pace.budget(0) == 29
    pace.spend(GROUP, 0, rewrites=True)
    assert GROUP in pace.resting(0)


def test_forgets_chats_that_are_at_rest() -> None:
    pace = Pace(Limits())
    for chat in range(1, 1000):
        pace.spend(chat, 0)
    assert pace.resting(100) == {}
    assert not pace._chats


def test_several_processes_keep_to_the_limits_together() -> None:
    paces = [Pace(Limits()) for _ in range(3)]
    for pace in paces:
        pace.spend(-1, 0.0)
        pace.share(3)
    assert sum(pace.budget(2.0) for pace in paces) == 30
    said = 0
    for pace in paces:
        while -1 not in pace.resting(2.0):
            pace.spend(-1, 2.0)
            said += 1
    # Three were said before, within the same minute.
    assert said + 3 <= 20
    paces[0].share(1)
    assert paces[0].budget(4.0) == 30
