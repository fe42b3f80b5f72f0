"""Messages the understanding did badly with, kept for review: asked about, corrected, or ended with a human.

What is kept is the sentence and nothing about who wrote it. Names and numbers that point to a person are blotted out before
anything is stored: every name in the register, a surname before a title (王局 → 某局), telephone, identity and plate numbers, addresses of mail.
A reviewer says later what the sentence meant (`houqin feedback`), and it becomes a training line.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import literal, select

from desk.errors import BadInput
from desk.models import Feedback, Person

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

LONGEST = 300
"""Characters kept; a longer message teaches nothing that its beginning does not."""
SHORTEST = 2

# Surnames that are no everyday word themselves (车, 时, 管, 师 would turn 「叫车队长」 into a person).
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫"
    "段雷侯史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔汤康牛樊葛邢齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝宁尚符舒阮柯纪梅童凌毕季裴霍涂苗谷曲翁冉骆蓝辛靳柴"
    "蒙鲍喻祁蒲屈饶解牟艾尤穆卓古缪简芦麦褚娄窦戚岑景费卜晏卫柏宗瞿桂佟臧闵苟邬边卞姬仇栾隋刁荣巫寇桑郎甄丛仲虞敖巩佘池麻苑迟邝"
)
_TITLES = (
    "局长|厅长|处长|科长|主任|书记|秘书|队长|经理|班长|师傅|老师|司长|总监|先生|女士|同志|姐|哥"
    "|局(?![里机办])|厅(?![里局])|处(?![理室里于置])|科(?![室里技学])|司(?![机里])|总(?![共是计算结务])|工(?![队作资程地具会位])"
)
_TITLED = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=[给送接找叫请让跟和替帮是为陪]))[{_SURNAMES}](?={_TITLES})"
)
# 「老马路」 is a street, 「小方桌」 a table: after 老 and 小 only where the word ends or goes on with what somebody does.
_FAMILIAR = re.compile(rf"(?<=[小老])[{_SURNAMES}](?=$|[^\u4e00-\u9fff]|[要说让的用去来在订报开有给和])")
_NUMBERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII), "邮箱"),
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), "证件号"),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), "电话"),
    (re.compile(r"(?<!\d)(?:0\d{2,3}[- ]?)?[2-8]\d{6,7}(?!\d)(?![-\d])"), "电话"),
    (
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·. ]?[A-Z0-9]{5,6}"
        ),
        "车牌",
    ),
    (re.compile(r"@[A-Za-z]\w{3,}"), "账号"),
)


class Why(StrEnum):
    """How it showed that a message was not understood."""

    CLARIFIED = "clarified"
    CORRECTED = "corrected"
    HANDED_OVER = "handed_over"


def blotted(session: Session, text: str) -> str:
    """Return `text` without what points to a person."""
    for pattern, instead in _NUMBERS:
        text = pattern.sub(instead, text)
    named = select(Person.name).where(literal(text).contains(Person.name))
    for name in sorted(set(session.scalars(named)), key=lambda name: (-len(name), name)):
        if len(name) > 1:
            text = text.replace(name, "某某")
    return _FAMILIAR.sub("某", _TITLED.sub("某", text))


def collect(
    session: Session, text: str, *, why: Why, guessed: str = "", chosen: str = "", now: datetime
) -> Feedback | None:
    """Keep a message for review; None when there is nothing to keep or it waits there already.

    Args:
        session: a writing session.
        text: the message as typed.
        why: how it showed.
        guessed: the intent that was thought likeliest.
        chosen: the intent the person then chose.
        now: the instant it happened.
    """
    kept = " ".join(blotted(session, text).split())[:LONGEST]
    if len(kept) < SHORTEST:
        return None
    waiting = session.scalar(
        select(Feedback).where(Feedback.state == "open", Feedback.text == kept).order_by(Feedback.id).limit(1)
    )
    if waiting is not None:
        waiting.chosen = chosen or waiting.chosen
        if why is not Why.CLARIFIED:
            waiting.why = why
        return None
    row = Feedback(
        text=kept, why=why, guessed=guessed, chosen=chosen, accepted="", state="open", created_at=now
    )
    session.add(row)
    session.flush()
    return row


def waiting(session: Session, *, limit: int | None = None) -> list[Feedback]:
    """Return what waits for review, the oldest first."""
    return list(
        session.scalars(select(Feedback).where(Feedback.state == "open").order_by(Feedback.id).limit(limit))
    )


def accept(session: Session, number: int, *, intent: str) -> Feedback:
    """Say what a message meant. Raises `BadInput` if it is not there or was dealt with."""
    row = get(session, number)
    row.state, row.accepted = "accepted", intent
    return row


def drop(session: Session, number: int) -> Feedback:
    """Put a message aside: it teaches nothing. Raises `BadInput` if it is not there or was dealt with."""
    row = get(session, number)
    row.state = "dropped"
    return row


def get(session: Session, number: int) -> Feedback:
    """Return a message that waits. Raises `BadInput` if it is not there or was dealt with."""
    row = session.get(Feedback, number)
    if row is None:
        raise BadInput(f"没有第 {number} 号反馈", alternative="houqin feedback list 列出全部待看的")
    if row.state != "open":
        raise BadInput(f"第 {number} 号反馈已经处理过了")
    return row
