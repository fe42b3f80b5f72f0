"""What only looks like a time: the parser must keep its hands off."""

from __future__ import annotations

import pytest

from nlu.times import find_all, parse
from tests.nlu.timetable import REF

NOT_TIMES = """
三楼灯坏了
三楼
305
305室
二楼203
1203房间
4楼西厕所灯管坏了
一号楼
1号楼三层
10号楼漏水
12号楼1203
2号会议室
三号会议室
8号机房
1号司机
2号车坏了
3号电梯困人
一号门
第3号
七座
7座商务车
两辆车
2台车
3个人
8人
8-10人
2-3个人
8到10个人
二十来人
5-6楼
1-3层
十一楼
十一个人
一个会
两个会议室
三日本专家
吉A12345
车牌吉A88J88
G1256
D5次
K1234次
GL8
T1航站楼
H5
13843012345
打110
96333
YC-20261124-001
BX-20261203-012
国管办〔2026〕8号
〔2026〕15号文
周转房
周处长
周围
周边
周到
周密
周报
周日报
一点儿
有点热
有一点漏水
差一点
早一点
快一点
热一点
早点来
晚点走
一点也不热
一点点
两点建议
三点意见
两点要求
三点注意事项
两点一线
明天广场
后勤处
前天线
前台
后门
后备箱
年会
三年级
月饼
5月饼
3月票
早餐20份
晚饭
午饭
晚宴
早餐
2.4G
5.8米
1.5匹空调
1.8升
10.5元
20度
零下20度
三分之一
一分钱
五一广场
八一宾馆
五点五公里
等10分钟了
等一天了
等了半天
半天没人来
都三天了
坏了两天
4个小时了
提前10分钟到
几点来人
什么时候
多长时间
上班时间
不去了车取消吧
水管爆了淌一地
屋里不热
订一号楼三楼 视频会 有国管局那头
""".strip().splitlines()


@pytest.mark.parametrize("text", NOT_TIMES)
def test_sees_no_time_in(text: str) -> None:
    assert parse(text, REF) is None
    assert find_all(text, REF) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("三号会议室明天上午用", "明天上午"),
        ("2号楼305下午3点开会", "下午3点"),
        ("6楼会议室8:30用", "8:30"),
        ("七座车明早七点", "明早七点"),
        ("吉A12345明天8点出车", "明天8点"),
        ("看一下下周五的会", "下周五"),
        ("看一下周五的会", "周五"),
        ("看一下上个月的单子", "上个月"),
        ("明天后勤处开会", "明天"),
        ("一号楼10号上午停电", "10号上午"),
        ("晚上周处长要来", "晚上"),
        ("今日我们去参观今日头条", "今日"),
    ],
)
def test_takes_the_time_and_leaves_its_lookalikes(text: str, words: str) -> None:
    span = parse(text, REF)
    assert span is not None
    assert [text[a:b] for a, b in span.fragments] == [words]
