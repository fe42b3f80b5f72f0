"""Behind the counter: what the handlers of one message share — the scene, the person, the talk, and a mouth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from desk import outbox
from desk.models import OutboxMessage, Purpose
from desk.outbox import Message, PressAnswer

if TYPE_CHECKING:
    from datetime import datetime

    from desk.models import Person
    from desk.outbox import Sayable
    from handlers.dialogue.talk import Talk
    from handlers.heard import Press
    from handlers.kinds import House, Scene


@dataclass(kw_only=True)
class Stage:
    """One message or press being dealt with. `talk` is replaced as the conversation moves and kept at the end."""

    scene: Scene
    person: Person
    chat_id: int
    private: bool
    talk: Talk
    talk_at: datetime
    local_now: datetime  # naive local time
    _notes: list[str] = field(default_factory=list)
    _answered: set[str] = field(default_factory=set)

    @property
    def house(self) -> House:
        """The house everything happens in."""
        return self.scene.house

    def note(self, text: str) -> None:
        """Put a line above the next message."""
        self._notes.append(text)

    def say(self, said: Sayable, *, edits: OutboxMessage | None = None) -> OutboxMessage:
        """Owe something to this chat, after the notes that wait."""
        if isinstance(said, Message) and self._notes and edits is None:
            text = "\n".join([*self._notes, said.text])
            self._notes.clear()
            said = Message(text=text, buttons=said.buttons, keyboard=said.keyboard, silent=said.silent)
        return outbox.send(
            self.scene.session,
            said,
            chat_id=self.chat_id,
            person=self.person,
            edits=edits,
            now=self.scene.now,
        )

    def ask_once(self, question: Message) -> OutboxMessage:
        """Ask something whose buttons serve once; a question before it that nobody answered loses its own."""
        self.settle_question()
        row = self.say(question)
        self.talk = replace(self.talk, question=row.id)
        return row

    def settle_question(self, *, pressed: int | None = None) -> None:
        """Take the buttons off the last question; `pressed` is the message a press came from, if one did."""
        row = self.scene.session.get(OutboxMessage, self.talk.question) if self.talk.question else None
        if row is None or (pressed is not None and row.message_id != pressed):
            return
        self.talk = replace(self.talk, question=None)
        self.say(Message(text=row.payload["text"]), edits=row)

    def answer_press(self, press: Press, text: str = "", *, alert: bool = False) -> None:
        """Answer a press, once; what was written in place of a press owes none."""
        if not press.callback_id or press.callback_id in self._answered:
            return
        self._answered.add(press.callback_id)
        outbox.send(
            self.scene.session,
            PressAnswer(callback_id=press.callback_id, text=text, alert=alert),
            chat_id=self.chat_id,
            person=self.person,
            purpose=Purpose.CALLBACK,
            now=self.scene.now,
        )
