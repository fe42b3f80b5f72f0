"""Any life of any number of repairs: whoever presses whatever, somebody answers for each by a time, and there is a way out."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from desk.models import OutboxMessage, Ticket
from desk.storage import Database
from handlers.kinds import Scene
from handlers.repair import KIND
from handlers.tickets import timeouts
from handlers.tickets.parties import members
from tests.handlers.bench_talk import Counter, word
from tests.handlers.test_repair import CHEN, LIN, MA, NIU, SHUI, TIAN, ZHENG, ZHOU, fault, staffed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

EVERYBODY = (LIN, CHEN, ZHOU, MA, NIU, ZHENG, TIAN, SHUI)
FAULTS = (
    ("主楼三楼走廊灯不亮", {"location": "主楼三楼走廊", "object": "灯", "fault": "不亮"}),
    ("主楼502柜子坏了", {"location": "主楼502", "object": "柜子", "fault": "坏"}),
    ("主楼502换锁芯", {"location": "主楼502", "object": "锁芯", "fault": "换"}),
    ("主楼一楼爆管了", {"location": "主楼一楼", "fault": "爆管"}),
    ("电梯困人了", {"object": "电梯", "fault": "困人"}),
    ("主楼二楼走廊粉刷", {"location": "主楼二楼走廊", "object": "墙面"}),
    ("主楼502电脑死机", {"location": "主楼502", "object": "电脑", "fault": "死机"}),
)  # fmt: skip


class Lives(RuleBasedStateMachine):
    """People report, press what is on their screens (also stale cards), talk, and let time pass."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="repair-lives-"))
        shutil.copy(self.template, self.folder / "desk.db")
        self.database = Database(f"sqlite:///{self.folder / 'desk.db'}")
        self.counter: Counter = staffed(self.database)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(who=st.sampled_from((LIN, CHEN)), what=st.sampled_from(FAULTS))
    def report(self, who: int, what: tuple[str, dict[str, str]]) -> None:
        text, slots = what
        self.counter.say(who, text, fault(**slots))
        if any(b["label"] == "提交" for b in self._buttons(who)):
            self.counter.press(who, "提交")

    @precondition(lambda self: self._any_ticket())
    @rule(who=st.sampled_from(EVERYBODY), pick=st.integers(0, 400))
    def press_something(self, who: int, pick: int) -> None:
        shown = [b for b in self._buttons(who, last=12) if b["data"].startswith("t:")]
        if shown:
            answers = self.counter.press_data(who, shown[pick % len(shown)]["data"])
            assert answers, "a press unanswered"

    @rule(
        who=st.sampled_from(EVERYBODY),
        text=st.sampled_from(("换了一个新的，修好了", "周四到货", "主楼三楼", "还是不亮")),
    )
    def talk(self, who: int, text: str) -> None:
        self.counter.say(who, text, word("thanks"))

    @rule(hours=st.sampled_from((1, 5, 30, 100)))
    def time_passes(self, hours: int) -> None:
        self.counter.wait(hours=hours)
        with self.database.writing() as session:
            timeouts.run(session, house=self.counter.house, now=self.counter.now)

    @invariant()
    def somebody_answers_for_every_open_ticket_and_has_a_way_out(self) -> None:
        with self.database.reading() as session:
            scene = Scene(session=session, now=self.counter.now, house=self.counter.house)
            for ticket in session.scalars(select(Ticket).where(Ticket.closed_at.is_(None))):
                assert (ticket.responsible_id is None) != (ticket.queue is None), ticket.number
                assert ticket.due_at is not None
                assert self._ways_out(session, scene, ticket), f"{ticket.number} is stuck in {ticket.state}"
                assert not self._follows_nobody(session, ticket), f"{ticket.number} follows a closed ticket"

    @invariant()
    def no_button_is_longer_than_telegram_allows(self) -> None:
        with self.database.reading() as session:
            for payload in session.scalars(select(OutboxMessage.payload)):
                for line in payload.get("buttons", ()):
                    assert all(1 <= len(b["data"].encode()) <= 64 and b["label"] for b in line)

    def _ways_out(self, session: Session, scene: Scene, ticket: Ticket) -> bool:
        steps = [s for s in KIND.steps if ticket.state in s.states]
        if any("desk" in s.by for s in steps):
            return True
        return any(members(session, ticket, party) for s in steps for party in s.by if party != "desk")

    def _follows_nobody(self, session: Session, ticket: Ticket) -> bool:
        if ticket.state != "已并单":
            return False
        lead = session.get(Ticket, ticket.parent_id) if ticket.parent_id else None
        return lead is None or lead.closed_at is not None or lead.state == "待验收"

    def _any_ticket(self) -> bool:
        with self.database.reading() as session:
            return session.scalar(select(Ticket.id).limit(1)) is not None

    def _buttons(self, who: int, *, last: int = 1) -> list[dict[str, Any]]:
        found = [r for r in self.counter.rows(who) if r.payload.get("buttons")]
        return [b for row in found[-last:] for line in row.payload["buttons"] for b in line]


@pytest.mark.slow
def test_no_life_of_a_repair_gets_stuck(sqlite_template: Path) -> None:
    Lives.template = sqlite_template
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
