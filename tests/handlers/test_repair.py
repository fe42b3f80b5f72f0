"""Repairs at the counter: from the first words to the rating, danger, clusters, reworks, and who may do what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import people
from desk.instants import to_local
from desk.models import Attachment, Building, Department, Person, Role, Room, Ticket
from handlers import front
from handlers.heard import Enclosure, Heard
from handlers.tickets import timeouts
from nlu.understanding import Request, Understanding
from tests.handlers.bench_talk import Counter, car, word

if TYPE_CHECKING:
    from desk.storage import Database

LIN, CHEN, ZHOU, MA, NIU, ZHENG, TIAN, SHUI = 201, 202, 203, 204, 205, 206, 207, 208


@pytest.fixture
def counter(database: Database) -> Counter:
    """The staffed bureau's counter."""
    return staffed(database)


def staffed(database: Database) -> Counter:
    """Two reporters and their head, two dispatchers, two electricians, a plumber (and a carpenter without a phone)."""
    counter = Counter(database=database)
    with database.writing() as session:
        office, works = Department(name="综合处"), Department(name="维修服务中心")
        session.add_all([office, works])
        main = Building(name="主楼", aliases=["办公主楼"], floors=8)
        session.add_all([main, Building(name="一号楼", aliases=["1号楼"], floors=6)])
        session.flush()
        hall = Room(name="主楼305 第二会议室", building=main, number="305", floor=3, title="第二会议室")
        hall.active, hall.equipment, hall.aliases, hall.note = True, [], [], ""
        session.add(hall)
        staff: list[tuple[int | None, str, Department, str, Role, str]] = [
            (LIN, "林晓梅", office, "科员", Role.EMPLOYEE, ""),
            (CHEN, "陈立新", office, "科员", Role.EMPLOYEE, ""),
            (ZHOU, "周国栋", office, "处长", Role.APPROVER, ""),
            (MA, "马春雨", works, "主管", Role.DISPATCHER, "repair"),
            (NIU, "牛调度", works, "主管", Role.DISPATCHER, "repair"),
            (ZHENG, "郑铁军", works, "电工", Role.TECHNICIAN, ""),
            (TIAN, "田师傅", works, "电工", Role.TECHNICIAN, ""),
            (SHUI, "水师傅", works, "水工", Role.TECHNICIAN, ""),
            (None, "穆木匠", works, "木工", Role.TECHNICIAN, ""),
        ]
        for number, name, home, title, role, kind in staff:
            person = Person(
                name=name, department=home, title=title, phone=f"1380000{number or 999:04d}", grants=[]
            )
            person.telegram_id = person.chat_id = number
            person.habits, person.active, person.reachable = {}, True, True
            session.add(person)
            session.flush()
            people.grant(session, person, role=role, kind=kind or None)
    return counter


def fault(**slots: Any) -> Request:
    """A repair request."""
    return Request(intent="report_repair", kind="repair", slots=slots, hints={})


def text_of(replies: list[dict[str, Any]]) -> str:
    """All texts of some replies."""
    return "\n".join(str(r.get("text", "")) for r in replies)


def labels(counter: Counter, chat: int) -> list[str]:
    """The labels on the newest message of a chat that has buttons."""
    for row in reversed(counter.rows(chat)):
        if row.payload.get("buttons"):
            return [b["label"] for line in row.payload["buttons"] for b in line]
    return []


def reported(
    counter: Counter, user: int = LIN, text: str = "主楼三楼东侧卫生间灯不亮", **slots: Any
) -> Ticket:
    """Somebody reports a broken lamp (or what is said) and submits the card."""
    counter.say(
        user, text, fault(**{"location": "主楼三楼东侧卫生间", "object": "灯", "fault": "不亮", **slots})
    )
    counter.press(user, "提交")
    return counter.ticket()


