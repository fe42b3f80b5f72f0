"""Small words everybody uses: escaping, button rows, greetings."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from desk.outbox import Button


def esc(value: object) -> str:
    """Return text safe inside Telegram's HTML."""
    return html.escape(str(value), quote=False)


def rows(buttons: Iterable[Button], *, width: int = 3) -> tuple[tuple[Button, ...], ...]:
    """Lay buttons out in rows of at most `width`."""
    flat = list(buttons)
    return tuple(tuple(flat[i : i + width]) for i in range(0, len(flat), width))


def fits(data: str) -> str:
    """Return callback data unchanged, or raise ValueError when Telegram would refuse it (over 64 bytes)."""
    if not 1 <= len(data.encode()) <= 64:
        raise ValueError(f"callback data of {len(data.encode())} bytes: {data}")
    return data


UNKNOWN_PERSON = (
    "您好，我是机关事务管理局的后勤服务台。\n"
    "这里只为已登记的同志服务，您的账号还没有绑定。\n"
    "请向本单位管理员要一个一次性绑定码，然后发送：<code>/start 绑定码</code>"
)
APOLOGY = "抱歉，刚才这条我处理时出了差错，已经记录下来。请再说一遍；着急的话请点「转人工」或打调度电话。"
RING_FIRST = "🚨 有险情请马上打电话：火警 119、急救 120、报警 110。"
LEFT = "好的，这件先不办了，什么也没有提交。需要时随时叫我。"
UNCHANGED = "好的，不改了，单子照旧。"
GREETING = "您好，{name}！我是后勤服务台，可以帮您：\n🚗 用车　🏢 用房（会议室、办公室）　🔧 报修　🤝 接待\n直接说事就行，比如「{example}」"
THANKS = "不客气，应该的。有事随时说。"
GOODBYE = "好的，再见。有事随时叫我。"
OUT_OF_SCOPE = "这件事不归后勤服务台管，我帮不上。我能办的是：用车、用房、报修、接待，也能查单、改单、催单。"
NOTHING_TO_AFFIRM = "现在没有等您确认的事。要办什么直接说就行。"
ALL_RIGHT = "好的。有事随时说。"
UNCLEAR = "这句我没看懂。要办什么直接说，比如「{example}」，也可以点下面的按钮。"
WHO_I_AM = (
    "我是后勤服务台的智能助手，用车、用房、报修、接待都能办，也能查单、改单、催单。想找人直接点「转人工」。"
)
CAN_CHANGE = (
    "能改。提交以后直接说「改成三点」「改成五个人」，或点单子上的「修改」；已经开始办的，我会告诉您找谁。"
)
HOW_TO_CANCEL = "直接说「取消」，或点单子上的「取消」；有几张的话，我会问您是哪一张。"
HOW_TO_QUERY = "发「我的单子」，或问「车派了没」「灯修好没」都行，每一步办到哪儿我也会主动告诉您。"
HOW_TO_SUBMIT = "核对卡片下面有「提交」按钮，点一下，或者直接回「提交」就行。现在没有没提交的申请。"
ONLY_PRIVATE = "单子里有个人信息，请点我的头像私聊办理。"
MOVED = "单子里有个人信息，我在私聊里回您了。"
IN_PRIVATE = "请到私聊里办：点我的头像就行"
