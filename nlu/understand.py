"""Understanding one message: Rasa's opinion, the deterministic layers' reading, and the decision to act or to ask.

A message is normalised, classified as a whole, cut where it may hold several requests, and each request is read for its slots.
Rasa gives probabilities; what they are good for is decided here, against thresholds set on sentences the model had not seen
(`nlu/evaluate.py`). Below them the desk asks with buttons: a question costs a tap, a wrong booking costs a morning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nlu import answering, patterns, rules, segment, slots, spread, times
from nlu.client import Entity, NluUnavailable, Parse
from nlu.grouping import group
from nlu.normalise import normalise
from nlu.pieces import Piece, Work, worth_reading
from nlu.sharing import share
from nlu.understanding import DEFAULT_KINDS, OUT_OF_SCOPE, TICKET_INTENTS, Request, Understanding, to_contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlu.client import RasaClient
    from nlu.gazetteer import Gazetteer
    from nlu.segment import Segment

__all__ = ["DEFAULT_KINDS", "Request", "Thresholds", "Understander", "Understanding", "to_contract"]

LONGEST_FOR_RASA = 500
"""An official letter says what it wants in its first lines or its last; Rasa gets both ends."""
_ANY_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - only whether there is a number matters, not which
_WORDS = re.compile(r"[^\W\d_]")
_UNREAD = Parse(ranking=(), entities=())
_SUGGESTED = 3
_MOST_SEGMENTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which probability on the desk acts, measured on held-out sentences and on real out-of-scope ones."""

    act: float = 0.55
    """For a sentence in which something known was found: a place, a thing, a word of the vocabulary."""
    act_bare: float = 0.7
    """For a sentence in which nothing was."""
    lead: float = 0.15
    """The distance to keep from the second-best intent."""
    lean: float = 0.08
    """What Rasa must give an intent for a telling phrase to tip the balance."""
    stranger: float = 0.1
    """The probability of being out of scope from which no phrase tips anything."""
    segment: float = 0.6
    """For a piece of a message to count as a request of its own."""


