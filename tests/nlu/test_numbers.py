"""Numbers in every Chinese form, head counts, changes of a head count, and counts of things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.numbers import find_count_of, parse_decimal, parse_int
from nlu.people import find_people

NUMBERS = [
    ("3", 3),
    ("１２", 12),
    ("三", 3),
    ("两", 2),
    ("俩", 2),
    ("仨", 3),
    ("十", 10),
    ("十八", 18),
    ("二十", 20),
    ("廿三", 23),
    ("卅", 30),
    ("四十五", 45),
    ("一百", 100),
    ("一百零五", 105),
    ("一百二", 120),
    ("一百二十", 120),
    ("两千三", 2300),
    ("一万二", 12000),
    ("1百", 100),
    ("二〇二六", 2026),
    ("贰拾", 20),
    ("兩百", 200),
    ("二十来", 20),
    ("十几", 15),
    ("三十多", 30),
    ("百十", 110),
    ("三四", 4),
    ("三五", 5),
    ("两三", 3),
    ("十七八", 18),
    ("二三十", 30),
    ("七八", 8),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_reads_a_number(text: str, expected: int) -> None:
    assert parse_int(text) == expected


@pytest.mark.parametrize("text", ["", "abc", "三点", "三楼", "个", "两辆", "1.5", "-3"])
def test_refuses_what_is_no_whole_number(text: str) -> None:
    assert parse_int(text) is None


def test_reads_decimals_and_halves() -> None:
    assert [parse_decimal(t) for t in ("1.5", "半", "三", "0.5", "x")] == [1.5, 0.5, 3.0, 0.5, None]


@given(st.text(max_size=30))
def test_never_raises(text: str) -> None:
    parse_int(text)
    parse_decimal(text)
    found = find_people(text)
    if found:
        assert 0 <= found.span[0] < found.span[1] <= len(text)


PEOPLE = [
    ("我、老孙、还有小赵，明早八点到农安", 3),
    ("处长和我明天一早去辽源", 2),
    ("半我和张主任从附楼走", 2),
    ("李局带队，随行五人，周四早八点", 6),
    ("派车接王主任，他带了俩同事", 3),
    ("我们科5个加上李处，明天九点", 6),
    ("王司长带三个人后天来调研", 4),
    ("带队领导艾副局长，随行10人", 10),
    ("局长加六个处长开个小会", 7),
    ("两家单位各派3人，明天八点集合", 6),
    ("河北来客人，一男两女", 3),
    ("两位专家和三个工作人员", 5),
    ("28号客人到，八位", 8),
    ("我和小王还有俩师傅去", 4),
    ("我们五个外勤", 5),
    ("俺们六个退休的老伙计", 6),
    ("送俩，省医院", 2),
    ("12个座就够，周四", 12),
    ("原来说十个，现在变成十四个了", 14),
    ("我带两个新来的去档案馆", 3),
    ("瞅瞅咱们的公车平台，十六个，礼拜五", 16),
    ("三个年长的明天到", 3),
    ("两台车，司机俩，乘客七个", 7),
    ("连司机六个人，明天到", 6),
    ("再加俩人，一共四个", 4),
    ("3个人", 3),
    ("３個人", 3),
    ("8人", 8),
    ("我们一行8人", 8),
    ("十八个人", 18),
    ("一共11个人", 11),
    ("派两车 一共11个人 去四平", 11),
    ("两位领导", 2),
    ("3名专家", 3),
    ("送3位专家", 3),
    ("5口人", 5),
    ("我们仨", 3),
    ("咱俩去", 2),
    ("我俩", 2),
    ("来俩领导", 2),
    ("俩人", 2),
    ("明天来仨人", 3),
    ("就我自己", 1),
    ("我一个人去", 1),
    ("大人2小孩1", 3),
    ("两个大人一个孩子", 3),
    ("来客人 12个 安排顿工作餐", 12),
    ("人数8", 8),
    ("人数改成5个", 5),
    ("参会人员20", 20),
    ("领导一共来三位", 3),
    ("能坐40人的会议室", 40),
    ("大会议室30人", 30),
    ("5人大会议室", 5),
    ("三点三个人", 3),
    ("下午2点5个人", 5),
    ("周四3个人", 3),
    ("下周三三个人去机场", 3),
    ("下周三四川那边来调研 8个人", 8),
    ("考察团15人", 15),
    ("明天9点20人开会", 20),
    ("8点30 20人", 20),
    ("明天来仨人 我们陪5个行不行", 3),
]


@pytest.mark.parametrize(("text", "count"), PEOPLE)
def test_counts_people(text: str, count: int) -> None:
    found = find_people(text)
    assert found is not None
    assert found.count == count
    assert not found.is_delta
    assert not found.approximate


ABOUT = [
    ("十来个人", 10),
    ("二十来人", 20),
    ("三四个人", 4),
    ("三五个人", 5),
    ("两三个人", 3),
    ("十七八个人", 18),
    ("约20人", 20),
    ("大概二十人", 20),
    ("30人左右", 30),
    ("百十号人", 110),
    ("二十多人", 20),
    ("十几个人", 15),
]


@pytest.mark.parametrize(("text", "count"), ABOUT)
def test_a_rough_count_is_the_number_to_plan_for(text: str, count: int) -> None:
    found = find_people(text)
    assert found is not None
    assert found.count == count
    assert found.approximate


def test_a_range_of_people_takes_the_upper_end() -> None:
    for text in ("8到10人", "8-10个人", "8～10人"):
        found = find_people(text)
        assert found is not None
        assert found.count == 10


CHANGES = [
    ("再加一个人", 1),
    ("再加个人", 1),
    ("加俩人", 2),
    ("多了俩", 2),
    ("人数多了俩 换个考斯特呗", 2),
    ("多一个人", 1),
    ("再来两位客人", 2),
    ("少来三个人", -3),
    ("少两个人", -2),
    ("减一个人", -1),
]


@pytest.mark.parametrize(("text", "change"), CHANGES)
def test_a_change_of_the_head_count_is_a_delta(text: str, change: int) -> None:
    found = find_people(text)
    assert found is not None
    assert found.count == change
    assert found.is_delta


NOT_PEOPLE = """
三楼
三点
305会议室
两辆车
两车
两间房
3号楼
一个会
两个会议室
七人座
7座商务车
双人间
标间3个
派个人来修
来个人看看
派两个人来
再来一辆车
加一个投影
加两个话筒
多功能厅
多去一站
8点30
G1256 13:40
人均120
10号上午
再加一站
""".strip().splitlines()


@pytest.mark.parametrize("text", NOT_PEOPLE)
def test_sees_no_head_count_in(text: str) -> None:
    assert find_people(text) is None


def test_the_span_covers_the_words_that_say_it() -> None:
    for text, words in [
        ("明天8点 3个人 去净月", "3个人"),
        ("派车 一共11个人去四平", "一共11个人"),
        ("再加一个人吧", "再加一个人"),
    ]:
        found = find_people(text)
        assert found is not None
        assert text[slice(*found.span)] == words


def test_counts_things_by_their_measure_word() -> None:
    for text, measure, count in [
        ("派两辆车", "辆台", 2),
        ("派两车", "辆车", 2),
        ("要3间标间", "间", 3),
        ("俩台车", "台", 2),
    ]:
        found = find_count_of(text, measure)
        assert found is not None
        assert found.count == count
    assert find_count_of("派车去机场", "辆台") is None
    assert find_count_of("三楼", "") is None


NEWLY_SPOKEN = [
    ("拉俩教授去主楼", 2),
    ("来仨客", 3),
    ("送六个值班的回宿舍", 6),
    ("来俩外省的要坐一会儿", 2),
    ("错了，应该是6个", 6),
    ("俺们四个去农安", 4),
    ("二十二个师傅坐大巴", 22),
    ("34个师生参观", 34),
    ("拉十八个老同志到净月", 18),
    ("人数改二十", 20),
    ("人数没变还是十六个", 16),
    ("人数由三人增至五人", 5),
    ("十个人坐考斯特不是不是是十二个人", 12),
    ("资产处王处长一行4人来访", 4),
    ("拟派员7名于7月28日来我局", 7),
    ("明儿晌午前到，五个，得招待", 5),
    ("就我跟科长", 2),
    ("参会人员：20人", 20),
]


@pytest.mark.parametrize(("text", "count"), NEWLY_SPOKEN)
def test_counts_people_however_they_are_named(text: str, count: int) -> None:
    found = find_people(text)
    assert found is not None
    assert (found.count, found.is_delta) == (count, False)


@pytest.mark.parametrize(
    "text", ["下周三来人看我们", "一行人已经到了", "要话筒，两个", "领导一看名单说人太多", "派俩车"]
)
def test_counts_nobody_where_no_number_of_people_is_said(text: str) -> None:
    assert find_people(text) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("会议室，6个人座谈", 6),
        ("连我三个", 3),
        ("明早九点我和小王去省委", 2),
        ("我、老李还有小张去农安", 3),
        ("送王局和李处去机场", 2),
        ("我们处5个加司机，去四平", 5),
        ("后天上午会议室，十来个", 10),
        ("一行五个去公主岭", 5),
        ("我带俩人去净月", 3),
        ("二十五六个人", 26),
        ("满打满算二十个", 20),
        ("会议室，30多个人吧", 30),
        ("去吉林市，4p", 4),
        ("参会人员：处级6人，科级14人", 20),
        ("一共9位，男6女3", 9),
        ("送我去省图", 1),
    ],
)
def test_counts_people_however_they_are_told(text: str, count: int) -> None:
    found = find_people(text)
    assert found is not None
    assert (found.count, found.is_delta) == (count, False)


@pytest.mark.parametrize(
    "text", ["处里让我和小王说一声", "标间，十间", "送我们处的材料", "五人座的车", "给我和气点"]
)
def test_sees_no_people_where_none_are_counted(text: str) -> None:
    assert find_people(text) is None


def test_the_second_day_of_the_week_and_the_old_cadres_are_not_two_old_ones() -> None:
    found = find_people("下周二老干部活动中心组织体检，要一台大巴，45个人")
    assert found is not None
    assert found.count == 45
