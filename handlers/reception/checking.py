"""The rules of receptions against a form: what is refused, what is struck out, how many may keep company.

Foreign guests and private purposes are refused outright. Wishes the rules forbid (alcohol, banners, a second meal) are struck
out and said so with the clause; the reception itself goes on without them. The same check runs when the form is shown, when it
is submitted, and again when it is approved.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from desk.errors import Refusal
from desk.receptions import companion_limit
from handlers.reception import listening

if TYPE_CHECKING:
    from desk.rules import Rule
    from handlers.kinds import Fields, Scene

NAME = "reception"
REFUSED = ("REC-20", "REC-2")
STRUCK_BY_WORDS = ("REC-8", "REC-9", "REC-12", "REC-14", "REC-16", "REC-17")
DAYLIGHT_MEALS = ("午餐", "晚餐")


def parameter(scene: Scene, name: str) -> Any:
    """Return one of the house's figures for receptions (desk/rules/reception.yml)."""
    return scene.house.rules.parameter(NAME, name)


def rule(scene: Scene, code: str) -> Rule:
    """Return a rule of the book."""
    return scene.house.rules.rule(code)


def words_of(fields: Fields) -> str:
    """Return everything said about the reception, for rules that look at words."""
    names = ("said", "purpose", "visitors", "visitor_org", "meals", "lodging")
    return "\n".join(listening.text_of(fields.get(n)) for n in names if fields.get(n))


def refuse_outright(scene: Scene, fields: Fields) -> None:
    """Raise Refusal for what is no reception of this bureau: foreign guests (REC-20), private purposes (REC-2)."""
    text = words_of(fields)
    for code in REFUSED:
        found = rule(scene, code)
        if listening.asked_for(text, found.words_found):
            way = found.alternative
            if code == "REC-20":
                way = f"{way} 外事部门电话 {parameter(scene, 'foreign_phone')}。"
            raise Refusal(found.quoted(), rule=code, alternative=way)
    private = re.fullmatch(r"(?:旅游|探亲|休假|私事|游玩)", listening.text_of(fields.get("purpose")))
    if private or listening.is_private(text):
        found = rule(scene, "REC-2")
        raise Refusal(found.quoted(), rule=found.code, alternative=found.alternative)


def struck(scene: Scene, fields: Fields) -> list[str]:
    """Return the codes of the rules that strike something out of what was wished."""
    text = words_of(fields)
    # A struck wish is rewritten in the form, so it is remembered; words are looked at anew.
    kept = {c for c in fields.get("struck") or () if c in ("REC-6", "REC-10", "REC-15")}
    kept |= {c for c in STRUCK_BY_WORDS if listening.asked_for(text, rule(scene, c).words_found)}
    if listening.leaders_greet(text):
        kept.add("REC-12")
    if listening.asked_for(text, rule(scene, "REC-15").words_found) and not _high_rank(scene, text):
        kept.add("REC-15")
    if wants_meal(fields) and is_same_city(scene, fields):
        return sorted({*kept - {"REC-6", "REC-10"}, "REC-11"}, key=_by_number)
    if fields.get("struck") and "REC-11" in fields["struck"] and is_same_city(scene, fields):
        kept.add("REC-11")
    kept |= _meal_breaches(scene, fields, text)
    return sorted(kept, key=_by_number)


def _meal_breaches(scene: Scene, fields: Fields, text: str) -> set[str]:
    found = set()
    meals = listening.text_of(fields.get("meals"))
    several = all(meal in meals for meal in DAYLIGHT_MEALS)
    if several or listening.asked_for(text, rule(scene, "REC-6").words_found):
        found.add("REC-6")
    if int(fields.get("meal_price") or 0) > parameter(scene, "meal_cap_yuan"):
        found.add("REC-10")
    return found


def _by_number(code: str) -> int:
    return int(code.partition("-")[2])


def _high_rank(scene: Scene, text: str) -> bool:
    return any(word in text for word in parameter(scene, "high_rank"))


def wants_meal(fields: Fields) -> bool:
    """Say whether a meal is wished."""
    return bool(listening.text_of(fields.get("meals")))


def is_same_city(scene: Scene, fields: Fields) -> bool:
    """Say whether the visitors come from this city (REC-11): by the name of their unit, or by the words 「同城」."""
    organisation, said = listening.text_of(fields.get("visitor_org")), str(fields.get("said") or "")
    if "同城" in said and "不同城" not in said:
        return True
    if any(word in organisation for word in parameter(scene, "same_city")):
        return True
    if organisation in ("市局", "市里", "市政府", "市委") or "市里同志" in said or "市里来" in said:
        return True
    home = str(parameter(scene, "home_province"))
    # Units of the province sit in its capital; 省 alone is ours. Its other cities are not this one.
    rest = organisation.removeprefix(home)
    provincial = rest != organisation or re.match(r"省(?!外)(?!内)", organisation)
    elsewhere = re.match(r"[\u4e00-\u9fff]{1,6}?(?:市|州|县|区)", rest) or _other_city(scene, rest)
    return bool(provincial and not elsewhere)


def _other_city(scene: Scene, words: str) -> bool:
    if "vehicle" not in scene.house.rules.parameters:
        return False
    return any(city in words for city in scene.house.rules.parameters["vehicle"].get("far_places", ()))


def limit_of(fields: Fields) -> int:
    """Return how many may keep the guests of this form company."""
    return companion_limit(int(fields.get("people") or 1))


def too_many_companions(scene: Scene, fields: Fields) -> str:
    """Return the refusal when more people keep company than REC-7 allows; empty when it is fine or not known yet."""
    wished = int(fields.get("companions") or 0)
    if not fields.get("people") or wished <= limit_of(fields):
        return ""
    most = limit_of(fields)
    return f"{fields['people']} 位来宾最多 {most} 人陪餐，{wished} 人超了。{rule(scene, 'REC-7').quoted()}"


def check_rules(scene: Scene, fields: Fields) -> None:
    """Refuse what may not be submitted or approved. Raises Refusal with the clause and another way."""
    refuse_outright(scene, fields)
    over = too_many_companions(scene, fields)
    if over:
        way = f"把陪同减到 {limit_of(fields)} 人以内就能办。"
        raise Refusal(over, rule="REC-7", alternative=way)
    price = int(fields.get("meal_price") or 0)
    if price > parameter(scene, "meal_cap_yuan") and wants_meal(fields):
        found = rule(scene, "REC-10")
        raise Refusal(
            found.quoted(),
            rule=found.code,
            alternative=f"餐标请改到 {parameter(scene, 'meal_cap_yuan')} 元以内。",
        )
    if wants_meal(fields) and is_same_city(scene, fields):
        found = rule(scene, "REC-11")
        raise Refusal(found.quoted(), rule=found.code, alternative="把用餐去掉就能办。" + found.alternative)


def said_of_struck(scene: Scene, codes: list[str]) -> tuple[str, ...]:
    """Say each thing that was struck out, with its clause and what is possible instead."""
    found = [rule(scene, code) for code in codes]
    return tuple(f"🚫 {r.title}：{r.quoted()}{r.alternative}" for r in found)
