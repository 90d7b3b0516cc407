"""The Central Plains Regional Economy: three lectures of twenty seconds.

Facts: State Council opinion 国发〔2011〕32号, the plan approved in November 2012, and
the city-cluster plan approved in December 2016.
"""

from learning.demo.lectures.course import DemoCourse, Teacher, slide
from learning.demo.script import LectureScript

SLUG = "regional-economy"
TITLE_ZH = "中原经济区与区域协同发展"

# A card is two lines, what is written and what is said, each in zh and en: the formatter
# would make it six.
# fmt: off
FIRST = LectureScript(
    f"{SLUG}-1",
    TITLE_ZH,
    1,
    "中原经济区从哪里来",
    "Where the Central Plains zone comes from",
    (
        slide(
            10,
            "三个时间点",
            "Three dates",
            ("2011 年：国务院出台指导意见", "2011: the State Council's opinion",
             "2011 年，国务院出台了指导意见。", "In 2011 the State Council issued its guiding opinion."),
            ("2012 年：《中原经济区规划》获批", "2012: the zone's plan is approved",
             "2012 年，《中原经济区规划》获批。", "In 2012 the plan of the Central Plains zone was approved."),
            ("2016 年：中原城市群规划获批", "2016: the city-cluster plan is approved",
             "2016 年，中原城市群规划获批。", "In 2016 the plan of the city cluster was approved."),
        ),
        slide(
            10,
            "范围与底线",
            "Extent and bounds",
            ("河南为主体：涵盖河南全省", "All of Henan at its core",
             "中原经济区以河南为主体。", "Henan as a whole is the core of the zone."),
            ("延及周边：冀晋鲁皖部分地区", "Parts of Hebei, Shanxi, Shandong, Anhui",
             "还延及河北、山西、山东和安徽。", "It reaches into Hebei, Shanxi, Shandong and Anhui."),
            ("两不牺牲：农业粮食、生态环境", "Not at the cost of grain or nature",
             "不以牺牲农业粮食、生态环境为代价。", "Never at the cost of farming, grain or nature."),
        ),
    ),
)

SECOND = LectureScript(
    f"{SLUG}-2",
    TITLE_ZH,
    2,
    "三化协调与粮食安全",
    "Three tasks in balance",
    (
        slide(
            10,
            "三化，是哪三化？",
            "Which three tasks?",
            ("工业化：先进制造、现代服务", "Industry: advanced making and services",
             "新型工业化，重在先进制造。", "Industrialisation today means advanced manufacturing."),
            ("城镇化：以人为核心，留得住人", "Towns: built around people",
             "新型城镇化，核心是人。", "Urbanisation has people at its heart."),
            ("农业现代化：良田、良种、良机、良法", "Farming: land, seed, machines, methods",
             "农业现代化，靠良田、良种、良机、良法。", "Modern farming needs good land, seed, machines, methods."),
        ),
        slide(
            10,
            "粮食怎么稳？",
            "Keeping grain secure",
            ("藏粮于地：建设高标准农田", "In the land: well-made fields",
             "藏粮于地，就是建设高标准农田。", "Grain stored in the land means well-made fields."),
            ("藏粮于技：育种、农机、信息化", "In technique: breeding and machines",
             "藏粮于技，靠育种、农机和信息化。", "Grain stored in technique: breeding, machines and data."),
            ("延长链条：从原粮到食品", "A longer chain: from grain to food",
             "再把产业链从原粮延长到食品。", "Then lengthen the chain from raw grain to food."),
        ),
    ),
)

THIRD = LectureScript(
    f"{SLUG}-3",
    TITLE_ZH,
    3,
    "协同发展看身边",
    "Working together, close to home",
    (
        slide(
            10,
            "通道与枢纽",
            "Corridors and hubs",
            ("空中：郑州航空港经济综合实验区", "Air: the Zhengzhou airport zone",
             "空中有郑州航空港实验区。", "In the air there is the Zhengzhou airport zone."),
            ("陆上：中欧班列直达欧洲", "Land: trains all the way to Europe",
             "陆上有中欧班列直达欧洲。", "On land, freight trains run all the way to Europe."),
            ("城际：郑开城际铁路连两城", "Between cities: the Zheng–Kai railway",
             "城际铁路把郑州和开封连在一起。", "An intercity railway joins Zhengzhou and Kaifeng."),
        ),
        slide(
            10,
            "专业人员能做什么？",
            "What can professionals do?",
            ("看规划：项目先对照国土空间规划", "Read the spatial plan first",
             "做项目，先对照国土空间规划。", "Before a project, read the spatial plan."),
            ("讲共享：设施、数据、人才同用", "Share facilities, data and people",
             "设施、数据和人才，能共享就共享。", "Share facilities, data and people where you can."),
            ("守文脉：保护黄河与古城文化", "Guard the river and the old cities",
             "守护黄河文化和古城文脉。", "Guard the culture of the Yellow River and the old cities."),
        ),
    ),
)
# fmt: on

REGIONAL_ECONOMY = DemoCourse(
    slug=SLUG,
    title_zh=TITLE_ZH,
    title_en="The Central Plains Regional Economy",
    subject="public",
    summary_zh="用一分钟理清中原经济区的由来、范围和“三化”协调，再看交通、粮食和文化上的协同怎样落到身边的工作。",
    summary_en="One minute on where the Central Plains zone comes from, how far it reaches and "
    "what its three tasks are, and what that asks of your own work.",
    will_learn_zh=(
        "说出中原经济区的三个重要时间点和范围",
        "理解“三化”协调和“两不牺牲”",
        "举出区域协同的例子，对照自己的工作",
    ),
    will_learn_en=(
        "Name three dates of the Central Plains zone, and its extent",
        "Explain the three tasks in balance and the two things never sacrificed",
        "Give examples of regional co-operation and relate them to your work",
    ),
    teacher=Teacher(
        "马建中",
        "Ma Jianzhong",
        "副教授，区域经济研究所",
        "Associate professor, institute of regional economics",
    ),
    lectures=(FIRST, SECOND, THIRD),
)