def reload(counter: Counter, ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    with counter.database.reading() as session:
        return session.get_one(Ticket, ticket.id)


def mended(counter: Counter, technician: int = ZHENG) -> None:
    """The technician accepts, goes, arrives and finishes."""
    for label in ("接单", "已出发", "已到达", "已完成"):
        counter.press(technician, label)


# ── the form ────────────────────────────────────────────────────────────────────────────────────────


def test_a_complete_report_needs_one_message_and_one_press(counter: Counter) -> None:
    shown = text_of(
        counter.say(
            LIN, "主楼三楼东侧卫生间灯不亮", fault(location="主楼三楼东侧卫生间", object="灯", fault="不亮")
        )
    )
    assert "请核对" in shown
    assert "主楼三楼东侧卫生间" in shown
    assert "普通（P2）" in shown
    counter.press(LIN, "提交")
    assert counter.ticket().number == "BX-20261123-001"


def test_asks_only_for_the_place_when_it_is_missing(counter: Counter) -> None:
    asked = text_of(counter.say(LIN, "灯不亮了", fault(object="灯", fault="不亮")))
    assert "在哪儿" in asked
    assert "请核对" in text_of(counter.say(LIN, "主楼305", word("out_of_scope")))


def test_our_room_is_no_place_and_is_asked_for_once(counter: Counter) -> None:
    assert "具体在哪个楼" in text_of(
        counter.say(LIN, "我们屋灯不亮", fault(location="我们屋", object="灯", fault="不亮"))
    )
    assert "请核对" in text_of(counter.say(LIN, "我们办公室里", word("out_of_scope")))


def test_a_bare_wish_to_report_is_asked_where_and_what(counter: Counter) -> None:
    assert "在哪儿" in text_of(counter.say(LIN, "我要报修", fault()))
    assert "什么坏了" in text_of(counter.say(LIN, "主楼二楼", word("out_of_scope")))
    card = text_of(counter.say(LIN, "水龙头滴水", word("out_of_scope")))
    assert "物品：水龙头" in card
    assert "故障：滴水" in card


def test_the_usual_building_is_filled_in_and_shown_as_a_guess(counter: Counter) -> None:
    reported(counter)
    card = text_of(counter.say(LIN, "205插座没电", fault(location="205", object="插座", fault="没电")))
    assert "主楼205（默认，可改）" in card


def test_the_register_tells_the_floor_of_a_room_named_by_its_title(counter: Counter) -> None:
    ticket = reported(counter, text="第二会议室投影不亮", location="第二会议室", object="投影")
    place = ticket.fields["place"]
    assert (place["building"], place["floor"], place["room"]) == ("主楼", 3, "305")


def test_two_faults_in_one_message_become_two_tickets_with_their_own_urgency(counter: Counter) -> None:
    text = "主楼二楼马桶堵了，另外主楼四楼走廊停电了"
    counter.say(
        LIN,
        text,
        fault(location="主楼二楼", object="马桶", fault="堵"),
        fault(location="主楼四楼走廊", fault="停电"),
    )
    counter.press(LIN, "提交")
    assert counter.ticket().fields["level"] == "P2"
    counter.press(LIN, "提交")
    assert counter.ticket().fields["level"] == "P1"
    assert counter.ticket().fields["trades"] == ["电工"]


def test_a_photo_with_a_caption_stays_with_the_ticket(counter: Counter) -> None:
    request = fault(location="主楼二楼", object="马桶", fault="堵")
    understood = Understanding(
        text="主楼二楼马桶堵了", original="主楼二楼马桶堵了", intent="report_repair", kind="repair", confidence=0.95,
        clarify=False, slots=request.slots, hints={}, requests=(request,), candidates=(("report_repair", 0.95),),
    )  # fmt: skip
    photo = Enclosure(sort="photo", file_id="P1")
    counter.hear(LIN, text="主楼二楼马桶堵了", enclosures=(photo,), understanding=understood)
    counter.press(LIN, "提交")
    with counter.database.reading() as session:
        assert [a.file_id for a in session.scalars(select(Attachment))] == ["P1"]


def test_a_photo_sent_before_the_words_goes_along_with_them(counter: Counter) -> None:
    counter.hear(LIN, enclosures=(Enclosure(sort="photo", file_id="P1"),))
    counter.hear(LIN, enclosures=(Enclosure(sort="photo", file_id="P2"),))
    reported(counter)
    with counter.database.reading() as session:
        assert [a.file_id for a in session.scalars(select(Attachment))] == ["P1", "P2"]


# ── triage ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "slots", "level"),
    [
        ("主楼一楼跑水了", {"location": "主楼一楼", "fault": "跑水"}, "P1"),
        ("主楼502暖气不热", {"location": "主楼502", "object": "暖气", "fault": "不热"}, "P1"),
        ("主楼305门打不开", {"location": "主楼305", "object": "门", "fault": "打不开"}, "P1"),
        ("主楼305灯不亮马上来", {"location": "主楼305", "object": "灯", "fault": "不亮", "urgency": "马上"}, "P1"),
        ("主楼305投影坏了，十点开会", {"location": "主楼305", "object": "投影", "fault": "坏"}, "P1"),
        ("主楼305投影坏了，明天下午三点开会", {"location": "主楼305", "object": "投影", "fault": "坏"}, "P2"),
        ("主楼305水龙头滴水不急", {"location": "主楼305", "object": "水龙头", "fault": "滴水", "urgency": "不急"}, "P2"),
        ("主楼三楼走廊重新粉刷", {"location": "主楼三楼走廊", "object": "墙面"}, "P4"),
    ],
)  # fmt: skip
def test_triage_weighs_fault_haste_season_and_meetings(
    counter: Counter, text: str, slots: dict[str, str], level: str
) -> None:
    counter.say(LIN, text, fault(**slots))
    counter.press(LIN, "提交")
    assert counter.ticket().fields["level"] == level


