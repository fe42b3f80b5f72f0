"""Plain keyword rules for intents: enough to go on with when Rasa is not there, and a second opinion when it is.

A rule is a pattern over normalised text. Strong rules are phrases that mean one thing whoever writes them; the guesses
below them are in order of preference. Neither is a classifier: what no rule knows stays unknown.
"""

from __future__ import annotations

import re

_POLITE = r"(?:[\s，。！!~～、,.]|吧|呗|哈|啊|呀|哦|了|的|呢|嘞|谢谢|多谢|麻烦了|辛苦了)*"

_WHOLE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (intent, re.compile(rf"(?:{words}){_POLITE}"))
    for intent, words in (
        (
            "report_repair",
            r"(?:报修|我要报修|(?:又|都|全|这个?|那个?|它|咋)*(?:坏|不行|不好使|不好用|不能用|用不了)(?:掉)?了)",
        ),
        (
            "affirm",
            r"(?:嗯+|嗯呢|嗯那|是|是的|是啊|对|对的|对对+|好|好的|好好+|好嘞|得嘞|行|行行+|中|妥|妥了|妥妥|可以|可|没错|没问题|确认|确定|同意|ok|okay|okk|"
            r"ojbk|okok|yes|yep|y|当然|当然可以|必须的|是是+|中中+|妥妥滴|要的|同意提交|确认无误|确认提交|就这样|就这么办|就这么着|就它|就这个|成|要得|没毛病|提交)",
        ),
        (
            "deny",
            r"(?:不|不是|不对|不行|不好|不要|不用|不用了|不可以|不中|不必|不必了|不需要|不了|不成|没必要|免了|甭了|都不是|都不对|不同意|别提交|先别提交|暂不提交|不确认|别|否|no|nope|n|不是这个|不是这样|错了|不同意|算了|拉倒)",
        ),
        (
            "greet",
            r"(?:你好|您好|在吗|在么|在不|在不在|有人吗|hi|hello|嗨|早|早上好|上午好|下午好|晚上好|哈喽|哈罗|嗨喽|nihao|你好啊|你好呀|老师好|各位好|大家好|师傅好|早安|早啊|新年好|过年好)",
        ),
        (
            "thanks",
            r"(?:谢谢|谢谢您|谢谢你|多谢|感谢|谢了|谢啦|辛苦|辛苦了|费心了|受累了|非常感谢|太感谢了|谢谢师傅|收到谢谢|满意|很满意|非常满意|挺满意|3q|3ks|thx|thanks|谢谢啦|谢谢哈|辛苦啦|感激不尽|万分感谢)",
        ),
        (
            "goodbye",
            r"(?:再见|拜拜|拜|回见|回头见|先这样|就先这样|没事了|没别的事了|不聊了|晚安|撤了|下了|先这么着|88|886|bye|byebye|再会|回聊|告辞|明天见|明儿见|下周见|拜了个拜)",
        ),
        (
            "help",
            r"(?:帮助|help|怎么用|你能干啥|你能做什么|你会什么|有什么功能|菜单|使用说明|你都会啥|你能办什么|你会啥|能干啥|怎么操作|使用方法|使用帮助|操作指南|新手指南|帮助文档|有什么用)[?？]*",
        ),
        (
            "handoff_human",
            r"(?:转人工|人工|人工服务|找人工|人工客服|转接人工|接人工|真人|找真人|人工呢|人工在哪|要人工|rengong|客服|找客服|转客服|转接客服|转真人|接真人)",
        ),
    )
)

