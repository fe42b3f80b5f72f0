"""Whatever is written, the parser answers, points into the text, and never ends before it starts."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.times import find_all, parse
from tests.nlu.timetable import REF

_PIECES = [
    "明天",
    "后天",
    "今晚",
    "下周三",
    "周五",
    "周一到周五",
    "10月8",
    "12.3",
    "2.30",
    "8号",
    "月底",
    "年底",
    "三点",
    "两点半",
    "14：00",
    "差五分",
    "上午",
    "下午",
    "早",
    "晚",
    "晚上",
    "到",
    "-",
    "～",
    "至",
    "从",
    "之前",
    "以后",
    "内",
    "半小时",
    "一个半小时",
    "三天",
    "每天",
    "每周一",
    "国庆节",
    "后",
    "前",
    "第一个",
    "最后一个",
    "工作日",
    "除夕",
    "正月",
    "十五",
    "不对",
    "改成",
    "，",
    "。",
    "（",
    "）",
    "的",
    "了",
    "3",
    "12",
    "2026年",
    "二〇二六年",
    "去年",
    "第三",
    "周",
    "个月",
    "天",
    "日",
    "点",
    "号",
    "楼",
    "个人",
    "回来",
    "现在",
    "过两天",
    "一上班",
    "下班前",
    "零",
    "十",
    "百",
    "半",
    "一",
    "2月30号",
    "24:00",
    "初",
    "底",
    "90年代",
]
_TEXT = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(_PIECES), max_size=9).map("".join),
    st.text(alphabet="0123456789一二三四五六七八九十零半年月日号点分时周天前后内到至-:./个", max_size=20),
)
_REFS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1))


@settings(max_examples=400, deadline=None)
@given(text=_TEXT, ref=_REFS)
def test_never_raises_and_stays_inside_the_text(text: str, ref: datetime) -> None:
    spans = [parse(text, ref), *find_all(text, ref)]
    for span in spans:
        if span is None:
            continue
        assert all(0 <= a < b <= len(text) for a, b in span.fragments)
        assert list(span.fragments) == sorted(span.fragments)
        if span.start and span.end:
            assert span.start <= span.end
        if span.start_is_date and span.start:
            assert span.start == datetime.combine(span.start.date(), datetime.min.time())


@settings(max_examples=60, deadline=None)
@given(ref=st.one_of(_REFS, st.just(datetime(1, 1, 1)), st.just(datetime(9999, 12, 31, 23))))
def test_survives_the_ends_of_the_calendar(ref: datetime) -> None:
    for text in (
        "明年",
        "昨天",
        "十年后",
        "春节",
        "每周一",
        "节后",
        "3个工作日后",
        "一上班",
        "21世纪",
        "晚上12点",
    ):
        parse(text, ref)


@given(text=st.sampled_from(["明天下午两点到四点", "周三上午", "下周五3点半", "后天9点，两个小时"]))
def test_full_width_text_means_the_same(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    plain, odd = parse(text, REF), parse(wide, REF)
    assert plain == odd
