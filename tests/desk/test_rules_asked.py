"""Questions about the rules find the rule they are about."""

from __future__ import annotations

import pytest

from desk.rules import load_rules


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("送点特产给客人可以吗", "REC-17"),
        ("公务接待陪餐几个人", "REC-7"),
        ("订会议室要提前几天", "ROOM-22"),
        ("用车要提前多久申请", "CAR-20"),
        ("换把锁谁同意", "REP-3"),
        ("派车谁审批", "CAR-21"),
        ("周末能不能用公车", "CAR-5"),
        ("领导退休了办公室还能留着吗", "ROOM-6"),
        ("会上能摆水果不", "ROOM-4"),
        ("接待摆不摆鲜花", "REC-14"),
        ("修个灯一般多久", "REP-1"),
        ("出差住宿什么标准", "REC-15"),
    ],
)
def test_a_question_finds_its_rule_first(question: str, code: str) -> None:
    found = load_rules().answering(question)
    assert found
    assert found[0].code == code


def test_a_rule_of_another_kind_is_not_shown_beside_the_right_one() -> None:
    assert [rule.code for rule in load_rules().answering("公务接待陪餐几个人")] == ["REC-7"]


@pytest.mark.parametrize("question", ["今天吃什么", "机票报销的发票抬头写啥", "你们几点下班"])
def test_what_no_rule_speaks_of_finds_none_of_another_matter(question: str) -> None:
    assert all(rule.code == "REC-18" for rule in load_rules().answering(question))


def test_all_rules_of_the_one_kind_named_are_outlined() -> None:
    book = load_rules()
    assert book.outline("用车有啥规定") == book.of("vehicle")
    assert book.outline("接待有什么规定") == book.of("reception")
    assert book.outline("有什么规定") == ()
