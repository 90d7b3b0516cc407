"""The demo's many: people of four counties at every stage of their year, so that there is something to compare.

Their hours are documents, decided by the real verbs like everybody's. The years are counted
as the sweep would have counted them a week ago, and now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, cycle
from zoneinfo import ZoneInfo

from django.conf import settings

from learning.actions import tallies
from learning.actions.enrolments import local_year
from learning.demo.history import PROFESSIONAL, PUBLIC, Claim, story, tell_together
from learning.demo.people import id_number
from learning.demo.places import KAIFENG, LANKAO, TONGXU, WEISHI
from learning.models import Membership, Organisation, Person, Role
from learning.rules.credit_states import State
from learning.rules.requirements import TitleLevel

WEEK = dt.timedelta(days=7)
#: Enough of the year behind us for a week ago to be told apart from now.
OLD_ENOUGH = dt.timedelta(days=60)

CLASS = Claim("公需科目集中面授班", "Public subjects, face-to-face class", PUBLIC, 2_600, "kaifeng-university", 1, 1)
WORKSHOP = Claim("岗位能力提升研修班", "Workshop for the work at hand", PROFESSIONAL, 6_000, "education", 1, 1)
WAITING = replace(WORKSHOP, until=State.EARNED)
#: What people of each kind hold: all of it, all but a decision, most, little, nothing.
STAGES: dict[str, tuple[Claim, ...]] = {
    "done": (CLASS, WORKSHOP),
    "waiting": (CLASS, WAITING),
    "well_on": (replace(WORKSHOP, centihours=5_000),),
    "behind": (replace(CLASS, centihours=1_200),),
    "nothing": (),
}


@dataclass(frozen=True, slots=True)
class Area:
    """A region, who works where in it, its public classes' base, and how many are at each stage.

    `late`: how many of those who are done came to it in the last week.
    """

    region: str
    employers: tuple[str, ...]
    base: str
    stages: tuple[int, int, int, int, int]
    late: int


AREAS = (
    Area(KAIFENG, ("design-institute", "experimental-school", ""), "kaifeng-university", (14, 6, 9, 7, 6), 5),
    Area(LANKAO, ("lankao-hospital", ""), "lankao-base", (5, 5, 6, 9, 8), 1),
    Area(TONGXU, ("experimental-school", ""), "kaifeng-university", (9, 5, 7, 3, 5), 2),
    Area(WEISHI, ("weishi-hospital", ""), "kaifeng-university", (5, 6, 6, 6, 12), 1),
)
LEVELS = (TitleLevel.INTERMEDIATE, TitleLevel.JUNIOR, TitleLevel.INTERMEDIATE, TitleLevel.SENIOR_ASSOCIATE)
TITLES = {
    TitleLevel.JUNIOR: ("助理工程师", "Assistant engineer"),
    TitleLevel.INTERMEDIATE: ("工程师", "Engineer"),
    TitleLevel.SENIOR_ASSOCIATE: ("高级工程师", "Senior engineer"),
}
FAMILY = (
    ("何", "He"), ("郭", "Guo"), ("罗", "Luo"), ("梁", "Liang"), ("宋", "Song"), ("唐", "Tang"), ("许", "Xu"),
    ("韩", "Han"), ("冯", "Feng"), ("邓", "Deng"), ("曹", "Cao"), ("彭", "Peng"), ("曾", "Zeng"),
)  # fmt: skip
GIVEN = (
    ("丽", "Li"), ("勇", "Yong"), ("秀英", "Xiuying"), ("鹏", "Peng"), ("洁", "Jie"), ("浩", "Hao"), ("桂兰", "Guilan"),
    ("波", "Bo"), ("婷", "Ting"), ("凯", "Kai"), ("雪梅", "Xuemei"),
)  # fmt: skip


def build_crowd(now: dt.datetime) -> None:
    """Make them and their hours, then count this year and the one before."""
    year = local_year(now)
    start = dt.datetime(year, 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE)).astimezone(dt.UTC)
    numbers = count()
    told = [(person, claim, is_late) for area in AREAS for person, claim, is_late in _area(area, numbers, start)]
    lately, long_ago = now - min(WEEK * 1.5, (now - start) * 0.35), start + (now - start) * 0.6
    tell_together(
        story(person, claim, year=year, at=lately if claim.until == State.EARNED else long_ago, now=now)
        for person, claim, is_late in told
        if not is_late
    )
    if now - start > OLD_ENOUGH:
        tallies.take(year=year, now=now - WEEK)
    last = now - min(WEEK * 0.9, (now - start) * 0.3)
    tell_together(story(person, claim, year=year, at=last, now=now) for person, claim, is_late in told if is_late)
    tallies.take_due(now=now)


def _area(area: Area, numbers: Iterator[int], joined_at: dt.datetime) -> Iterator[tuple[Person, Claim, bool]]:
    employers = cycle(area.employers)
    for stage, people in zip(STAGES, area.stages, strict=True):
        for nth in range(people):
            person = _person(next(numbers), area, joined_at)
            if slug := next(employers):
                employer = Organisation.objects.get(slug=slug)
                Membership.objects.create(person=person, organisation=employer, role=Role.EMPLOYEE)
            for claim in STAGES[stage]:
                taught = replace(claim, auditor=area.base) if claim.subject == PUBLIC else claim
                yield person, taught, stage == "done" and nth < area.late and claim.subject == PROFESSIONAL


def _person(number: int, area: Area, joined_at: dt.datetime) -> Person:
    level = LEVELS[number % len(LEVELS)]
    family, given = FAMILY[number % len(FAMILY)], GIVEN[number % len(GIVEN)]
    return Person.objects.create_user(
        full_name=family[0] + given[0],
        full_name_en=f"{family[1]} {given[1]}",
        region_id=area.region,
        title_level=level,
        title_zh=TITLES[level][0],
        title_en=TITLES[level][1],
        date_joined=joined_at,
        id_number=id_number(f"{area.region}19{70 + number % 30}0{1 + number % 9}1{number % 9}{100 + number:03d}"),
    )