def test_an_ordinary_fault_on_friday_evening_is_due_in_office_hours(counter: Counter) -> None:
    counter.wait(days=4, hours=9)  # Friday 18:00
    ticket = reported(counter)
    assert ticket.due_at is not None
    assert to_local(ticket.due_at).strftime("%a %H:%M") == "Mon 09:00"


def test_danger_on_friday_evening_is_due_within_minutes(counter: Counter) -> None:
    counter.wait(days=4, hours=9)
    counter.say(LIN, "主楼一楼水管爆了", fault(location="主楼一楼", object="水管", fault="爆"))
    ticket = counter.ticket()
    assert ticket.due_at == counter.now + timedelta(minutes=5)


# ── danger ──────────────────────────────────────────────────────────────────────────────────────────


def test_danger_gives_the_telephone_first_then_the_ticket_then_asks_where(counter: Counter) -> None:
    replies = counter.say(LIN, "电梯困人了 快来", fault(object="电梯", fault="困人"))
    assert "请先打电话" in replies[0]["text"]
    assert "电梯维保单位" in replies[0]["text"]
    assert "BX-20261123-001" in replies[1]["text"]
    assert "具体位置" in replies[2]["text"]
    assert "特急" in text_of(counter.owed(MA))
    assert "记下了" in text_of(counter.say(LIN, "主楼2号梯，四楼", word("out_of_scope")))
    assert counter.ticket().fields["location"] == "主楼2号梯，四楼"
    assert "主楼2号梯" in text_of(counter.owed(MA))


def test_fire_names_119_and_goes_to_the_electrician_at_once(counter: Counter) -> None:
    replies = counter.say(LIN, "主楼配电室冒烟了", fault(location="主楼配电室", fault="冒烟"))
    assert "119" in replies[0]["text"]
    assert counter.ticket().state == "已派单"
    assert "冒烟着火" in text_of(counter.owed(ZHENG))


@pytest.mark.parametrize("intent", ["out_of_scope", "handoff_human", "urge_ticket"])
def test_danger_is_heard_whatever_the_words_were_taken_for(counter: Counter, intent: str) -> None:
    counter.say(LIN, "着火了快来人", word(intent))
    assert counter.ticket().fields["level"] == "P0"


def test_danger_interrupts_a_form_and_the_form_goes_on(counter: Counter) -> None:
    counter.say(LIN, "要台车去机场", car(destination="龙嘉机场"))
    counter.say(LIN, "水房漏电了", fault(fault="漏电"))
    assert counter.ticket().kind == "repair"
    resumed = counter.say(LIN, "主楼三楼水房", word("out_of_scope"))
    assert counter.ticket().fields["location"] == "主楼三楼水房"
    assert "什么时候出发" in text_of(resumed)


def test_danger_said_into_an_open_repair_form_submits_that_form(counter: Counter) -> None:
    counter.say(LIN, "主楼305插座坏了", fault(location="主楼305", object="插座", fault="坏"))
    counter.say(LIN, "还冒烟了", fault(fault="冒烟"))
    ticket = counter.ticket()
    assert (ticket.fields["level"], ticket.fields["location"]) == ("P0", "主楼305")
    assert "已经处理过" in text_of(counter.press(LIN, "提交"))


def test_danger_and_an_ordinary_fault_in_one_message_are_kept_apart(counter: Counter) -> None:
    counter.say(
        LIN,
        "主楼电梯困人了，另外主楼三楼走廊灯不亮",
        fault(location="主楼", object="电梯", fault="困人"),
        fault(location="主楼三楼走廊", object="灯", fault="不亮"),
    )
    assert counter.ticket().fields["alarm"] == "电梯困人"
    counter.press(LIN, "提交")
    assert (counter.ticket().fields["level"], counter.ticket().fields["object"]) == ("P2", "灯")


@pytest.mark.parametrize("text", ["热水器打不着火", "下周消防演练会冒烟，先说一声", "没着火，就是灯不亮"])
def test_words_that_only_sound_like_danger_raise_no_alarm(counter: Counter, text: str) -> None:
    counter.say(LIN, text, fault(location="主楼一楼", object="热水器"))
    assert "请核对" in counter.rows(LIN)[-1].payload["text"]


