"""Markup read back: whatever is escaped comes out as it went in, and offsets always point at what they mark."""

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from sandbox.entities import Formatted, cut, detect, parse_html, trimmed, utf16

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(words)
def test_escaped_text_comes_back_whole(text: str) -> None:
    assert parse_html(html.escape(text, quote=False)) == Formatted(text=text, entities=[])


@given(words, words.filter(bool), words)
def test_a_mark_covers_exactly_what_it_was_put_around(before: str, inside: str, after: str) -> None:
    source = f"{html.escape(before)}<b>{html.escape(inside)}</b>{html.escape(after)}"
    found = parse_html(source.replace("&#x27;", "'"))
    assert found.text == before + inside + after
    [mark] = found.entities
    assert cut(found.text, mark["offset"], mark["length"]) == inside


@given(words, words)
def test_marks_follow_their_words_when_blanks_at_the_ends_go(before: str, inside: str) -> None:
    text = f"  {before}x{inside}y  "
    mark = {"type": "bold", "offset": utf16(f"  {before}"), "length": utf16(f"x{inside}y")}
    found = trimmed(Formatted(text=text, entities=[mark]))
    [kept] = found.entities
    assert cut(found.text, kept["offset"], kept["length"]) == f"x{inside}y"


def test_nested_marks_are_both_kept() -> None:
    found = parse_html("<b>粗<i>斜</i></b><pre><code class='language-py'>x</code></pre>")
    kinds = [(e["type"], e["offset"], e["length"], e.get("language")) for e in found.entities]
    assert kinds == [("bold", 0, 2, None), ("italic", 1, 1, None), ("pre", 2, 1, "py")]


def test_finds_commands_mentions_and_links_in_plain_words() -> None:
    text = "/start A1 找 @houqin_desk_bot 看 https://a.cn/x，邮 a.b@c.cn 3/4 #会议室"
    found = [(e["type"], cut(text, e["offset"], e["length"])) for e in detect(text)]
    assert found == [
        ("bot_command", "/start"),
        ("mention", "@houqin_desk_bot"),
        ("url", "https://a.cn/x"),
        ("email", "a.b@c.cn"),
        ("hashtag", "#会议室"),
    ]
