"""The rules a trip must keep, asked of a filled form: no private use, no sealed day, a seat for everybody.

They are looked at when the form is shown and again when it is submitted or changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk import fleet
from desk.errors import Refusal
from handlers.dialogue import when
from handlers.vehicle.base import parameter

if TYPE_CHECKING:
    from handlers.kinds import Fields, Scene

FAMILY = re.compile(
    r"(?:我|俺|他|她|我家|局长|处长|领导)(?:的)?(?:爸|妈|父母|父亲|母亲|媳妇|老婆|老公|爱人|对象|孩子|儿子|闺女|女儿|岳父|岳母|公公|婆婆|奶奶|爷爷|姥姥|姥爷|亲戚|朋友|同学|战友)"
    r"[^，。；]{0,8}(?:去|到|上|回|看病|住院|出院|上学|放学|放假|过生日|办)"
    r"|(?:送|接)(?:我|俺|一下)?(?:家)?(?:的)?(?:爸|妈|父母|媳妇|老婆|老公|爱人|对象|孩子|儿子|闺女|女儿|娃|奶奶|爷爷|姥姥)"
    r"|(?:去|到|上)[^，。；]{0,8}(?:玩儿?(?=$|[，。；！!吧呗一几两])|溜达|度假|滑雪玩|泡温泉)"
)
SPLIT = "请分成两张单子，各按一辆车的人数提交。"
EXEMPT = re.compile("应急|抢险|救灾|突发|机要|值班|防汛|防火")


def is_far(scene: Scene, fields: Fields) -> bool:
    """Say whether the trip leaves the city, by the names of the places."""
    there = f"{fields.get('destination') or ''}"
    return any(place in there for place in parameter(scene, "far_places"))


def private_use(scene: Scene, fields: Fields) -> str:
    """Return the words that betray private use (CAR-1), empty when there are none."""
    names = ("said", "purpose", "destination", "private_words")
    text = " ".join(str(fields.get(name) or "") for name in names)
    listed = next((w for w in scene.house.rules.rule("CAR-1").words_found if w in text), "")
    betrayed = FAMILY.search(text)
    return listed or (betrayed[0] if betrayed else "")


def closed_day(scene: Scene, fields: Fields) -> bool:
    """Say whether the trip falls on a statutory holiday, when cars are sealed (CAR-5), without an exempt reason."""
    day = when.day_of(fields.get("start"))
    text = f"{fields.get('said') or ''} {fields.get('purpose') or ''}"
    return bool(day and scene.house.calendar.is_holiday(day) and not EXEMPT.search(text))


def check_rules(scene: Scene, fields: Fields) -> None:
    """Refuse what the rules forbid outright. Raises Refusal with the clause and another way."""
    check_use(scene, fields)
    crowded = too_many(scene, fields)
    if crowded:
        raise Refusal(crowded, rule="CAR-11", alternative=SPLIT)


def check_use(scene: Scene, fields: Fields) -> None:
    """Refuse private use (CAR-1). Raises Refusal."""
    if private_use(scene, fields):
        rule = scene.house.rules.rule("CAR-1")
        raise Refusal(rule.quoted(), rule=rule.code, alternative=rule.alternative)
    borrowing = scene.house.rules.rule("CAR-12")
    if any(word in str(fields.get("said") or "") for word in borrowing.words_found):
        raise Refusal(borrowing.quoted(), rule=borrowing.code, alternative=borrowing.alternative)


def too_many(scene: Scene, fields: Fields) -> str:
    """Return why no car holds so many (CAR-11); empty when one does."""
    people = int(fields.get("people") or 1)
    # One person fits into any car, and mostly nobody has said yet how many they are.
    most = fleet.biggest_seats(scene.session) if people > 1 else 0
    if not people > most > 0:
        return ""
    words = f"{fields['people']} 人超过最大车型的座位（除驾驶员 {most} 座）。"
    return words + scene.house.rules.rule("CAR-11").quoted()
