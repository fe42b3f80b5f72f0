"""Forms left lying: put away after a day, said so, and had back by a button."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from desk.errors import Conflict
from desk.instants import brief
from desk.outbox import Button, Message
from handlers import forms
from handlers.dialogue import when
from handlers.words import esc

if TYPE_CHECKING:
    from handlers.desk_side import Stage

KEPT_FOR = timedelta(hours=24)


def expire(stage: Stage) -> None:
    """Put a form away that nobody has touched for a day, and say so; a button brings it back."""
    form = stage.talk.form
    if form is None or stage.scene.now - stage.talk_at <= KEPT_FOR:
        return
    kind = stage.house.kinds[form.kind]
    stage.talk = stage.talk.shelve()
    since = brief(stage.talk_at, now=stage.scene.now)
    what = "　".join(
        esc(slot.show(form.fields, stage.local_now))
        for slot in kind.slots
        if slot.applies(form.fields) and forms.is_told(slot, form.fields, stage.local_now)
    )
    text = f"⏳ {since} 没办完的{kind.title}申请（{what or '还没填内容'}）放了一天多，我先收起来了，什么也没有提交。"
    stage.say(Message(text=text, buttons=((Button("接着办", "q:resume"), Button("不要了", "q:drop")),)))


def resume(stage: Stage) -> None:
    """Take a form up again that was put away; a time that has passed meanwhile is asked for anew."""
    form = stage.talk.shelved
    if form is None:
        raise Conflict("那张单子已经接着办了，或者不要了。要办事请直接说。")
    if stage.talk.form is not None:
        raise Conflict("手上还有一张没办完，先办完或取消它，再点「接着办」。")
    kind = stage.house.kinds[form.kind]
    fields, start = dict(form.fields), when.day_of(form.fields.get("start"))
    moment = when.moment(form.fields.get("start"))
    over = (start and start < stage.local_now.date()) or (moment and moment < stage.local_now)
    if over:
        fields = {k: v for k, v in fields.items() if k not in ("start", "end", "end_said", "part")}
        stage.note("原来说的时间已经过去了。")
    missing = kind.first_missing(fields)
    form = replace(form, fields=fields, asking=missing.name if missing else "", tries=0, card=None)
    stage.talk = replace(stage.talk.opened(form), shelved=None)
    if missing:
        forms.ask(stage, missing.name)
    else:
        forms.confirm(stage)