_STRONG: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("handoff_human", re.compile(r"转人工|转接人工|人工客服|人工坐席|找个(?:真|活)人|(?:要|找|换)人工")),
    ("change_ticket", re.compile(r"(?:别|不|先别|不要|不是要?|不用)取消.{0,12}(?:改|换|推迟|提前|挪)")),
    (
        "change_ticket",
        re.compile(
            r"把[^，。]{0,10}?(?:车|会议室?|会|时间|单子?)[^，。]{0,4}?(?:推|挪|改|调|提前|推迟|延后|延)[到成至为]"
        ),
    ),
    # 「用车推到三点」, 「会议室改到明天」: a time is moved that was set.
    (
        "change_ticket",
        re.compile(
            r"^(?:麻烦|请)?(?:那个?|我的?|[今明后]天的?)*(?:用?车|会议室?|接待)(?:时间)?(?:往后|往前)?(?:推迟?|挪|改|调整?|提前|延后?)[到至]"
        ),
    ),
    ("urge_ticket", re.compile(r"^(?:麻烦|请|帮我?|再|给我?)*催(?:一?下|催|一催|促|单)")),
    (
        "change_ticket",
        re.compile(
            r"(?:改成|改到|换到|挪|推|延|错后|串|提前|晚(?!上)|早(?![上晨])).{0,16}(?:别|勿|不用|不要|不是要?)(?:给我)?(?:取消|撤单|撤销|退单)"
        ),
    ),
    # Where it stands, asked in so many words: 「车什么时候来」, 「那个空调修了没」.
    (
        "query_ticket",
        re.compile(
            r"^(?:我的?|我那个?|那个|这个)?(?:车|司机|师傅|修的人|来修的)(?:什么时候|啥时候|啥前儿|几点|多会儿|多咱|还?得?多久)(?:才)?(?:能)?(?:来|到|过来|上门)[啊呀呢了]?[?？]?$"
            r"|^[^，。]{0,10}(?:修|办|派|批|订|定|安排)(?:好|上|完|妥|下来)?了?没有?[呢啊呀]?[?？]?$"
        ),
    ),
    # Who drives, when they come, what one has: asked so shortly that nothing else tells it.
    (
        "query_ticket",
        re.compile(
            r"(?:司机|师傅|驾驶员)(?:师傅)?(?:是|叫|姓)?(?:谁|哪位|哪个|啥名|什么名字?)|车牌号?(?:是)?(?:多少|啥|什么|几)"
            r"|^(?:那|大概|估计|他们)?(?:几点|什么时候|啥时候|啥前儿|多久|还要多久|多会儿)(?:才)?能?(?:到|来|过来|到位|上门)(?:啊|呀|呢|了)?[?？]?$"
            r"|我(?:现在|手里|手头|名下|这儿|这边)?(?:还)?有(?:什么|啥|哪些|几张|几个|多少)(?:没办完的|在办的)?单子?"
        ),
    ),
    # Why something came back.
    (
        "query_ticket",
        re.compile(
            r"^为(?:什么|啥|何)(?:给我?|把[^，。]{1,6})?(?:不同意|驳回|不批|没批|退回|拒|不给批|没同意|没通过)"
        ),
    ),
    # 「洽谈室太挤，换个大的」: what there is will not do.
    (
        "change_ticket",
        re.compile(
            r"(?:太|有点儿?)(?:挤|小|大|远|偏|旧|冷)[^，。]{0,6}?[，,\s]*(?:给)?换[一个间台辆]{0,2}(?:大|小|近|新|别|其他)"
        ),
    ),
    # What was said wrong and what is right: 「不是三点是四点」.
    (
        "change_ticket",
        re.compile(
            r"^(?:哦|啊|不对|错了|说错了)?[，,]?不是(?=[^是]{0,8}?(?:[点号日月人个位辆楼]|明天|后天|周|今天))[^，。是]{1,8}[，,\s]?(?:而)?是(?!不)[^，。是]{1,8}$"
        ),
    ),
    (
        "change_ticket",
        re.compile(
            r"^不[用要坐订](?:那个|这个)?[^，。,；;]{2,8}?了?[，,\s]*(?:改|换)(?:成|为|用|坐)?[^，。,]{2,12}$"
        ),
    ),
    # What a room or a car holds is asked in general; 「我订的那屋能坐几个人」 is asked of a ticket.
    (
        "policy_question",
        re.compile(
            r"^(?!.{0,6}(?:我|咱们?|[订定约派]的|那[个间趟]|这[个间趟]))[^，。,?？\d]{0,6}\d{0,4}[^，。,?？\d]{1,8}?(?:最多|一共|总共|满)?(?:能|可以|可|够)?(?:坐|容纳|装|盛)(?:得?下)?(?:多少|几)(?:个|位|来)?人?(?:来着|呢|啊|呀)?[?？]?$"
        ),
    ),
    # A reception goes on without its pick-up.
    (
        "change_ticket",
        re.compile(r"^(?:不用|不需要|无需|不要)(?:派车)?(?:接送|接站|接机|送站|送机)[了啦]?[。！]?$"),
    ),
)

