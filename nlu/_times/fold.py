"""One character in, one character out: full-width, traditional and odd punctuation become the plain form.

The length never changes, so a position in the folded text is the same position in what the person wrote.
"""

from __future__ import annotations

import re

_TRADITIONAL = (
    "點点週周號号後后禮礼鐘钟個个兩两幾几這这時时間间開开內内過过來来從从當当節节國国慶庆聖圣誕诞勞劳動动兒儿婦妇軍军"
    "黨党師师愛爱萬万閏闰農农曆历歷历陰阴陽阳臘腊晝昼單单雙双貳贰叄叁參叁陸陆剛刚現现馬马將将裡里裏里頭头餘余對对說说"
    "錯错應应該该還还車车飛飞機机鐵铁樓楼層层廳厅輛辆張张臺台條条隻只會会議议數数離离復复驚惊蟄蛰穀谷種种滿满處处聽听"
    "長长淩凌結结總总約约遲迟發发見见額额員员領领導导專专觀观團团訂订換换給给們们並并億亿"
    "傢家僱雇為为與与終终學学業业門门電电話话東东無无級级類类記记請请幫帮帶带餐餐飯饭區区廣广場场讓让"
)
_PUNCT = {
    "：": ":",
    "∶": ":",
    "︰": ":",
    "，": ",",
    "；": ";",
    "．": ".",
    "·": ".",
    "（": "(",
    "）": ")",
    "／": "/",
    "％": "%",
    "？": "?",
    "！": "!",
    "—": "-",
    "–": "-",
    "―": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "－": "-",
    "─": "-",
    "~": "-",
    "～": "-",
    "〜": "-",
    "∼": "-",
    "\u3000": " ",
    "\xa0": " ",
    "\t": " ",
    "\n": "\n",
    "○": "〇",
    "Ｏ": "O",
}


def _table() -> dict[int, str]:
    table = {ord(a): b for a, b in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)}
    for offset in range(94):  # ！ to ～, the full-width copies of printable ASCII
        table[0xFF01 + offset] = chr(0x21 + offset)
    table.update({ord(a): b for a, b in _PUNCT.items()})
    return table


_TABLE = _table()


# Words for times as they are mistyped or misheard, mended without changing the length.
_HOUR_FOLLOWS = r"(?=\s?(?:\d{1,2}|[一二两三四五六七八九十]{1,3})\s?[点时:])"
_MISTYPED = (
    (re.compile(r"俩(?=点(?!儿|钟头)|个半?(?:小时|钟头)|小时|钟头|天(?!地))"), "两"),
    (re.compile(r"仨(?=点(?!儿|钟头)(?:半|钟|[\s,，。;到至-]|$))"), "三"),
    (re.compile(rf"上[无五舞武]{_HOUR_FOLLOWS}"), "上午"),
    (re.compile(rf"下[无五舞武]{_HOUR_FOLLOWS}"), "下午"),
    (re.compile(rf"中[无五舞]{_HOUR_FOLLOWS}"), "中午"),
    (re.compile(rf"早[商伤尚]|早山{_HOUR_FOLLOWS}"), "早上"),
    (re.compile(r"[玩挽][上尚]"), "晚上"),
    (re.compile(r"[名鸣冥]天"), "明天"),
    (re.compile(r"[候後]天"), "后天"),
    (re.compile(r"礼败(?=[一二三四五六日天])"), "礼拜"),
    (re.compile(r"[新兴]期(?=[一二三四五六日天])"), "星期"),
)


def fold(text: str) -> str:
    """The plain form of `text`, of the same length."""
    plain = text.translate(_TABLE)
    for wrong, right in _MISTYPED:
        plain = wrong.sub(right, plain)
    return plain
