"""The rules of the house as dated data: one YAML file per kind in this folder.

A rule has a code, plain words, a source, the day it takes effect, what to do instead, and who may override it.
`evidence` says what it rests on: `law` and `page` were read at their source and may be said as 「按规定」; `house` is the
bureau's own arrangement and is said as such. `parameters` are the house's figures (minutes, hours, people, yuan).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from desk.rules import asked

if TYPE_CHECKING:
    from datetime import date

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `words` say it to a person, `alternative` what to do instead, `ask` the words that ask for it."""

    code: str
    title: str
    words: str
    source: str
    evidence: str
    version: str
    effective: date
    alternative: str = ""
    override: str = ""
    # May be chosen by a dispatcher as the reason of a rejection; empty: not offered.
    reject_label: str = ""
    ask: tuple[str, ...] = ()
    # Words that betray a breach, for rules that are checked by words.
    words_found: tuple[str, ...] = ()

    def quoted(self) -> str:
        """Return the rule as a refusal cites it."""
        basis = "按规定" if self.evidence in ("law", "page") else "按本局安排"
        return f"{basis}（{self.source}）：{self.words}"

    def in_force(self, day: date) -> bool:
        """Say whether the rule applies on a local day."""
        return self.effective <= day


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Every rule and parameter of the house, by kind."""

    rules: dict[str, tuple[Rule, ...]]
    parameters: dict[str, dict[str, Any]]

    def rule(self, code: str) -> Rule:
        """Return the rule of this code. Raises KeyError for an unknown one."""
        for rules in self.rules.values():
            for rule in rules:
                if rule.code == code:
                    return rule
        raise KeyError(code)

    def of(self, kind: str) -> tuple[Rule, ...]:
        """Return the rules of a kind."""
        return self.rules.get(kind, ())

    def parameter(self, kind: str, name: str) -> Any:
        """Return one of the house's figures. Raises KeyError for an unknown one."""
        return self.parameters[kind][name]

    def answering(self, question: str) -> list[Rule]:
        """Return the rules a general question is about, the closest first; empty when none is near."""
        return asked.closest(question, self.rules, self._about())

    def asked_for(self, question: str) -> list[Rule]:
        """Return the rules whose own words the question says, not only rules somewhat like it; empty for none."""
        return [rule for rule in self.answering(question) if any(word in question for word in rule.ask)]

    def outline(self, question: str) -> tuple[Rule, ...]:
        """Return every rule of the one kind a question names; empty when it names none or several."""
        named = asked.about(question, self._about())
        return self.of(named.pop()) if len(named) == 1 else ()

    def _about(self) -> dict[str, tuple[str, ...]]:
        return {kind: tuple(found.get("about", ())) for kind, found in self.parameters.items()}


@lru_cache(maxsize=1)
def load_rules(folder: Path = FOLDER) -> RuleBook:
    """Read every rule file of a folder. Raises ValueError naming the file for one that does not hold together."""
    rules: dict[str, tuple[Rule, ...]] = {}
    parameters: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.yml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        try:
            rules[path.stem] = tuple(_rule(r) for r in data.get("rules", ()))
        except TypeError as error:
            raise ValueError(f"{path.name}: {error}") from error
        parameters[path.stem] = data.get("parameters", {})
    return RuleBook(rules=rules, parameters=parameters)


def _rule(data: dict[str, Any]) -> Rule:
    lists: dict[str, Any] = {key: tuple(data[key]) for key in ("ask", "words_found") if key in data}
    return Rule(**{**data, **lists})
