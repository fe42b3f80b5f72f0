"""The survey after a job: 「满意」「一般」「不满意」, the same for every kind.

A bad mark goes to the dispatchers at once, and the person is asked what was wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.errors import Conflict
from handlers.kinds import Deed, FollowUp, Move, Scene, Step
from handlers.tickets import cards
from handlers.words import esc

if TYPE_CHECKING:
    from desk.models import Ticket

LABELS = {"rate_good": "满意", "rate_fair": "一般", "rate_bad": "不满意"}


def rating_steps(states: tuple[str, ...]) -> tuple[Step, ...]:
    """Return the three marks, offered to the requester in these states until one is given, and the comment on a bad one."""
    marks = tuple(
        Step(
            action=action,
            label=label,
            states=states,
            by=("requester",),
            do=_rate,
            tell=_after_bad if action == "rate_bad" else None,
            thanks=None if action == "rate_bad" else lambda _deed: "谢谢您的评价！",
            then=_what_was_wrong if action == "rate_bad" else None,
            offered=_not_rated,
            harmless=True,
        )
        for action, label in LABELS.items()
    )
    comment = Step(
        action="comment",
        word="说明不满意原因",
        harmless=True,
        states=states,
        by=("requester",),
        do=_comment,
        tell=_after_comment,
        thanks=lambda _deed: "记下了，已转给负责人，会尽快联系您。",
    )
    return (*marks, comment)


def _not_rated(scene: Scene, ticket: Ticket) -> bool:
    return not ticket.fields.get("rating")


def _rate(deed: Deed) -> Move:
    if deed.ticket.fields.get("rating"):
        raise Conflict(f"您已经评过「{deed.ticket.fields['rating']}」了，谢谢！")
    rating = LABELS[deed.action]
    deed.ticket.fields = {**deed.ticket.fields, "rating": rating}
    return Move(details={"rating": rating})


def _after_bad(deed: Deed) -> None:
    asker = deed.ticket.requester
    text = f"⚠️ {deed.ticket.number} 评价「不满意」，请联系了解：{esc(asker.name)} {esc(asker.phone)}"
    cards.tell(deed.scene, deed.ticket, party="dispatcher", text=text.rstrip())


def _what_was_wrong(deed: Deed) -> FollowUp:
    return FollowUp(question="很抱歉没让您满意。哪里不好？直接打字告诉我，我转给负责人。", action="comment")


def _comment(deed: Deed) -> Move:
    return Move(reason=deed.arg[:500])


def _after_comment(deed: Deed) -> None:
    text = f"📝 {deed.ticket.number} 不满意的原因：「{esc(deed.arg[:500])}」"
    cards.tell(deed.scene, deed.ticket, party="dispatcher", text=text)