_MINE = r"(?:定|订|约|报|安排|派|申请|预订|借|要)(?:好|下|完|了)?的.{0,16}?"
_LEANING: tuple[tuple[str, re.Pattern[str]], ...] = (
    # 「借一辆车行不行」 wants the car, whoever is to lend it; what speaks against it is said then.
    (
        "book_vehicle",
        re.compile(
            r"借[一两]?[辆台]?(?:公务|商务)?车(?:用用|用|开)?(?:行不行|行吗|可以吗|可不可以|成不|中不)"
        ),
    ),
    ("urge_ticket", re.compile(r"(?:咋|怎么)还(?:不|没)(?:人)?(?:来|修|派|到|见|给|弄|处理)")),
    (
        "cancel_ticket",
        re.compile(
            r"^[^，。]{0,8}(?:车|会议室|屋|接待|会场)(?:就|先|也|都)?(?:不要|不用|取消|撤|退)(?:了|掉)?[吧啊]?$"
        ),
    ),
    (
        "change_ticket",
        re.compile(
            r"别(?:[订定]|派|安排|坐|用)[^，。,]{1,10}[，,](?:[订定]|派|换|上|坐|用|改|给换)"
            r"|^(?!.*(?:派|要|用|订|叫|安排)[个一台辆]?.{0,3}车).{0,6}(?:路上|中途|半路|半道|途中|顺道|顺路|拐[去到]).{0,8}(?:停|捎|接|绕|取|送)"
            r"|(?:函|公函|名单|单子|刚才|之前|原来|本来)[上里]?(?:写|报|说|填)(?:的|了|是|的是)*.{1,8}[，,].{0,3}(?:实际|现在|应该|其实)"
            rf"|原(?:来|先)(?:订|定|约|安排)(?:好|下)?的|{_MINE}(?:改|换|调|挪|提前|推迟|延)|(?:改|换|调|挪|推迟|顺延|提前)(?:成|到|至|为|一下|下).{{0,20}}(?:不变|照旧|照就|不动|不用动)"
        ),
    ),
    (
        "cancel_ticket",
        re.compile(
            rf"{_MINE}(?:不用|取消|退|撤|作废|不要了|不去了|来不了)|(?:师傅|车|人|修[^，。]{{1,6}}的)(?:就)?(?:别|不用)(?:跑|来|派|过来|去)了|一并退|都退"
        ),
    ),
    (
        "query_ticket",
        re.compile(
            rf"{_MINE}(?:批|派|定|订|修|办)(?:没|了没|了吗|好没|上没|妥没)|(?:订妥|订上|批下来|批了|派了|修好)没|到哪儿?了|搁哪儿?了"
        ),
    ),
)

_GUESSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "cancel_ticket",
        re.compile(r"取消|撤销|撤了|退掉|不去了|不用车了|车不用了|不用来了|不订了|不要了|作废|不开了"),
    ),
    ("urge_ticket", re.compile(r"催一?下|催催|催单|咋还没|怎么还没|还没来|还不来|等半天|等了")),
    (
        "change_ticket",
        re.compile(r"改成|改到|改为|改一下|换成|换到|提前到|推迟|延后|加一?个人|再加|变更|调整"),
    ),
    (
        "query_ticket",
        re.compile(
            r"我的单子|到哪了|批没批|派没派|修好没|进度|查一?下|订上没|(?:批|派|修|办)(?:了|好)(?:吗|没)|司机是谁|车牌"
        ),
    ),
    ("policy_question", re.compile(r"规定|标准是|允许|能不能报|制度|办法里|可不可以.{0,8}私|超标")),
    (
        "report_repair",
        re.compile(
            r"报修|修一?下|维修|坏了|不亮|漏水|堵了|不热|不制冷|打不开|跳闸|停电|停水|断网|卡纸|不好使|困人"
        ),
    ),
    ("arrange_reception", re.compile(r"接待|来访|公函|考察团|调研组|来客人|工作餐|陪餐|来宾")),
    ("book_room", re.compile(r"会议室|会场|多功能厅|报告厅|礼堂|接待室|贵宾室|洽谈室|开个会|间屋")),
    (
        "book_vehicle",
        re.compile(
            r"派车|用车|要车|叫车|订车|派[个一两几三].{0,6}车|[辆台个]车|商务车|考斯特|接机|送机|接站|送站|大巴|去机场|司机"
        ),
    ),
)


def whole(text: str) -> str | None:
    """The intent of a message that is nothing but one such phrase: 「好的」, 「谢谢」, 「转人工」."""
    bare = text.strip().lower()
    return next((intent for intent, pattern in _WHOLE if pattern.fullmatch(bare)), None)


def strong(text: str) -> str | None:
    """The intent of a phrase that settles it, wherever it stands."""
    return next((intent for intent, pattern in _STRONG if pattern.search(text)), None)


def leaning(text: str) -> str | None:
    """The intent a telling phrase speaks for; worth following where the classifier finds it possible too."""
    return next((intent for intent, pattern in _LEANING if pattern.search(text)), None)


def guess(text: str) -> str | None:
    """A plain guess for when there is no classifier to ask; None when no keyword is known."""
    return (
        whole(text)
        or strong(text)
        or next((intent for intent, pattern in _GUESSES if pattern.search(text)), None)
    )
