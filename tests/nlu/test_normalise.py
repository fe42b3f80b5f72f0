"""Text is made even before anything reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.normalise import LONGEST, clean, mend, normalise


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("明天下午２點派輛商務車去龍嘉機場", "明天下午2点派辆商务车去龙嘉机场"),
        ("會議室　３０５", "会议室 305"),
        ("14：00—16：30", "14:00—16:30"),
        ("abc\x00d\u200be", "abc de"),
        ("  好 \n\n 的  ", "好\n的"),
    ],
)
def test_simplifies_narrows_and_cleans(typed: str, read: str) -> None:
    assert clean(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("305会义室", "305会议室"),
        ("考司特", "考斯特"),
        ("水笼头漏谁", "水龙头漏水"),
        ("打应机卡纸", "打印机卡纸"),
        ("多工能听", "多功能厅"),
        ("去公主领开会", "去公主岭开会"),
        ("订个hys", "订个会议室"),
        ("2hao楼3lou", "2号楼3楼"),
        ("灯关坏了", "灯管坏了"),
        ("门口路登不亮", "门口路灯不亮"),
        ("洽淡室和礼唐", "洽谈室和礼堂"),
        ("去正协", "去政协"),
        ("商务仓一台，考思特一台", "商务车一台，考斯特一台"),
        ("投引黑了", "投影黑了"),
        ("空掉不制冷", "空调不制冷"),
        ("马捅赌了", "马桶堵了"),
        ("电体停在三楼", "电梯停在三楼"),
        ("小教车去四评", "小轿车去四平"),
        ("下五两点到三点", "下午两点到三点"),
        ("后天下午俩点，8各人", "后天下午两点，8个人"),
    ],
)
def test_mends_typos_and_homophones(typed: str, read: str) -> None:
    assert mend(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("三楼灯坏了保修一下", "三楼灯坏了报修一下"),
        ("空调还在保修期内么", "空调还在保修期内么"),
        ("过保修了吗", "过保修了吗"),
        ("派量车", "派辆车"),
        ("派两车", "派两辆车"),
        ("派两辆车", "派两辆车"),
        ("安排车", "安排车"),
        ("明天排车去净月", "明天派车去净月"),
        ("该成三点半", "改成三点半"),
        ("应该成立", "应该成立"),
        ("取笑吧", "取消吧"),
        ("在订一个", "再订一个"),
        ("现在订一个", "现在订一个"),
        ("会议是三点开始", "会议是三点开始"),
        ("这里会议时长一小时", "这里会议时长一小时"),
    ],
)
def test_looks_around_before_it_mends(typed: str, read: str) -> None:
    assert mend(typed) == read


@pytest.mark.parametrize(
    "text",
    [
        "电话通知他们",
        "有文件规定吗",
        "这间比较合适",
        "二十人左右",
        "值班工作人员",
        "这事我说不上，也管不了",
        "专家住南湖宾馆",
        "下午参观，晚上返程",
        "桶空掉了",
        "导电体",
        "加装扶手",
        "取暖器坏了",
        "三楼水房",
        "下午留点时间",
        "商务舱机票",
        "公司几点来人",
    ],
)
def test_leaves_ordinary_words_alone(text: str) -> None:
    assert mend(text) == text


def test_cuts_what_nobody_reads() -> None:
    assert len(normalise("长" * 10_000)) == LONGEST


@given(st.text(max_size=300))
def test_any_text_comes_out_printable_and_stays_put(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert not any(ord(character) < 32 and character != "\n" for character in once)
    assert clean(once) == once


def test_a_lone_surrogate_does_not_get_through() -> None:
    assert "\ud800" not in normalise("明天\ud800用车")


def test_leaves_what_is_said_of_the_hour() -> None:
    assert normalise("3日上午返程") == "3日上午返程"
    assert normalise("明天用一上午车") == "明天用一上午车"