def test_asking_after_a_fire_report_raises_no_second_alarm(counter: Counter) -> None:
    counter.say(LIN, "主楼配电室着火了", fault(location="主楼配电室", fault="着火"))
    before = counter.ticket().number
    counter.say(LIN, "刚才着火那个单子咋样了", word("query_ticket"))
    assert counter.ticket().number == before


def test_a_technicians_note_about_a_smoking_socket_is_no_new_fire(counter: Counter) -> None:
    reported(counter)
    mended(counter)
    counter.say(ZHENG, "插座冒烟，已经换了新的", fault(object="插座", fault="冒烟"))
    assert counter.ticket().fields["done_note"] == "插座冒烟，已经换了新的"


def test_a_technician_who_still_owes_a_note_can_cry_fire(counter: Counter) -> None:
    reported(counter)
    mended(counter)
    counter.say(ZHENG, "主楼电梯困人了，快来人修", fault(location="主楼", object="电梯", fault="困人"))
    assert counter.ticket().fields["alarm"] == "电梯困人"


def test_danger_in_a_group_makes_a_ticket_and_the_rest_happens_in_private(counter: Counter) -> None:
    with counter.database.writing() as session:
        heard = Heard(chat_id=-5, user_id=LIN, chat_type="group", text="主楼配电室着火了", addressed=True)
        front.handle(session, heard, house=counter.house, now=counter.now)
    assert counter.ticket().fields["level"] == "P0"
    assert "119" in text_of(counter.owed(LIN))
    assert "私聊" in text_of(counter.owed(-5))


def test_a_letter_about_fire_prevention_is_no_fire(counter: Counter) -> None:
    counter.say(
        LIN,
        "关于开展火灾隐患排查的函" + "有关事项如下，请予支持。着火了怎么报警。" * 12,
        word("out_of_scope"),
    )
    with counter.database.reading() as session:
        assert session.scalar(select(Ticket)) is None


def test_the_same_person_crying_fire_twice_makes_one_ticket(counter: Counter) -> None:
    counter.say(LIN, "主楼配电室着火了", fault(location="主楼配电室", fault="着火"))
    first = counter.ticket().number
    replies = counter.say(LIN, "主楼配电室着火了快来", fault(location="主楼配电室", fault="着火"))
    assert counter.ticket().number == first
    assert "请先打电话" in replies[0]["text"]
    assert "又在报" in text_of(counter.owed(MA))


# ── assignment ──────────────────────────────────────────────────────────────────────────────────────


def test_goes_by_itself_to_the_electrician_with_the_fewest_jobs(counter: Counter) -> None:
    first = reported(counter)
    assert (first.state, first.fields["technician"]) == ("已派单", "郑铁军")
    second = reported(counter, text="主楼502灯不亮", location="主楼502")
    assert second.fields["technician"] == "田师傅"
    assert "郑铁军" in text_of([r.payload for r in counter.rows(LIN)])


def test_waits_in_the_queue_when_the_trade_has_nobody_with_a_phone(counter: Counter) -> None:
    ticket = reported(counter, text="主楼502柜子坏了", location="主楼502", object="柜子", fault="坏")
    assert (ticket.state, ticket.queue, ticket.responsible_id) == ("待受理", "dispatcher:repair", None)
    shown = labels(counter, MA)
    assert shown[:3] == ["派工", "受理", "驳回"]
    assert "木工 穆木匠" in text_of(counter.owed(MA))


def test_one_tap_sends_the_recommended_man_and_says_to_ring_him(counter: Counter) -> None:
    ticket = reported(counter, text="主楼502柜子坏了", location="主楼502", object="柜子", fault="坏")
    answer = text_of(counter.press(MA, "派工"))
    assert reload(counter, ticket).fields["technician"] == "穆木匠"
    assert "请打电话通知" in answer
    counter.press(MA, "已完成")
    assert reload(counter, ticket).state == "待验收"


def test_a_dispatcher_confirms_or_changes_what_went_by_itself(counter: Counter) -> None:
    ticket = reported(counter)
    assert {"派工", "受理", "驳回", "改派"} <= set(labels(counter, MA))
    counter.press(MA, "派工")
    assert reload(counter, ticket).fields["technician"] == "郑铁军"
    counter.press(ZHENG, "接单")
    counter.press(MA, "改派")
    counter.press(MA, "电工 田师傅")
    assert reload(counter, ticket).fields["technician"] == "田师傅"
    assert "您不用去了" in text_of(counter.owed(ZHENG))
    counter.press(TIAN, "接单")
    assert reload(counter, ticket).state == "已接单"


