"""The demo's regions, organisations, topics and requirements.

Source: R4 (topics), R14/R15 (86/26, 74/22), R31 (Kaifeng University), Order 25
(90 hours, two thirds professional) as the second region's example.
"""

import datetime as dt

from learning.actions import rule_sets
from learning.models import BaseProfile, Organisation, PublicTopic, Region, Requirement, RuleSet
from learning.rules.eligibility import Tier
from learning.rules.requirements import TitleLevel

#: The demo's credit hour, so that short lectures earn whole hours; real rules say 2,700.
DEMO_HOUR_SECONDS = 30
NATION, HENAN, KAIFENG, LANKAO, HUBEI = "000000", "410000", "410200", "410225", "420000"
#: Counties without a bureau of their own here: Kaifeng's answers for their people.
TONGXU, WEISHI = "410222", "410223"

REGIONS = (
    (NATION, "全国", "China", None),
    (HENAN, "河南省", "Henan Province", NATION),
    (KAIFENG, "开封市", "Kaifeng", HENAN),
    (LANKAO, "兰考县", "Lankao County", KAIFENG),
    (TONGXU, "通许县", "Tongxu County", KAIFENG),
    (WEISHI, "尉氏县", "Weishi County", KAIFENG),
    (HUBEI, "湖北省", "Hubei Province", NATION),
)

Kind = Organisation.Kind
ORGANISATIONS = (
    ("henan", Kind.PROVINCE, Tier.PROVINCIAL, "河南省人力资源和社会保障厅", "Henan HR Department", HENAN, None),
    ("kaifeng", Kind.BUREAU, Tier.MUNICIPAL, "开封市人力资源和社会保障局", "Kaifeng HR Bureau", KAIFENG, "henan"),
    ("lankao", Kind.BUREAU, Tier.COUNTY, "兰考县人力资源和社会保障局", "Lankao HR Bureau", LANKAO, "kaifeng"),
    ("education", Kind.DEPARTMENT, Tier.MUNICIPAL, "开封市教育体育局", "Kaifeng Education Department", KAIFENG, "kaifeng"),
    ("health", Kind.DEPARTMENT, Tier.MUNICIPAL, "开封市卫生健康委员会", "Kaifeng Health Department", KAIFENG, "kaifeng"),
    (
        "construction", Kind.DEPARTMENT, Tier.MUNICIPAL,
        "开封市住房和城乡建设局", "Kaifeng Construction Department", KAIFENG, "kaifeng",
    ),
    ("lankao-health", Kind.DEPARTMENT, Tier.COUNTY, "兰考县卫生健康委员会", "Lankao Health Department", LANKAO, "health"),
    ("design-institute", Kind.EMPLOYER, Tier.MUNICIPAL, "开封市建筑设计院", "Kaifeng Design Institute", KAIFENG, "kaifeng"),
    ("lankao-hospital", Kind.EMPLOYER, Tier.COUNTY, "兰考县中心医院", "Lankao Central Hospital", LANKAO, "lankao"),
    ("experimental-school", Kind.EMPLOYER, Tier.MUNICIPAL, "开封市实验中学", "Kaifeng Experimental School", KAIFENG, "kaifeng"),
    ("weishi-hospital", Kind.EMPLOYER, Tier.COUNTY, "尉氏县人民医院", "Weishi People's Hospital", WEISHI, "kaifeng"),
    (
        "kaifeng-university", Kind.BASE, Tier.MUNICIPAL,
        "开封大学继续教育基地", "Kaifeng University Base", KAIFENG, "kaifeng",
    ),
    ("lankao-base", Kind.BASE, Tier.COUNTY, "兰考县继续教育基地", "Lankao County Base", LANKAO, "lankao"),
)  # fmt: skip

#: Employing unit → the industry department competent for it.
DEPARTMENTS = {
    "design-institute": "construction",
    "experimental-school": "education",
    "lankao-hospital": "lankao-health",
    "weishi-hospital": "health",
}

BASES = (
    ("kaifeng-university", True, True, "公需科目，建筑工程", "Public subjects, construction", dt.date(2013, 7, 1)),
    ("lankao-base", True, True, "公需科目，建筑工程", "Public subjects, construction", dt.date(2016, 3, 1)),
)

TOPICS = (
    ("professional-ethics", "职业道德与学术诚信", "Professional ethics and academic integrity"),
    ("capacity-building", "创新能力建设", "Capacity building"),
    ("regional-economy", "中原经济区与区域协同发展", "The Central Plains regional economy"),
)

