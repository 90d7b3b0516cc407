"""The demo's people and what each may do; every password is PASSWORD."""

from dataclasses import dataclass, field
from datetime import datetime

from learning.demo.places import HENAN, KAIFENG, LANKAO
from learning.models import Membership, Organisation, Person, Role
from learning.rules.requirements import PromotionTrack, TitleLevel

PASSWORD = "hourbook-demo"  # noqa: S105 -- printed on the first screen of every demo
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One account: who it is, and what for a visitor may try it."""

    email: str
    name_zh: str
    name_en: str
    try_zh: str
    try_en: str
    region: str = KAIFENG
    level: str = ""
    title_zh: str = ""
    title_en: str = ""
    track: str = ""
    phone: str | None = None
    id_stem: str = ""
    roles: tuple[tuple[str, Role], ...] = field(default=())


ACCOUNTS = (
    DemoPerson(
        "learner@demo.test", "陈慧", "Chen Hui", "中级，学到一半", "intermediate, half-way",
        level=TitleLevel.INTERMEDIATE, title_zh="工程师", title_en="Engineer",
        track=PromotionTrack.INTERMEDIATE_TO_ASSOCIATE, phone="13800000001", id_stem="41020219900815002",
        roles=(("design-institute", Role.EMPLOYEE),),
    ),
    DemoPerson(
        "learner2@demo.test", "刘洋", "Liu Yang", "初级，兰考县", "junior, Lankao county", region=LANKAO,
        level=TitleLevel.JUNIOR, title_zh="护师", title_en="Nurse practitioner",
        track=PromotionTrack.JUNIOR_TO_INTERMEDIATE, phone="13800000002", id_stem="41022519960304001",
        roles=(("lankao-hospital", Role.EMPLOYEE),),
    ),
    DemoPerson(
        "learner3@demo.test", "王建国", "Wang Jianguo", "副高，差一门短课", "senior, one short course away",
        level=TitleLevel.SENIOR_ASSOCIATE, title_zh="高级工程师", title_en="Senior engineer",
        phone="13800000003", id_stem="41020219751120003", roles=(("design-institute", Role.EMPLOYEE),),
    ),
    DemoPerson(
        "learner4@demo.test", "林静", "Lin Jing", "中级，休过育儿假", "intermediate, back from parental leave",
        level=TitleLevel.INTERMEDIATE, title_zh="工程师", title_en="Engineer",
        phone="13800000004", id_stem="41020219921106004", roles=(("design-institute", Role.EMPLOYEE),),
    ),
    DemoPerson(
        "learner5@demo.test", "高远", "Gao Yuan", "中级，补学上一年度", "intermediate, making up last year",
        level=TitleLevel.INTERMEDIATE, title_zh="工程师", title_en="Engineer",
        phone="13800000005", id_stem="41020219880523001", roles=(("design-institute", Role.EMPLOYEE),),
    ),
    DemoPerson(
        "editor@demo.test", "赵敏", "Zhao Min", "开封大学，编课", "Kaifeng University, writes courses",
        roles=(("kaifeng-university", Role.EDITOR),),
    ),
    DemoPerson(
        "auditor@demo.test", "孙丽", "Sun Li", "开封大学，审核", "Kaifeng University, audits",
        roles=(("kaifeng-university", Role.AUDITOR),),
    ),
    DemoPerson(
        "county-auditor@demo.test", "周强", "Zhou Qiang", "兰考基地，审核", "Lankao base, audits", region=LANKAO,
        roles=(("lankao-base", Role.AUDITOR),),
    ),
    DemoPerson(
        "bureau@demo.test", "李志远", "Li Zhiyuan", "开封市人社局，确认", "Kaifeng HR bureau, confirms",
        roles=(("kaifeng", Role.OFFICER),),
    ),
    DemoPerson(
        "bureau2@demo.test", "吴芳", "Wu Fang", "开封市和兰考县人社局，第二位经办人",
        "Kaifeng and Lankao HR bureaus, second officer", roles=(("kaifeng", Role.OFFICER), ("lankao", Role.OFFICER)),
    ),
    DemoPerson(
        "province@demo.test", "冯雪梅", "Feng Xuemei", "河南省人社厅，拟定提示标准", "Henan HR department, drafts thresholds",
        region=HENAN, roles=(("henan", Role.OFFICER),),
    ),
    DemoPerson(
        "province2@demo.test", "韩东", "Han Dong", "河南省人社厅，第二位经办人", "Henan HR department, second officer",
        region=HENAN, roles=(("henan", Role.OFFICER),),
    ),
    DemoPerson(
        "employer@demo.test", "郑伟", "Zheng Wei", "用人单位", "employing unit",
        roles=(("design-institute", Role.CLERK),),
    ),
    DemoPerson(
        "department@demo.test", "何静", "He Jing", "教育体育局，审核申报", "education department, audits claims",
        roles=(("education", Role.AUDITOR), ("education", Role.CLERK)),
    ),
    DemoPerson(
        "admin@demo.test", "管理员", "Administrator", "系统管理", "administers the system",
        roles=(("henan", Role.ADMINISTRATOR),),
    ),
)  # fmt: skip

#: Classmates who give the queues something to hold; they have no password.
CLASSMATES = (
    ("张伟", "Zhang Wei"), ("王芳", "Wang Fang"), ("李娜", "Li Na"), ("刘强", "Liu Qiang"), ("陈静", "Chen Jing"),
    ("杨军", "Yang Jun"), ("赵磊", "Zhao Lei"), ("黄敏", "Huang Min"), ("周涛", "Zhou Tao"), ("吴霞", "Wu Xia"),
    ("徐斌", "Xu Bin"), ("孙艳", "Sun Yan"), ("马超", "Ma Chao"), ("朱琳", "Zhu Lin"),
)  # fmt: skip


def id_number(stem: str) -> str:
    """Return a fictional ID number: 17 digits and their check character. Source: GB 11643."""
    remainder = sum(int(digit) * weight for digit, weight in zip(stem, ID_WEIGHTS, strict=True)) % 11
    return stem + "10X98765432"[remainder]


def build_people(joined_at: datetime) -> None:
    """Make the accounts, which owe hours from that day on, their roles, and the classmates, who come now."""
    for account in ACCOUNTS:
        _make(account, joined_at)
    for number, (name_zh, name_en) in enumerate(CLASSMATES):
        Person.objects.create_user(
            full_name=name_zh,
            full_name_en=name_en,
            region_id=KAIFENG,
            title_level=TitleLevel.INTERMEDIATE,
            title_zh="工程师",
            title_en="Engineer",
            id_number=id_number(f"410202198{number % 10}0{1 + number % 9}1500{number % 10}"),
        )


def _make(account: DemoPerson, joined_at: datetime) -> None:
    person = Person.objects.create_user(
        account.email,
        PASSWORD,
        full_name=account.name_zh,
        full_name_en=account.name_en,
        region_id=account.region,
        title_level=account.level,
        title_zh=account.title_zh,
        title_en=account.title_en,
        promotion_track=account.track,
        phone=account.phone,
        id_number=id_number(account.id_stem) if account.id_stem else "",
        is_superuser=account.email.startswith("admin@"),
        date_joined=joined_at,
    )
    for slug, role in account.roles:
        Membership.objects.create(person=person, organisation=Organisation.objects.get(slug=slug), role=role)