def test_of_two_dispatchers_the_first_press_wins_and_the_other_card_shows_it(counter: Counter) -> None:
    ticket = reported(counter, text="主楼502柜子坏了", location="主楼502", object="柜子", fault="坏")
    stale = counter.button(NIU, "受理")
    counter.press(MA, "受理")
    assert reload(counter, ticket).responsible_id is not None
    assert "马春雨" in counter.rows(NIU)[-1].payload["text"]
    assert "马春雨负责" in text_of(counter.press_data(NIU, stale))


def test_a_technician_who_cannot_go_gives_it_back_to_the_queue(counter: Counter) -> None:
    ticket = reported(counter)
    counter.press(ZHENG, "去不了")
    now = reload(counter, ticket)
    assert (now.state, now.queue) == ("待受理", "dispatcher:repair")
    assert "去不了" in text_of(counter.owed(MA))


def test_things_not_ours_are_recorded_with_a_hint(counter: Counter) -> None:
    ticket = reported(
        counter, text="主楼502电脑开不了机", location="主楼502", object="电脑", fault="开不了机"
    )
    assert ticket.state == "待受理"
    assert "信息中心" in text_of(counter.owed(MA))


def test_building_work_goes_to_the_queue_with_the_rule(counter: Counter) -> None:
    shown = text_of(counter.say(LIN, "主楼502要加装两个插座", fault(location="主楼502", object="插座")))
    assert "按本局安排" in shown
    counter.press(LIN, "提交")
    ticket = counter.ticket()
    assert (ticket.state, ticket.fields["level"]) == ("待受理", "P4")
    assert "立项审批" in text_of(counter.owed(MA))


def test_a_new_lock_needs_the_heads_word_first(counter: Counter) -> None:
    ticket = reported(counter, text="主楼502换个锁芯", location="主楼502", object="锁芯", fault="换")
    assert ticket.state == "待审批"
    counter.press(ZHOU, "同意")
    assert reload(counter, ticket).state == "待受理"  # the carpenter has no phone
    assert "处室已同意" in text_of(counter.owed(LIN))


def test_a_lock_that_does_not_open_is_no_change_of_lock(counter: Counter) -> None:
    ticket = reported(
        counter, text="主楼502门打不开，要换锁", location="主楼502", object="门", fault="打不开"
    )
    assert (ticket.state, ticket.fields["level"]) == ("待受理", "P1")


def test_a_refused_lock_tells_why_and_another_way(counter: Counter) -> None:
    ticket = reported(counter, text="主楼502换个锁芯", location="主楼502", object="锁芯", fault="换")
    counter.press(ZHOU, "不同意")
    assert reload(counter, ticket).state == "已驳回"
    assert "💡" in text_of(counter.owed(LIN))


def test_a_rejection_quotes_the_rule_as_the_houses_own(counter: Counter) -> None:
    ticket = reported(
        counter, text="主楼502电脑开不了机", location="主楼502", object="电脑", fault="开不了机"
    )
    counter.press(MA, "驳回")
    counter.press(MA, "不属我方")
    told = text_of(counter.owed(LIN))
    assert reload(counter, ticket).state == "已驳回"
    assert "按本局安排" in told
    assert "💡" in told
    assert "按规定" not in told


# ── the whole life ──────────────────────────────────────────────────────────────────────────────────


def test_a_whole_life_to_the_rating(counter: Counter) -> None:
    ticket = reported(counter)
    counter.press(ZHENG, "接单")
    assert "已接单" in text_of(counter.owed(LIN))
    counter.press(ZHENG, "已出发")
    counter.press(ZHENG, "已到达")
    assert reload(counter, ticket).state == "处理中"
    asked = text_of(counter.press(ZHENG, "已完成"))
    assert "修了什么" in asked
    now = reload(counter, ticket)
    assert (now.state, now.responsible_id) == ("待验收", now.requester_id)
    assert "已登记" in text_of(counter.say(ZHENG, "换了一根灯管", word("out_of_scope")))
    assert "换了一根灯管" in text_of(counter.owed(LIN))
    counter.press(LIN, "已修好")
    assert reload(counter, ticket).closed_at is not None
    assert "谢谢您的评价" in text_of(counter.press(LIN, "满意"))
    assert reload(counter, ticket).fields["rating"] == "满意"


def test_a_mark_right_after_the_work_accepts_it_too(counter: Counter) -> None:
    ticket = reported(counter)
    mended(counter)
    counter.press(LIN, "满意")
    now = reload(counter, ticket)
    assert (now.state, now.fields["rating"]) == ("已办结", "满意")


def test_a_bad_mark_asks_why_and_tells_the_dispatchers(counter: Counter) -> None:
    reported(counter)
    mended(counter)
    assert "哪里不好" in text_of(counter.press(LIN, "不满意"))
    counter.say(LIN, "来得太晚了", word("complain"))
    assert "来得太晚了" in text_of(counter.owed(MA))