class Understander:
    """Understands messages in the light of one desk's names.

    Args:
        client: Rasa; None when there is none, and only `read_slots` works.
        gazetteer: the desk's names.
        kinds: intent → kind; a further kind of request adds its own.
        calendar: working days and office hours, for 「一上班」 and the like.
    """

    def __init__(
        self,
        client: RasaClient | None = None,
        *,
        gazetteer: Gazetteer,
        kinds: Mapping[str, str] = DEFAULT_KINDS,
        calendar: times.WorkCalendar = times.DEFAULT_CALENDAR,
        thresholds: Thresholds | None = None,
    ) -> None:
        self._client = client
        self._gazetteer = gazetteer
        self._kinds = dict(kinds)
        self._calendar = calendar
        self._thresholds = thresholds or Thresholds()

    async def understand(self, text: str, *, now: datetime) -> Understanding:
        """What a message means at `now` (naive local time of Asia/Shanghai). Raises `NluUnavailable`."""
        clean = normalise(text)
        if not clean:
            return self._nothing(text)
        pieces, timed = self._pieces(clean, now)
        # What is plainly worth reading piece by piece is asked for at once: a question costs more than its answer.
        eager = worth_reading(pieces, timed, _UNREAD)
        bare = [piece.text[segment.lead(piece.text) :] for piece in pieces]
        parse, *parses = await self._parse(clean, bare if eager else [])
        if not eager and worth_reading(pieces, timed, parse):
            parses = await self._ask(bare)
        parses = [self._of_piece(*each) for each in zip(pieces, parses, strict=False)]
        ranking = self._second_opinion(clean, parse.ranking)
        if not pieces and len(clean) <= LONGEST_FOR_RASA:
            pieces, parses, timed = [segment.whole(clean)], [parse], [False]  # two faults in one breath
        read = [Piece(segment=a, parse=b, timed=c) for a, b, c in zip(pieces, parses, timed, strict=False)]
        requests = self._requests(clean, text, parse, read, ranking[0][0], now)
        return self._judged(text, clean, parse, ranking, requests)

    def read_slots(self, text: str, *, now: datetime, expecting: str | None = None) -> Request:
        """What can be read without Rasa; the intent is a keyword guess, empty when there is none.

        Args:
            now: naive local time of Asia/Shanghai.
            expecting: the slot that was asked for: a bare value is then taken for it.
        """
        clean = normalise(text)
        intent = rules.guess(clean) or ""
        kind = self._kinds.get(intent)
        reading = self._read(clean, (), kind, now)
        found = dict(reading.slots)
        if expecting is not None and expecting not in found:
            value = answering.answer(clean, slot=expecting, gazetteer=self._gazetteer)
            if value is not None:
                found[expecting] = value
        return Request(intent=intent, kind=kind, slots=found, hints=dict(reading.hints), text=text)

    def _pieces(self, text: str, now: datetime) -> tuple[list[Segment], list[bool]]:
        """The clauses that may be requests of their own, and which of them name a time; none where there is one only."""
        pieces = segment.segments(text) if len(text) <= LONGEST_FOR_RASA else []
        if not 1 < len(pieces) <= _MOST_SEGMENTS:
            return [], []
        return pieces, [bool(times.find_all(piece.text, now, calendar=self._calendar)) for piece in pieces]

    async def _ask(self, texts: list[str]) -> list[Parse]:
        if self._client is None:
            raise NluUnavailable("没有 Rasa")
        return await self._client.parse_each(texts)

    async def _parse(self, text: str, pieces: list[str]) -> list[Parse]:
        """What Rasa says of the whole and of each piece."""
        if len(text) <= LONGEST_FOR_RASA:
            return await self._ask([text, *pieces])
        half = LONGEST_FOR_RASA // 2
        cut = len(text) - half
        head, tail = await self._ask([text[:half], text[cut:]])
        shifted = tuple(replace(e, start=e.start + cut, end=e.end + cut) for e in tail.entities)
        best = max((head, tail), key=lambda part: part.ranking[0][1] * (part.ranking[0][0] != OUT_OF_SCOPE))
        return [Parse(ranking=best.ranking, entities=head.entities + shifted)]

    def _of_piece(self, piece: Segment, parse: Parse) -> Parse:
        """What Rasa said of a piece without its 「另外」, put in its place; a phrase that settles the matter counts here too."""
        by = segment.lead(piece.text)
        entities = tuple(replace(e, start=e.start + by, end=e.end + by) for e in parse.entities)
        return Parse(ranking=self._second_opinion(piece.text[by:], parse.ranking), entities=entities)

    def _second_opinion(
        self, text: str, ranking: tuple[tuple[str, float], ...]
    ) -> tuple[tuple[str, float], ...]:
        """The ranking with a phrase that settles the matter put first."""
        chances = dict(ranking)
        settled = rules.whole(text) or rules.strong(text)
        # A phrase tips the balance between intents of the desk; it does not bring a stranger's matter (快递到哪了) in.
        leaning = rules.leaning(text) if chances.get(OUT_OF_SCOPE, 0.0) < self._thresholds.stranger else None
        if settled is None and leaning is not None and chances.get(leaning, 0.0) >= self._thresholds.lean:
            settled = leaning
        if (
            settled is None
            and patterns.ticket_no(text, now=_ANY_DAY)
            and ranking[0][0] in {*self._kinds, OUT_OF_SCOPE}
        ):
            # A message with a ticket's number is about that ticket: nothing new, and nobody else's.
            settled = max(TICKET_INTENTS, key=lambda name: chances.get(name, 0.0))
        if settled is None:
            return ranking
        certain = max(0.97, chances.get(settled, 0.0))
        rest = tuple((name, chance * (1 - certain)) for name, chance in ranking if name != settled)
        return ((settled, certain), *rest)

    def _requests(
        self, text: str, original: str, parse: Parse, pieces: list[Piece], intent: str, now: datetime
    ) -> list[Request]:
        works = group(pieces, whole=intent, kinds=self._kinds, least=self._thresholds.segment)
        if not (len(works) > 1 and any(work.intent in self._kinds for work in works)):
            replaced = self._replaced(text, original, parse, intent, now)
            if replaced:
                return replaced
        if len(works) < 2:
            said = spread.readings(
                text, now, intent=intent, books=intent in self._kinds, calendar=self._calendar
            ) or [text]
            return [replace(self._request(each, parse.entities, intent, now), text=original) for each in said]
        words = segment.own_words(original, text, [(work.start, work.end) for work in works])
        requests = [self._request_of(work, text, parse.entities, now) for work in works]
        told = [replace(request, text=said) for request, said in zip(requests, words, strict=True)]
        return share(told, day=self._only_day(text, now))

    def _only_day(self, text: str, now: datetime) -> str | None:
        """The day a message names where it names one only, ISO."""
        spans = times.find_all(text, now, calendar=self._calendar)
        days = {span.start.date() for span in spans if span.start is not None and span.has_date}
        return days.pop().isoformat() if len(days) == 1 else None

    def _replaced(self, text: str, original: str, parse: Parse, intent: str, now: datetime) -> list[Request]:
        """「取消明天的会议室，换成后天九点的车」: a ticket goes and another matter comes; empty when the words say no such thing."""
        cut = patterns.replaced_from(text) if len(text) <= LONGEST_FOR_RASA else 0
        fresh = text[cut:] if cut else ""
        wanted = intent if intent in self._kinds else rules.guess(fresh)
        if not cut or wanted not in self._kinds:
            return []
        parts = ((0, cut, "cancel_ticket"), (cut, len(text), wanted))
        requests = [
            self._request(
                text[start:end],
                _inside(parse.entities, start, end),
                each,
                now,
            )
            for start, end, each in parts
        ]
        gone, fresh_slots = requests[0].slots.keys(), requests[1].slots.keys()
        one_thing = gone == fresh_slots == {"room_name"}
        if not fresh_slots or one_thing or {"vehicle_type", "equipment"} & gone:
            return []  # 「不用考斯特了，换成商务车」 changes one thing of the same trip
        words = segment.own_words(original, text, [(start, end) for start, end, _ in parts])
        return share([replace(r, text=said) for r, said in zip(requests, words, strict=True)])

    def _request_of(self, work: Work, text: str, entities: tuple[Entity, ...], now: datetime) -> Request:
        said = text[work.start : work.end]
        # The whole sentence's marks are the better ones: the tagger saw what stood around them.
        inside = _inside(entities, work.start, work.end, lead=segment.lead(said))
        if not inside:  # two kinds in one breath: the pieces were read better
            inside = tuple(
                replace(e, start=e.start + by, end=e.end + by)
                for piece in work.pieces
                for by in (piece.segment.start - work.start,)
                for e in piece.parse.entities
            )
        return self._request(said, inside, work.intent, now)

    def _request(self, text: str, entities: tuple[Entity, ...], intent: str, now: datetime) -> Request:
        kind = self._kinds.get(intent)
        reading = self._read(text, entities if intent != OUT_OF_SCOPE else (), kind, now)
        return Request(intent=intent, kind=kind, slots=reading.slots, hints=reading.hints)

    def _read(
        self, text: str, entities: tuple[Entity, ...], kind: str | None, now: datetime
    ) -> slots.Reading:
        return slots.read(
            text, entities=entities, kind=kind, now=now, gazetteer=self._gazetteer, calendar=self._calendar
        )

    def _judged(
        self,
        original: str,
        text: str,
        parse: Parse,
        ranking: tuple[tuple[str, float], ...],
        requests: list[Request],
    ) -> Understanding:
        first = requests[0]
        confidence = dict(ranking).get(first.intent, ranking[0][1])
        if len(requests) > 1:
            # Cut in pieces, each was read on its own and was sure enough; the whole need not be.
            confidence = max(confidence, self._thresholds.segment)
        clarify = len(requests) == 1 and self._unsure(text, parse, ranking)
        return Understanding(
            text=text,
            original=original,
            intent=first.intent,
            kind=first.kind,
            confidence=confidence,
            clarify=clarify,
            slots=first.slots,
            hints=first.hints,
            requests=tuple(requests),
            candidates=tuple(item for item in ranking if item[0] != OUT_OF_SCOPE)[:_SUGGESTED],
        )

    def _unsure(self, text: str, parse: Parse, ranking: tuple[tuple[str, float], ...]) -> bool:
        (best, chance), (_, second) = ranking[0], ranking[1] if len(ranking) > 1 else ("", 0.0)
        limits = self._thresholds
        if best in self._kinds and not _WORDS.search(text):  # 「0.5」 books nothing
            return True
        if best == OUT_OF_SCOPE:
            # Saying 「这不归我管」 to a request is worse than asking; ask when a request was nearly as likely.
            return chance < limits.act
        known = (
            bool(parse.entities)
            or bool(self._gazetteer.find(text))
            or bool(patterns.ticket_no(text, now=_ANY_DAY))
        )
        return chance < (limits.act if known else limits.act_bare) or chance - second < limits.lead

    def _nothing(self, original: str) -> Understanding:
        nothing: dict[str, Any] = {}
        return Understanding(
            text="",
            original=original,
            intent=OUT_OF_SCOPE,
            kind=None,
            confidence=0.0,
            clarify=True,
            slots=nothing,
            hints={},
            requests=(Request(intent=OUT_OF_SCOPE, kind=None, text=original),),
            candidates=(),
        )


def _inside(entities: tuple[Entity, ...], start: int, end: int, *, lead: int = 0) -> tuple[Entity, ...]:
    """The marks of a stretch, counted from its start; what leads on to a thing (「①会议桌」) is no part of its name."""
    marks = [
        replace(e, start=e.start - start, end=e.end - start)
        for e in entities
        if start <= e.start and e.end <= end
    ]
    return tuple(
        replace(e, value=e.value[lead - e.start :], start=lead) if e.start < lead < e.end else e
        for e in marks
    )