ARTICLE_SENIOR = (
    "高级、中级专业技术人员每年参加继续教育的时间累计不少于86学时，其中公需科目不少于26学时。",
    "Senior and intermediate personnel: not less than 86 hours a year, of which public subjects not less than 26.",
)
ARTICLE_JUNIOR = (
    "初级专业技术人员每年参加继续教育的时间累计不少于74学时，其中公需科目不少于22学时。",
    "Junior personnel: no less than 74 hours a year in all, of which public subjects no less than 22 hours.",
)
ARTICLE_NATION = (
    "专业技术人员参加继续教育的时间，每年累计应不少于90学时，其中，专业科目一般不少于总学时的三分之二。",
    "Not less than 90 hours a year in all, of which professional subjects generally not less than two thirds.",
)


def build_regions() -> None:
    """Make the regions, each after the one it lies in."""
    for code, name_zh, name_en, parent in REGIONS:
        Region.objects.create(code=code, name_zh=name_zh, name_en=name_en, parent_id=parent)


def build_organisations() -> None:
    """Make the organisations, each after its supervisor, and what the bases may teach."""
    made: dict[str, Organisation] = {}
    for slug, kind, tier, name_zh, name_en, region, supervisor in ORGANISATIONS:
        made[slug] = Organisation.objects.create(
            slug=slug,
            kind=kind,
            tier=tier,
            name_zh=name_zh,
            name_en=name_en,
            region_id=region,
            supervisor=made[supervisor] if supervisor else None,
            department=made[DEPARTMENTS[slug]] if slug in DEPARTMENTS else None,
        )
    for slug, public, professional, fields_zh, fields_en, recognised_on in BASES:
        BaseProfile.objects.create(
            organisation=made[slug],
            may_teach_public=public,
            may_teach_professional=professional,
            fields_zh=fields_zh,
            fields_en=fields_en,
            recognised_on=recognised_on,
        )


def build_requirements(year: int, *, now: dt.datetime) -> None:
    """Make a year's rules and topics: Kaifeng's for its city and counties, the nation's for the rest.

    Issued before the year begins, so that a demo made on its first day knows its rules. `now`: since when
    the ledger holds them fast, before all that happens in the demo.
    """
    levels = {
        TitleLevel.SENIOR_FULL: (8_600, 2_600, ARTICLE_SENIOR),
        TitleLevel.SENIOR_ASSOCIATE: (8_600, 2_600, ARTICLE_SENIOR),
        TitleLevel.INTERMEDIATE: (8_600, 2_600, ARTICLE_SENIOR),
        TitleLevel.JUNIOR: (7_400, 2_200, ARTICLE_JUNIOR),
    }
    dates = {"cutoff_on": dt.date(year, 12, 31), "issued_on": dt.date(year - 1, 12, 20)}
    sets = {
        region: RuleSet.objects.create(region_id=region, year=year, effective_on=dates["issued_on"], source=source)
        for region, source in ((KAIFENG, "汴人社〔2013〕96号"), (NATION, "人社部令第25号"))
    }
    for level, (total, public, (article_zh, article_en)) in levels.items():
        Requirement.objects.create(
            rule_set=sets[KAIFENG],
            region_id=KAIFENG,
            year=year,
            title_level=level,
            total_centihours=total,
            public_centihours=public,
            hour_seconds=DEMO_HOUR_SECONDS,
            has_presence_checks=True,
            asks_content_questions=True,
            check_min_s=30,
            check_max_s=60,
            # What the document does not settle, as the demo's office might.
            makeup_until_on=dt.date(year + 1, 12, 31),
            leave_from_months=1,
            leave_whole_months=10,
            prorates_part_year=True,
            article_zh=article_zh,
            article_en=article_en,
            source=sets[KAIFENG].source,
            **dates,
        )
        Requirement.objects.create(
            rule_set=sets[NATION],
            region_id=NATION,
            year=year,
            title_level=level,
            total_centihours=9_000,
            public_centihours=0,
            professional_share_numerator=2,
            professional_share_denominator=3,
            article_zh=ARTICLE_NATION[0],
            article_en=ARTICLE_NATION[1],
            source=sets[NATION].source,
            **dates,
        )
    issued_at = dt.datetime.combine(dates["issued_on"], dt.time(), tzinfo=dt.UTC)
    for rule_set in sets.values():
        rule_sets.lay(rule_set=rule_set, at=issued_at, now=now)
    for code, name_zh, name_en in TOPICS:
        PublicTopic.objects.create(region_id=KAIFENG, year=year, code=code, name_zh=name_zh, name_en=name_en)