def test_the_technicians_photo_reaches_the_reporter(counter: Counter) -> None:
    reported(counter)
    mended(counter)
    counter.owed(LIN)
    counter.hear(ZHENG, enclosures=(Enclosure(sort="photo", file_id="DONE1"),))
    counter.hear(ZHENG, enclosures=(Enclosure(sort="photo", file_id="DONE2"),))
    assert [r.get("file_id") for r in counter.owed(LIN)] == ["DONE1", "DONE2"]


def file_ids(replies: list[dict[str, Any]]) -> list[str]:
    return [reply["file_id"] for reply in replies if reply.get("file_id")]


def test_the_reporters_photos_reach_whoever_mends_it_once_each(counter: Counter) -> None:
    counter.hear(LIN, enclosures=(Enclosure(sort="photo", file_id="P1"),))
    reported(counter)
    assert file_ids(counter.owed(ZHENG)) == ["P1"]
    counter.hear(LIN, enclosures=(Enclosure(sort="document", file_id="D1", name="现场.heic"),))
    assert file_ids(counter.owed(ZHENG)) == ["D1"]
    counter.press(MA, "改派")
    counter.press(MA, "电工 田师傅")
    assert file_ids(counter.owed(TIAN)) == ["P1", "D1"]
    counter.press(MA, "改派")
    counter.press(MA, "电工 郑铁军")
    assert file_ids(counter.owed(ZHENG)) == []
    assert file_ids(counter.owed(LIN)) == []


def test_a_photo_of_what_waits_for_a_technician_waits_with_it(counter: Counter) -> None:
    counter.hear(LIN, enclosures=(Enclosure(sort="photo", file_id="P1"),))
    reported(counter, text="主楼502柜子坏了", location="主楼502", object="柜子", fault="坏")
    assert file_ids(counter.owed(MA)) == []
    assert file_ids(counter.owed(ZHENG)) == []
    counter.press(MA, "电工 郑铁军")
    assert file_ids(counter.owed(ZHENG)) == ["P1"]


def test_not_mended_sends_the_same_man_again_and_counts(counter: Counter) -> None:
    ticket = reported(counter)
    mended(counter)
    assert "哪儿还不行" in text_of(counter.press(LIN, "没修好"))
    now = reload(counter, ticket)
    assert (now.state, now.fields["technician"], now.fields["rework"]) == ("已派单", "郑铁军", 1)
    counter.say(LIN, "一开就闪", word("complain"))
    told = text_of(counter.owed(ZHENG))
    assert "返修" in told
    assert "一开就闪" in told
    mended(counter)
    counter.press(LIN, "已修好")
    assert reload(counter, ticket).state == "已办结"


def test_broken_again_after_closing_is_linked_to_the_old_ticket(counter: Counter) -> None:
    old = reported(counter)
    mended(counter)
    counter.press(LIN, "已修好")
    counter.wait(days=2)
    counter.press(LIN, "又坏了")
    fresh = counter.ticket()
    assert fresh.parent_id == old.id
    assert (fresh.fields["rework_of"], fresh.fields["technician"]) == (old.number, "郑铁军")
    assert fresh.state == "已派单"


def test_the_third_repair_of_one_thing_suggests_a_new_one(counter: Counter) -> None:
    for _ in range(2):
        reported(counter)
        technician = ZHENG if counter.ticket().fields["technician"] == "郑铁军" else TIAN
        mended(counter, technician)
        counter.press(LIN, "满意")
        counter.wait(days=20)
    reported(counter)
    assert "第 3 次报修，建议更换" in text_of(counter.owed(MA))


def test_waiting_for_a_part_tells_the_reporter_and_brings_daily_news(counter: Counter) -> None:
    ticket = reported(counter)
    counter.press(ZHENG, "接单")
    assert "什么配件" in text_of(counter.press(ZHENG, "等配件"))
    assert "等配件" in text_of(counter.owed(LIN))
    counter.say(ZHENG, "镇流器，周四到货", word("out_of_scope"))
    assert "镇流器" in text_of(counter.owed(LIN))
    for chat in (ZHENG, LIN):
        when = [to_local(at) for at, text in counter.reminders(chat) if "等配件" in text]
        assert len(when) == 7
        assert {f"{at:%H:%M}" for at in when} == {"10:00"}
        assert when[0].date() == to_local(counter.now).date() + timedelta(days=1)
    counter.press(ZHENG, "已到达")
    counter.press(ZHENG, "已完成")
    assert reload(counter, ticket).state == "待验收"


