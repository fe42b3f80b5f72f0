"""The patterns of dates, most telling first; each comes with the reader that turns a match into tokens.

Most of the length is what may *not* follow: 「3号楼」 is a building, 「下周三四川那边来」 says Wednesday and Sichuan, and
「三日本专家」 is no third of the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu._times import dateread as read
from nlu._times import recurread as recur
from nlu._times.festivals import FESTIVAL_PATTERN
from nlu._times.tokens import NOT_AFTER_DIGIT, NUM, WEEK, C

if TYPE_CHECKING:
    from nlu._times.clocklex import Reader

_NOT_HAO = (
    r"(?!楼|栋|院|门|厅|馆|车|线|口(?!头)|库|机(?!票)|房|桌|座|位|室|会议室|会场|会见|会客|接待|贵宾|办公|电梯|餐|食堂|宿舍|别墅|灯|泵|井|路|店|"
    r"仓|单元|配电|窗|台|公寓|学楼|码|工位|文|令|通知|人|公告|卡|箱|柜|主机|空调|直梯|梯|水|技师|司机|师傅|员|洞|站|床|屋|包|雅间|岗|铺|地|片|区|锅炉|教室|"
    r"公路|国道|高速|出口|入口|通道|洽谈|报告|多功能|阶梯|培训|停车|考场|展|厂|塔|桥|墙|管)"
)
_NOT_RI = r"(?!本(?!局|单位|处|次|部|厅|委|院|级)|元(?!旦)|常(?!务|委)|报(?!到|送|道|名)|志|期|用(?:品|化|百|量)|历|语|文|光|程|立|夜|子|产|均|记|益|租|照|间)"
_NOT_YUE = r"(?!亮|饼|票|台|球|租|结|薪|卡|子|经|牙|刊|报|供|嫂|均|费|考|度|色|光|息)"
_EDGE = r"(上旬|中旬|下旬|初|底|末|尾|中(?!央|学|间|国|文|医|心|午|秋|级|型|巴|层|部))"
_MEASURE = r"(?:来|多|几)?\s?(?:个|人|位|名|口|辆|台|间|张|把|套|份|层|楼|座|箱|桌|车|元|块|室|屋|栋|次|天|年|周|度|点\d)"
_UNIT_AFTER = r"(?!\s?(?:[点时号日月年人个位名辆间台楼层室元块天周星刻分秒%度级米公里岁万千百倍寸亿吨升斤套张把次折版代平厘毫克来多几瓦伏匹]|小时|[A-Za-z]))"
_D2 = r"(?:3[01]|[12]\d|0?[1-9])"
_M2 = r"(?:1[0-2]|0?[1-9])"
_DAY = rf"(?:{_D2}|三十一|三十|二十[一二三四五六七八九]?|廿[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_MONTH = rf"(?:{_M2}|元|十[一二]?|[一二三四五六七八九])"
_LUNAR_DAY = r"(?:初[一二三四五六七八九十]|十[一二三四五六七八九]|二十[一二三四五六七八九]?|廿[一二三四五六七八九]|三十)"
_TO = r"\s?(?:到|至|-{1,2})\s?"
_NO_DIGIT = r"(?<![\dA-Za-z.\-/_])(?<!\d:)"
# The last character of 「周X」 may begin the next word: 周三 + 四川, 下周 + 一起, 下周 + 四平, 周 + 一汽.
_TEN = r"十(?![一二三]?[点时:])"  # 「下周二十点」 is Tuesday at ten
_WD = (
    rf"(?:一(?!个|次|趟|台|辆|间|些|共|起(?!连|至|到|,|的|每|用(?!餐)|借|\s|$)|行|直|整(?!天)|下|块|定|汽|位|名|人|批)|二(?!楼|层|号楼|{_TEN}|道)|三(?!个|位|名|人|辆|台|间|层|楼|{_TEN}|亚|峡|四个|五个)|"
    rf"四(?!川(?!流)|平|季|方|处|个|位|名|人|辆|台|间|层|楼|{_TEN})|五(?!金(?!杯)|台|常|星|大连|个|位|名|人|辆|间|层|楼|{_TEN})|"
    rf"六(?!安|盘|个|位|名|人|辆|台|间|层|楼|{_TEN})|日(?!本|语|元|常|报|程)|天(?!气|天|津|安)|末)"
)
_WD_DIGIT = r"(?:[1-7](?![\d:.点号楼层个人位月日]))"
_REL = r"((?:再?(?:上{1,3}|(?<!一)下{1,3})一?个?|这一?个?|本|当|今个|呢个|前(?=周|星期|礼拜)))"
_BEFORE_REL = r"(?<![马线网一地以])"
_CANNOT_BE_NAME = r"(?!转|边|围|密|期|全|身|刊)"

_CLEAN = r"(?<![\dA-Za-z./_])(?<!\d:)(?<![A-Za-z]-)"
_NUMERIC: list[tuple[str, Reader]] = [
    (rf"{_CLEAN}((?:19|20)\d\d)\s?[-./年]\s?({_M2})\s?[-./月]\s?({_D2})(?!\d)\s?(?:日|号)?", read.full),
    (rf"{_CLEAN}((?:19|20)\d\d) ({_M2}) ({_D2})(?![\d:])", read.full),
    (rf"{_CLEAN}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d|-\d{{3}}(?!\d))", read.compact),
    (rf"{_NO_DIGIT}(\d\d)[./-]({_M2})[./-]({_D2})(?![\d./:\-])(?:日|号)?", read.short_year),
    (rf"{_NO_DIGIT}((?:19|20)\d\d)[-./]({_M2})(?!\d|[-./:]\d)(?:月份?)?", read.year_month),
    (rf"{_CLEAN}({_M2})/({_D2})(?!\d|[/.:]\d|-\d{{3}}){_UNIT_AFTER}", read.month_day),
    (rf"{_CLEAN}(?<!\d-)(\d\d?)(\s?(?:-{{1,2}}|到|至)\s?)(\d\d?)(?!\d|[-/.:]\d){_UNIT_AFTER}", read.dash),
]

_DAY_LIST = (
    r"((?:的?(?:周|星期|礼拜)?[、,和及]?[一二三四五六日天末](?!个|点|次|趟|[一二三四五六日天]?[位名人楼]))*)"
)
_RECURRING: list[tuple[str, Reader]] = [
    (rf"每个?{WEEK}([一二三四五六日天]){_TO}{WEEK}?([一二三四五六日天])", recur.every_span),
    (
        rf"((?:每逢|每隔一?个?|隔|每两个?|每2个?|每个?|逢|单|双)一?{WEEK}){_DAY_LIST}{_CANNOT_BE_NAME}",
        recur.every_week,
    ),
    (
        r"每个?(?:工作日|上班日)|(?<![个一下第后前内首])工作日(?:每天|都|(?=的?(?:早|上午|下午|晚|中午)))",
        read.plain("RECUR", "workday", 1, (), None),
    ),
    (r"每(早|晚)上?(?!点|饭|餐)", recur.every_part),
    (r"每隔?([两三四五六七2-7])个?(天|周|星期|月)", recur.every_few),
    (r"隔一?天(?:一次)?|每隔一天|每两天", read.plain("RECUR", "day", 2, (), None)),
    (r"每一?天(?!气)|每日|天天|日日", read.plain("RECUR", "day", 1, (), None)),
    (rf"每个?月(?:的)?(?:({_DAY})[号日])?", recur.every_month),
    (r"每一?年", read.plain("RECUR", "year", 1, (), None)),
]

_FEASTS: list[tuple[str, Reader]] = [
    (
        rf"(?:农历|阴历|旧历)(?:的|年)?\s?(?:([\d零〇一二三四五六七八九]{{4}})年)?(闰)?([正冬腊]|{_MONTH})月(?:份)?({_LUNAR_DAY}|{_DAY})?(?:日|号)?",
        read.lunar,
    ),
    (
        rf"(?:([\d零〇一二三四五六七八九]{{4}})年)?(闰)?([正冬腊])月(?:里|根儿?|份)?({_LUNAR_DAY}|{_DAY}(?![点:]))?",
        read.lunar,
    ),
    (rf"()(闰)?({_MONTH})月(初[一二三四五六七八九十])(?!步|稿|中|级|版|审|期)", read.lunar),
    (r"大?年初([一二三四五六七八九十])", read.new_year_day),
    (
        r"(?:二月二|五月五|七月七|九月九|八月十五)(?![日号\d十一二三四五六七八九])",
        read.plain("FESTIVAL", None),
    ),
    (FESTIVAL_PATTERN, read.plain("FESTIVAL", None)),
    (r"假期|长假|小长假|黄金周|放假期间|期间|假日", read.plain("PERIOD")),
    (
        rf"(?<![环季情细章音关时小调])(节)(前|后)(?!能|约|水|电|面)|(?<![\d{C}几多半去今明\s])(年)(前|后)(?!度|期|院)",
        read.plain("NEAR_FEAST"),
    ),
    (
        rf"(?:以|之|过)?(后|前)的?(?:第?({NUM})个?|最后一个|首个)?\s?(?:工作日|上班日|天上班)(?!内)",
        read.workday_from,
    ),
    (r"(?:以|之|过)?(后|前)的?(?:一?上班)的?(?:第|头)(一)天", read.workday_from),
    (
        r"(?:放?完?假?(?:回来|收假|放完假|过完节|复工|开工|上班))(?:以后|之后|后)?的?(?:第|头)(?:一天|一个?工作日)",
        read.plain("WORKDAY_FROM", 1, 1),
    ),
    (
        rf"第\s?({NUM})个?(?:工作日|上班日)|首个工作日|最后一?个?(?:工作日|上班日)|(?:下|次)一?个?(?:工作日|上班日)",
        read.workday_nth,
    ),
]

_YEARS: list[tuple[str, Reader]] = [
    (rf"{_NO_DIGIT}(\d\d|[{C}]{{2,3}})世纪", read.century),
    (r"(上个?|本|下个?)世纪", read.century_rel),
    (r"(?<![\d一二三四五六七八九十])([1-9]0|[二三四五六七八九]十)年代", read.decade),
    (
        rf"(?:(?<=[到至\-])|{_NO_DIGIT})((?:19|20)\d\d|[一二][零〇九][零〇一二三四五六七八九]{{2}})()\s?年(?!级|检|审|会|代){_EDGE}?",
        read.year,
    ),
    (
        rf"(?<![\d{C}])()(0\d|[6-9]\d|\d\d(?=\s?年\s?(?:{_MONTH}\s?月|[上下]半年|第?[一二三四]季|春|元旦|国庆))|[零〇][零〇一二三四五六七八九]|(?!一二|一两|二三)[一二][零〇一二三四五六七八九])年(?!级|检|审|会|代|后|前|内){_EDGE}?",
        read.year,
    ),
    (
        rf"(大前|大后|[今明去前后来次本当旧]|(?:上|下)一?|这一?)年(?!会|级|轻|龄|度(?!工)|货|审|检|糕|夜|饭|华){_EDGE}?",
        read.year_rel,
    ),
    (
        rf"(?<![\d{C}个半多几])(年|岁|月)(底|末|尾|初|中(?!央|学|间|国|文|医|心|午|秋|旬|级|型|巴|层|部))",
        read.unit_edge,
    ),
    (r"([上下])半年", read.half),
    (
        rf"(?:第([一二三四1-4])(?:个)?季度?|{NOT_AFTER_DIGIT}([一二三四1-4首])季度|(?<![A-Za-z])[Qq]([1-4])(?![\dA-Za-z]))(初|末|底)?",
        read.quarter,
    ),
    (r"((?:上{1,3}|(?<!一)下{1,3})一?个?|这一?个?|本)季度?", read.quarter_rel),
    (r"(?<![立青])([春夏秋冬])(?:天|季)(?!梅|度|的?鞋)", read.season),
]

_MONTHS: list[tuple[str, Reader]] = [
    (rf"{NOT_AFTER_DIGIT}({_MONTH}){_TO}({_MONTH})月(?!{_DAY}){_NOT_YUE}(?:份)?", read.pair("MONTH")),
    (rf"{NOT_AFTER_DIGIT}({_MONTH})\s?月份?的?\s?({_DAY})\s?(?:号{_NOT_HAO}|日{_NOT_RI})", read.month_day),
    (
        rf"{NOT_AFTER_DIGIT}({_MONTH})\s?月\s?({_DAY})(?![\d{C}]|\s?{_MEASURE}|点|时|:|-\d+[点:]|\s?[-到至、]\s?{_DAY}\s?[日号])",
        read.month_day,
    ),
    (rf"{NOT_AFTER_DIGIT}({_MONTH})\s?月{_NOT_YUE}(?:份)?(?:的?{_EDGE})?", read.month),
    (
        rf"(?<![马晚早线网])((?:上{{1,3}}|(?<!一)下{{1,3}})一?个?|这一?个?|本|当|今个?|呢个|次)月(?!球|亮|台|经)(?:份)?(?:的?{_EDGE})?",
        read.month_rel,
    ),
    (rf"第({NUM})个月", read.single("NTH_MONTH")),
]

_WEEKS: list[tuple[str, Reader]] = [
    (rf"(?:第({NUM})|首|最后一)个?{WEEK}(?:([一二三四五六日天](?!个|次))|{_CANNOT_BE_NAME})", read.nth_week),
    (
        rf"{_REL}?{WEEK}([一二三四五六日天]{_TO}{WEEK}?[一二三四五六日天])(?!川|平|个|位|名|人|楼|点|十|号|本|气)",
        read.weekday_span,
    ),
    (
        rf"{_BEFORE_REL}{_REL}?{WEEK}([一二三四五六](?:[、,和及]?[二三四五六日天])+)(?!川|平|个|位|名|人|辆|台|间|层|楼|点|十|号|本|气|安|亚|次|金|月)",
        read.weekday_list,
    ),
    (rf"{_BEFORE_REL}{_REL}{WEEK}(?:({_WD}|{_WD_DIGIT})|{_CANNOT_BE_NAME})", read.week_rel),
    (rf"(?:周|星期|礼拜)(日(?!本|语|元|常|报|程)|天(?!气|津)|[一二三四五六末]|{_WD_DIGIT})", read.weekday),
    (r"(?:这个?|本)?双休日", read.plain("WEEKEND")),
]

_WORDS = r"(?:天|日|儿个?|个儿?)"
_DAYS: list[tuple[str, Reader]] = [
    (r"(今|明)(明|后)(?:两天|两日|天|两天?)|()()()明后(?=上午|下午)", read.day_pair),
    (r"([今明昨])(?=上午|下午|中午|晌午|头晌|后晌|过晌)()", read.rel_day),
    # 「明9-11」, 「后14:30」: telegrams leave the 天 away before hours.
    (
        r"((?<![一-鿿])后|今|(?<![说证声文发查表注标鲜光透简申照])明)(?=\s?(?:\d{1,2}\s?(?:-{1,2}|到|至)\s?\d{1,2}(?![\d月日号人个])|\d{1,2}(?::\d\d|点)))()",
        read.rel_day,
    ),
    (
        r"(大后|大前|今|明|后|昨|前|翌|听)(?:天|日|儿)?(早上|早晨|早|晨|朝(?!阳|鲜|向)|晚上?|夜里?)(?!饭|餐|宴|点(?!\d)|会|霞|市|辈|期|退)",
        read.rel_day,
    ),
    (
        r"(大后|大前|今|明|后|昨|前|翌|听|琴|寻|尋)(?:天|日|儿个?|个儿?)()(?!广场|大厦|酒店|宾馆|头条|性|线|之星|系|花园)(?:(?=[^\u4e00-\u9fff]|[\u4e00-\u9fff])|$)",
        read.rel_day,
    ),
    (r"(?:当|那)(天|日|晚)|同(一)?(?:天|日)", read.same_day),
    (r"次日|第二天|翌日|隔日(?!一)", read.plain("NEXT_DAY")),
    (
        r"(?:再?过|等)(?:两|几|些|俩|一两|三两|三五)(?:天|日)(?!后的)|这(?:两|几|俩)天|前(?:几|些)(?:天|日)|(?:最近|近)(?:几|两|些)?(?:天|日)(?!常)|改[天日](?!换)|近期|这阵子|这段时间|过一?阵子|过一?段时间",
        read.plain("VAGUE_DAY"),
    ),
    (
        rf"(未来|今后|接下来的?|往后|随后|最近|近|过去|之前的?)的?\s?({NUM})\s?个?(天|日|周|星期|礼拜|月|年|季度|小时|钟头|分钟|秒|工作日)",
        read.recent,
    ),
    (
        r"(?<![以如早晚马零一两])(上|下)的?([2-9]|[两三四五六七八九十]|十[一二])\s?个?(天|日|周|星期|礼拜|月(?!份)|年(?!级)|季度|小时|钟头|分钟)",
        read.recent,
    ),
    (
        rf"(?<!提)(?<![会前])(前|头|最初|后|最后|末)的?({NUM})\s?个?(天|日|周|星期|礼拜|月(?!份)|年(?!级)|季度|工作日)",
        read.first_n,
    ),
    (rf"第({NUM})天", read.single("NTH_DAY")),
    (
        rf"(?<![\dA-Za-z./#第〕\]】字{C}桩梯柜泵井炉箱灯岗闸])(?<!\d:)(?<!车位|机位|泊位|工位)(?<![A-Za-z]-)({_DAY})号?(?:{_TO}|、)({_DAY})\s?(?:号{_NOT_HAO}|日{_NOT_RI})",
        read.pair("DAY"),
    ),
    (
        rf"(?<![\dA-Za-z./#第〕\]】字{C}桩梯柜泵井炉箱灯岗闸])(?<!\d:)(?<!车位|机位|泊位|工位)(?<![A-Za-z\d]-)(?<![\d一二三四五六七八九十]月)({_DAY})\s?(?:号{_NOT_HAO}|日(?!以?内|之内){_NOT_RI}(?<![{C}]日(?=[前后](?![往台面勤])))(?<![{C}]日(?=之?[前后])))",
        read.single("DAY"),
    ),
]

DATE_RULES: list[tuple[str, Reader]] = [*_NUMERIC, *_RECURRING, *_FEASTS, *_YEARS, *_MONTHS, *_WEEKS, *_DAYS]
