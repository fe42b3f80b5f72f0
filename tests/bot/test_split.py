"""Cutting long texts: nothing lost, nothing unbalanced, nothing too long."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.split import seen_length, split_html

PIECES = st.sampled_from(["<b>", "</b>", "<i>", "</i>", "&lt;", "&amp;", "\n", " ", "车", "a", "😀", "。"])


def seen(text: str) -> str:
    return html.unescape(re.sub(r"<[^<>]*>", "", text))


def balanced(text: str) -> bool:
    open_tags: list[str] = []
    for closing, name in re.findall(r"<(/?)(\w+)[^<>]*>", text):
        if not closing:
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            return False
    return not open_tags


def well_formed(pieces: list[str]) -> str:
    """Pair the tags up, so that the text is one Telegram takes."""
    out, open_tags = [], []
    for piece in pieces:
        name = piece.strip("</>")
        if piece.startswith("</"):
            if open_tags and open_tags[-1] == name:
                open_tags.pop()
                out.append(piece)
        elif piece.startswith("<"):
            open_tags.append(name)
            out.append(piece)
        else:
            out.append(piece)
    return "".join(out) + "".join(f"</{name}>" for name in reversed(open_tags))


def test_leaves_a_text_that_fits_alone() -> None:
    assert split_html("<b>好</b> &lt;3") == ["<b>好</b> &lt;3"]


def test_cuts_at_the_end_of_a_line() -> None:
    assert split_html("一二三\n四五六\n七八", limit=8) == ["一二三\n四五六", "七八"]


def test_closes_what_is_open_at_the_cut_and_opens_it_again() -> None:
    assert split_html("<b>一二三四五六</b>", limit=4) == ["<b>一二三四</b>", "<b>五六</b>"]


def test_counts_as_telegram_does() -> None:
    assert seen_length("<a href='x'>😀</a>&lt;&#39;") == 4
    parts = split_html("😀" * 3000)
    assert [seen_length(part) for part in parts] == [4096, 1904]


def test_never_cuts_an_entity() -> None:
    assert split_html("&lt;" * 5, limit=2) == ["&lt;&lt;", "&lt;&lt;", "&lt;"]


def test_sends_nothing_that_nobody_would_see() -> None:
    assert split_html("<b> \n</b>") == []
    assert split_html("好" * 4 + "\n" * 9, limit=4) == ["好好好好"]


@given(st.lists(PIECES, max_size=120), st.integers(2, 20))
def test_any_text_comes_out_whole_balanced_and_short_enough(pieces: list[str], limit: int) -> None:
    text = well_formed(pieces)
    parts = split_html(text, limit=limit)
    assert all(seen_length(part) <= limit and balanced(part) for part in parts)
    assert re.sub(r"\s", "", "".join(map(seen, parts))) == re.sub(r"\s", "", seen(text))


def test_ten_thousand_characters_are_quick_and_whole() -> None:
    parts = split_html("字" * 10_000)
    assert "".join(parts) == "字" * 10_000