def test_mending_outside_is_followed_by_the_dispatchers(counter: Counter) -> None:
    ticket = reported(counter)
    counter.press(ZHENG, "接单")
    assert "转给哪家" in text_of(counter.press(ZHENG, "转外修"))
    now = reload(counter, ticket)
    assert (now.state, now.queue) == ("转外修", "dispatcher:repair")
    counter.say(ZHENG, "主板坏了，得返厂修", word("out_of_scope"))
    assert "返厂" in text_of(counter.owed(MA))
    counter.press(MA, "已完成")
    assert reload(counter, ticket).state == "待验收"


def test_no_answer_for_three_working_days_counts_as_accepted(counter: Counter) -> None:
    ticket = reported(counter)
    mended(counter)
    with counter.database.writing() as session:
        assert timeouts.run(session, house=counter.house, now=counter.now + timedelta(days=2)) == 0
    counter.wait(days=3, minutes=1)
    with counter.database.writing() as session:
        assert timeouts.run(session, house=counter.house, now=counter.now) == 1
        assert timeouts.run(session, house=counter.house, now=counter.now) == 0
    assert reload(counter, ticket).state == "已办结"
    assert "满意" in labels(counter, LIN)


def test_the_reporter_changes_the_place_and_the_technician_sees_it(counter: Counter) -> None:
    ticket = reported(counter)
    counter.say(LIN, "改一下，是四楼", word("change_ticket", location="主楼四楼东侧卫生间"))
    counter.press(LIN, "提交")
    assert reload(counter, ticket).fields["place"]["floor"] == 4
    assert "主楼四楼" in text_of(counter.owed(ZHENG))


def test_another_fault_in_a_change_sends_another_trade(counter: Counter) -> None:
    ticket = reported(counter)
    counter.say(LIN, "不是灯，是水龙头漏水", word("change_ticket", object="水龙头", fault="漏水"))
    counter.press(LIN, "提交")
    assert reload(counter, ticket).fields["technician"] == "水师傅"
    assert "您不用去了" in text_of(counter.owed(ZHENG))


def test_cancelling_tells_the_technician(counter: Counter) -> None:
    ticket = reported(counter)
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert reload(counter, ticket).state == "已取消"
    assert "不用去了" in text_of(counter.owed(ZHENG))


# ── one fault, several reports ──────────────────────────────────────────────────────────────────────


def test_the_second_reporter_joins_and_is_told(counter: Counter) -> None:
    first = reported(counter)
    shown = text_of(
        counter.say(
            CHEN, "主楼三楼东侧卫生间灯坏了", fault(location="主楼三楼东侧卫生间", object="灯", fault="坏")
        )
    )
    assert first.number in shown
    counter.press(CHEN, "提交")
    second = counter.ticket()
    assert (second.parent_id, second.state) == (first.id, "已并单")
    assert second.responsible_id == first.responsible_id
    assert "又有人报同一处" in text_of(counter.owed(ZHENG))


def test_all_reporters_are_asked_when_it_is_done(counter: Counter) -> None:
    reported(counter)
    second = reported(counter, CHEN)
    counter.press(ZHENG, "接单")
    assert "已接单" in text_of(counter.owed(CHEN))
    counter.press(ZHENG, "已完成")
    assert "修好了没有" in text_of(counter.owed(CHEN))
    counter.press(CHEN, "没修好")
    apart = reload(counter, second)
    assert (apart.state, apart.fields["technician"]) == ("已派单", "郑铁军")
    counter.press(LIN, "已修好")


def test_another_room_or_another_day_is_another_job(counter: Counter) -> None:
    reported(counter, location="主楼302")
    assert reported(counter, CHEN, location="主楼308").state == "已派单"
    counter.wait(days=2)
    assert reported(counter, CHEN, location="主楼302").state == "已派单"


def test_a_floor_without_power_is_one_fault_from_every_room(counter: Counter) -> None:
    first = reported(counter, location="主楼302", object="", fault="停电", text="主楼302停电了")
    second = reported(counter, CHEN, location="主楼308", object="", fault="停电", text="主楼308停电了")
    assert second.parent_id == first.id


def test_a_reporter_can_say_it_is_not_the_same(counter: Counter) -> None:
    reported(counter)
    second = reported(counter, CHEN)
    counter.press(CHEN, "不是同一处")
    apart = reload(counter, second)
    assert apart.state == "已派单"
    assert "joined" not in apart.fields


def test_when_the_first_reporter_withdraws_the_next_one_takes_over(counter: Counter) -> None:
    first = reported(counter)
    second = reported(counter, CHEN)
    counter.press(ZHENG, "接单")
    counter.press(LIN, "取消")
    counter.press(LIN, "确认取消")
    assert reload(counter, first).state == "已取消"
    heir = reload(counter, second)
    assert (heir.state, heir.fields["technician"], heir.parent_id) == ("已接单", "郑铁军", None)
    counter.press(ZHENG, "已完成")
    assert reload(counter, second).state == "待验收"


