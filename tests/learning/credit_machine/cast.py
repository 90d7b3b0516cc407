"""Who acts in the machine's worlds: two bases, two bureaus, and people who are several things at once.

An officer learns, an auditor learns, an officer audits for a base: so that what must be refused is tried.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from learning.actions import editions, rule_moves, rule_sets, rule_words
from learning.models import Edition, Membership, Organisation, Person, PublicTopic, Region, Role, RuleSet
from learning.rules.requirements import SubjectKind, TitleLevel
from tests.factories import learning as make
from tests.factories import rules, years
from tests.factories.assessments import QuestionFactory
from tests.factories.learning import NOON
from tests.learning.credit_machine.entries import Place
from tests.learning.credit_machine.jobs import SECOND_ABOVE
from tests.learning.credit_machine.rule import STEP_CENTIHOURS, Rule

#: The years the world has rules for; its clock stays within them.
YEARS: Final = (2026, 2027)
#: A credit hour of the world: a course of two hours is a minute long.
HOUR_SECONDS: Final = 30
FIRST_RULE: Final = Rule(600, 200, makeup=(4, 30), carry=(100, 300), leave_from=3, leave_whole=10, prorates=True)
QUESTION_COUNT: Final = 5

INTERMEDIATE, JUNIOR, NO_TITLE = TitleLevel.INTERMEDIATE.value, TitleLevel.JUNIOR.value, ""
#: Person → home, title level, roles by office.
PEOPLE: Final[dict[str, tuple[str, str, dict[str, Role]]]] = {
    "ada": ("kaifeng", INTERMEDIATE, {}),
    "eve": ("kaifeng", JUNIOR, {}),
    "lin": ("lankao", INTERMEDIATE, {}),
    "officer": ("kaifeng", NO_TITLE, {"kaifeng": Role.OFFICER}),
    "officer who learns": ("kaifeng", INTERMEDIATE, {"kaifeng": Role.OFFICER}),
    "officer who audits": ("kaifeng", NO_TITLE, {"kaifeng": Role.OFFICER, "university": Role.AUDITOR}),
    "officer of the county": ("lankao", NO_TITLE, {"lankao": Role.OFFICER}),
    "second of the county": ("lankao", JUNIOR, {"lankao": Role.OFFICER}),
    "auditor": ("kaifeng", NO_TITLE, {"university": Role.AUDITOR}),
    "auditor who learns": ("kaifeng", INTERMEDIATE, {"university": Role.AUDITOR}),
    "auditor of the county": ("lankao", NO_TITLE, {"county base": Role.AUDITOR}),
    "cy": ("kaifeng", NO_TITLE, {}),
}
LEARNERS: Final = tuple(name for name, (_home, level, _roles) in PEOPLE.items() if level)
BUREAUS: Final = ("kaifeng", "lankao")
#: Course → base, topic (professional courses have none).
COURSES: Final[dict[str, tuple[str, str]]] = {
    "ethics": ("university", "ethics"),
    "capacity": ("university", "capacity"),
    "bridges": ("university", ""),
    "tunnels": ("university", ""),
    "ethics-of-the-county": ("county base", "ethics"),
    "wells": ("county base", ""),
}
COURSE_CENTIHOURS: Final = 200
#: Its certificates bear the hand of the one who signed them, whoever holds the office today.
HOMES: Final = {name: home for name, (home, _level, _roles) in PEOPLE.items()}


@dataclass(frozen=True)
class Cast:
    """The rows of those who act, by the names above."""

    people: dict[str, Person]
    offices: dict[str, Organisation]
    courses: dict[str, Edition]

    def name_of(self, person_id: int) -> str:
        """Return who this is."""
        return next(name for name, person in self.people.items() if person.pk == person_id)


def course_of(name: str) -> Place:
    """Return a place in a course, nothing of it studied yet."""
    base, topic = COURSES[name]
    subject = SubjectKind.PUBLIC if topic else SubjectKind.PROFESSIONAL
    return Place(base=base, subject=subject.value, centihours=COURSE_CENTIHOURS, topic=topic, lessons=2)


def assemble(first: Rule = FIRST_RULE) -> Cast:
    """Lay the offices, the people, the rule of both years and the courses, through the real verbs."""
    regions = {"kaifeng": make.kaifeng(), "lankao": make.lankao()}
    offices: dict[str, Organisation] = {
        "kaifeng": make.BureauFactory(slug="kaifeng"),
        "lankao": make.BureauFactory(slug="lankao", region=regions["lankao"], tier="county"),
        "university": make.BaseFactory(slug="university"),
        "county base": make.BaseFactory(slug="county-base", region=regions["lankao"], tier="county"),
    }
    people: dict[str, Person] = {
        name: make.PersonFactory(full_name=name, region=regions[home], title_level=level)
        for name, (home, level, _roles) in PEOPLE.items()
    }
    for name, (_home, _level, roles) in PEOPLE.items():
        for office, role in roles.items():
            Membership.objects.create(person=people[name], organisation=offices[office], role=role)
    cast = Cast(people, offices, {})
    for year in YEARS:
        put_in_force(cast, year=year, rule=first, writer="officer", second="officer who learns", now=NOON)
    topics: dict[str, PublicTopic] = {}
    for name, (base, topic) in COURSES.items():
        if topic and topic not in topics:
            topics[topic] = make.PublicTopicFactory(code=topic)
        cast.courses[name] = _published(name, offices[base], topics.get(topic))
        for _number in range(QUESTION_COUNT):
            QuestionFactory(course_key=name, base=offices[base])
    return cast


def _published(name: str, base: Organisation, topic: PublicTopic | None) -> Edition:
    draft = editions.EditionDraft(
        course_key=name,
        base=base,
        subject_kind=SubjectKind.PUBLIC if topic else SubjectKind.PROFESSIONAL,
        topic=topic,
        title_zh=name,
        title_en=name,
        approved_centihours=COURSE_CENTIHOURS,
        requirement=RuleSet.objects.get(year=YEARS[0], version=1).requirements.get(title_level=INTERMEDIATE),
        lessons=[years.lecture(len(name) * 10 + ord(name[0]), part, HOUR_SECONDS) for part in (1, 2)],
        exam_question_count=QUESTION_COUNT,
    )
    return editions.publish(draft=draft, by=None, now=NOON - dt.timedelta(days=90))


def put_in_force(cast: Cast, *, year: int, rule: Rule, writer: str, second: str, now: dt.datetime) -> None:
    """Draft, submit and issue the city's next version, and move the open years under it."""
    region: Region = make.kaifeng()
    office, by = cast.offices["kaifeng"], cast.people[writer]
    draft = replace(
        rules.a_draft(
            total_centihours=rule.total,
            public_centihours=rule.public,
            professional_share=rule.share,
            hour_seconds=HOUR_SECONDS,
            rounding_centihours=STEP_CENTIHOURS,
            cutoff_on=rule.cutoff_on(year),
            makeup_until_on=rule.makeup_until_on(year),
            grace_days=rule.grace_days,
            carry_public_centihours=rule.carry[0],
            carry_professional_centihours=rule.carry[1],
            leave_from_months=rule.leave_from,
            leave_whole_months=rule.leave_whole,
            prorates_part_year=rule.prorates,
            second_officer_above=SECOND_ABOVE,
        ),
        effective_on=NOON.date(),
    )
    drafted = rule_sets.draft(region=region, year=year, draft=draft, office=office, by=by, now=now)
    rule_sets.submit(rule_set=drafted, office=office, by=by, now=now)
    seen = rule_words.digest(drafted)
    rule_sets.issue(rule_set=drafted, seen=seen, office=office, by=cast.people[second], now=now)
    while rule_moves.move_block(rule_set=RuleSet.objects.get(pk=drafted.pk), now=now):
        pass
