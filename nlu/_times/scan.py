"""Cutting a text into tokens: one master pattern tried from left to right, longest-known reading first."""

from __future__ import annotations

import re
from datetime import date

from nlu._times.clocklex import CLOCK_RULES, read_dot
from nlu._times.daterules import DATE_RULES
from nlu._times.durlex import DURATION_RULES
from nlu._times.tokens import RANK, Tok

_DOT = (
    r"(?<![\dA-Za-z./_])(?<!\d:)(?<![A-Za-z]-)(\d{1,2})\.(\d{1,2})(?!\d|[.:/]\d)(?!\s?(?:[月年人个位名辆间台楼层室元块天周星刻秒%度级米公里岁万千百倍寸亿吨升斤套张把次折版代平厘毫克多几瓦伏匹]|小时|[A-Za-z]))(?:分|日|号)?",
    read_dot,
)
# Lengths come before dates so that 「三天后」 is not cut, but after the dates that begin alike (「第三天」, 「前三天」).
_RULES = [*CLOCK_RULES, *DATE_RULES, *DURATION_RULES, _DOT]
_FINE = 5  # the rank from which a date piece names a day
_SKIP_IN = re.compile(
    r"(?:[A-Za-z京吉辽黑沪粤]\s?[A-Z]?[-.]?[A-Z0-9]{4,6}|1[3-9]\d{9}|(?:YC|YF|BX|JD)-\d{8}-\d{3})"
)


def _master() -> tuple[re.Pattern[str], dict[int, tuple[int, object]]]:
    sources: list[str] = []
    offsets: dict[int, tuple[int, object]] = {}
    index = 1
    for source, reader in _RULES:
        inner = re.compile(re.sub(r"\(\?P<\w+>", "(", source))
        sources.append(f"({inner.pattern})")
        offsets[index] = (inner.groups, reader)
        index += 1 + inner.groups
    return re.compile("|".join(sources), re.ASCII), offsets


_MASTER, _READERS = _master()


def tokens(text: str) -> list[Tok]:
    """Every time token of folded `text`, in order, not overlapping."""
    out: list[Tok] = []
    skip = [m.span() for m in _SKIP_IN.finditer(text)]
    pos = 0
    while True:
        match = _MASTER.search(text, pos)
        if match is None:
            break
        found = _read(match)
        if not found or any(a < found[0].end and found[0].start < b for a, b in skip):
            pos = match.start() + 1
            continue
        out.extend(found)
        pos = max(found[-1].end, match.start() + 1)
    return _settle_dots(out, text)


def _read(match: re.Match[str]) -> list[Tok] | None:
    rule = next(i for i in _READERS if match.group(i) is not None)
    count, reader = _READERS[rule]
    groups = match.groups()[rule : rule + count]
    return reader(match, groups, match.start(rule))  # type: ignore[operator, no-any-return]


def _settle_dots(toks: list[Tok], text: str) -> list[Tok]:
    out: list[Tok] = []
    for i, tok in enumerate(toks):
        if tok.kind == "DASH":
            out += _settle_dash(tok, out[-1] if out else None, text)
            continue
        if tok.kind == "FOUR":
            out += _settle_four(tok, out[-1] if out else None, text)
            continue
        if tok.kind == "BARE":
            if out and out[-1].kind == "PART" and not text[out[-1].end : tok.start].strip():
                out.append(Tok("CLOCK", tok.start, tok.end, tok.args))
            continue
        if tok.kind != "DOT":
            out.append(tok)
            continue
        before = out[-1] if out and tok.start - out[-1].end <= 2 else None
        after = toks[i + 1] if i + 1 < len(toks) and toks[i + 1].start - tok.end <= 1 else None
        settled = _settle(tok, before, after, text)
        if settled:
            out.append(settled)
    return out


def _settle_four(tok: Tok, before: Tok | None, text: str) -> list[Tok]:
    """An hour, if a day stands right before it, or an hour of the same writing and a sign between."""
    if before is None:
        return []
    gap = text[before.end : tok.start]
    after_day = (before.kind == "PART" or (before.is_date and RANK[before.kind] >= _FINE)) and not gap.strip()
    after_hour = (
        before.kind == "CLOCK" and before.args[3] == "digital" and gap.strip() in ("-", "--", "到", "至")
    )
    return [Tok("CLOCK", tok.start, tok.end, tok.args)] if after_day or after_hour else []


_HOURS_FOLLOW = re.compile(r"[\s,()的]{0,2}$")


def _settle_dash(tok: Tok, before: Tok | None, text: str) -> list[Tok]:
    """Two hours after a day or a part of one (「明天14-16」, 「下午2-4」); else a date, if it can be one."""
    first, last, sign, left, right = tok.args
    dated = before is not None and (
        before.kind in ("PART", "RECUR") or (before.is_date and RANK[before.kind] >= _FINE)
    )
    if (
        before is not None
        and dated
        and _HOURS_FOLLOW.match(text[before.end : tok.start])
        and first <= 24
        and last <= 24
        and (first < last or last <= 8)
    ):
        return [
            Tok("CLOCK", tok.start, left, (first, 0, 0, "plain")),
            Tok("CLOCK", right, tok.end, (last, 0, 0, "plain")),
        ]
    try:
        date(2024, first, last)
    except ValueError:
        return []
    return [Tok("MONTH_DAY", tok.start, tok.end, (first, last))] if sign in ("-", "--") else []


def _settle(tok: Tok, before: Tok | None, after: Tok | None, text: str) -> Tok | None:
    """Clock or date? 「下午2.30」 and 「2.30」 are clocks, 「10.8」 and 「9.30上午」 dates."""
    hour, minute, written = tok.args
    clock = (
        Tok("CLOCK", tok.start, tok.end, (hour, minute, 0, "plain"))
        if hour <= 24 and minute < 60 and len(written) == 2
        else None
    )
    try:
        date(2024, hour, minute)
        day = Tok("MONTH_DAY", tok.start, tok.end, (hour, minute))
    except ValueError:
        day = None
    if day and after and after.kind in ("CLOCK", "PART") and not (before and before.kind == "PART"):
        return day  # 「11.26 8:00-11.27 18:00」
    if text[tok.end - 1] in "日号" or (after and after.is_date and text[tok.end : after.start] == "("):
        return day
    if clock and before and (before.kind in ("PART", "CLOCK") or before.is_date):
        return (
            day
            if before.kind == "MONTH_DAY"
            and day
            and text[before.end : tok.start].strip() in ("-", "到", "至")
            else clock
        )
    if clock and day and minute == 30 and not (after and after.kind in ("PART", "CLOCK")) and hour >= 1:
        return clock
    return day or clock