def test_a_ticket_others_joined_cannot_become_another_fault(counter: Counter) -> None:
    first = reported(counter)
    reported(counter, CHEN)
    counter.say(
        LIN, f"{first.number}改成四楼", word("change_ticket", location="主楼四楼", ticket_no=first.number)
    )
    assert "不能改成另一处" in text_of(counter.press(LIN, "提交"))
    assert reload(counter, first).fields["place"]["floor"] == 3


def test_doubles_reworks_and_timeouts_are_found_on_both_databases(any_database: Database) -> None:
    counter = staffed(any_database)
    old = reported(counter)
    assert reported(counter, CHEN).parent_id == old.id
    mended(counter)
    counter.wait(days=3, minutes=1)
    with any_database.writing() as session:
        assert timeouts.run(session, house=counter.house, now=counter.now) == 2
    assert reported(counter, text="主楼三楼东侧卫生间灯又不亮了").fields["rework_of"] == old.number


def test_a_rejection_reaches_every_reporter(counter: Counter) -> None:
    reported(counter)
    second = reported(counter, CHEN)
    counter.press(MA, "驳回")
    counter.press(MA, "信息不全")
    assert reload(counter, second).state == "已驳回"
    assert "没能安排" in text_of(counter.owed(CHEN))


# ── roles, reminders, presses ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "action", ["accept", "complete", "assign", "reject:REP-4", "fixed", "approve", "auto_accept", "cancel"]
)
def test_a_forged_press_by_a_stranger_changes_nothing(counter: Counter, action: str) -> None:
    ticket = reported(counter)
    name, _, arg = action.partition(":")
    data = f"t:{name}:{ticket.id}:{ticket.version}" + (f":{arg}" if arg else "")
    assert "无关" in text_of(counter.press_data(CHEN, data))
    assert reload(counter, ticket).version == ticket.version


def test_nobody_but_the_desk_lets_a_ticket_time_out(counter: Counter) -> None:
    ticket = reported(counter)
    mended(counter)
    now = reload(counter, ticket)
    assert "不归您办" in text_of(counter.press_data(LIN, f"t:auto_accept:{now.id}:{now.version}"))


def test_the_reporter_cannot_send_or_finish(counter: Counter) -> None:
    ticket = reported(counter)
    for action in ("assign", "complete", "accept"):
        assert "不归您办" in text_of(counter.press_data(LIN, f"t:{action}:{ticket.id}:{ticket.version}"))
    assert reload(counter, ticket).state == "已派单"


def test_only_a_technician_can_be_sent(counter: Counter) -> None:
    ticket = reported(counter)
    with counter.database.reading() as session:
        clerk = session.scalar(select(Person.id).where(Person.name == "陈立新"))
    answer = text_of(counter.press_data(MA, f"t:assign:{ticket.id}:{ticket.version}:{clerk}"))
    assert "不在名册" in answer


def test_reminds_before_and_at_the_answering_time(counter: Counter) -> None:
    ticket = reported(counter)
    asked = [at for at, text in counter.reminders(ZHENG) if "快到响应时限" in text]
    assert asked == [counter.now + timedelta(minutes=24)]
    assert [at for at, text in counter.reminders(MA) if "还没人接单" in text] == [ticket.due_at]
    counter.press(ZHENG, "接单")
    assert not [at for at, text in counter.reminders(ZHENG) if "响应" in text]


def test_asks_the_reporter_two_hours_after_the_work(counter: Counter) -> None:
    reported(counter)
    mended(counter)
    assert [at for at, text in counter.reminders(LIN) if "修好了吗" in text] == [
        counter.now + timedelta(hours=2)
    ]


def test_every_state_has_somebody_and_a_time(counter: Counter) -> None:
    ticket = reported(counter)
    for who, label in (
        (MA, "受理"),
        (ZHENG, "接单"),
        (ZHENG, "已到达"),
        (ZHENG, "等配件"),
        (ZHENG, "转外修"),
        (MA, "已完成"),
    ):
        counter.press(who, label)
        now = reload(counter, ticket)
        assert (now.responsible_id is None) != (now.queue is None)
        assert now.due_at is not None
        assert now.due_at > counter.now


def test_a_question_about_the_times_is_answered_in_the_middle_of_the_form(counter: Counter) -> None:
    counter.say(LIN, "灯不亮", fault(object="灯", fault="不亮"))
    answer = text_of(counter.say(LIN, "多久能修好", word("policy_question")))
    assert "按本局安排" in answer
    assert "在哪儿" in answer
