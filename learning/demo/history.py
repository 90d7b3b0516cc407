"""What happened before the visitor came: hours documented elsewhere, decided by the real verbs.

Every hour here rests on CLAIMED evidence with a document's digest, was audited by
one person and confirmed by another; `verify_ledger` treats it like any other.
"""

import datetime as dt
import heapq
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.conf import settings

from learning.actions import credits, evidence
from learning.actions.enrolments import local_year
from learning.demo.people import id_number
from learning.models import CreditEntry, Organisation, Person
from learning.models.person import blind_index
from learning.rules.credit_states import State
from learning.rules.digests import digest_of
from learning.rules.requirements import SubjectKind

PUBLIC, PROFESSIONAL = SubjectKind.PUBLIC, SubjectKind.PROFESSIONAL


@dataclass(frozen=True, slots=True)
class Claim:
    """Hours of one document: how far they have come, and on what day of a full year."""

    title_zh: str
    title_en: str
    subject: SubjectKind
    centihours: int
    auditor: str
    month: int
    day: int
    until: State = State.CONFIRMED
    #: When its class was held, in hours before it was handed in, where the register says so.
    held_h: tuple[int, int] | None = None
    #: Whether the register names another ID number: a typing error, for the audit desk to find.
    has_other_id_number: bool = False


#: The mock-up's year: 52.5 confirmed, 15.0 pending, 18.5 to study.
HALF_WAY = (
    Claim("公需科目集中面授班", "Public subjects, face-to-face class", PUBLIC, 1_400, "kaifeng-university", 8, 28),
    Claim("建筑信息模型应用研修班", "Building information modelling workshop", PROFESSIONAL, 2_400, "education", 10, 9),
    Claim("绿色建筑评价标准宣贯", "Green building assessment standard", PROFESSIONAL, 1_450, "education", 10, 20),
    Claim("数据安全与个人信息保护", "Data security and privacy", PUBLIC, 600, "kaifeng-university", 11, 5, State.AUDITED),
    Claim("钢结构抗震设计新规范", "Seismic design of steel structures", PROFESSIONAL, 900, "education", 11, 16, State.EARNED),
)  # fmt: skip

#: One course of 2.0 public hours away from a fulfilled year.
NEARLY_DONE = (
    Claim("公需科目集中面授班", "Public subjects, face-to-face class", PUBLIC, 2_400, "kaifeng-university", 8, 28),
    Claim("全省建筑结构技术研修班", "Provincial workshop on structures", PROFESSIONAL, 4_000, "education", 9, 18),
    Claim("国家级学术会议论文交流", "National conference with a paper", PROFESSIONAL, 2_000, "education", 10, 22),
)

DONE = (
    Claim("公需科目集中面授班", "Public subjects, face-to-face class", PUBLIC, 2_800, "kaifeng-university", 8, 26),
    Claim("既有建筑加固改造研修班", "Strengthening existing buildings", PROFESSIONAL, 6_000, "education", 10, 15),
)

#: Last year's, 29.0 hours short.
SHORT = (
    Claim("公需科目集中面授班", "Public subjects, face-to-face class", PUBLIC, 1_200, "kaifeng-university", 8, 26),
    Claim("既有建筑加固改造研修班", "Strengthening existing buildings", PROFESSIONAL, 4_500, "education", 10, 15),
)

JUNIOR = (
    Claim("公需科目集中面授班", "Public subjects, face-to-face class", PUBLIC, 1_200, "lankao-base", 8, 20),
    Claim("临床护理技术培训", "Clinical nursing skills", PROFESSIONAL, 1_800, "lankao-base", 9, 25, State.AUDITED),
)

CLASS_WAITING_FOR_BASE = Claim(
    "公需科目集中面授班",
    "Public subjects, face-to-face class",
    PUBLIC,
    1_200,
    "kaifeng-university",
    11,
    10,
    State.EARNED,
)
#: Two classes at one time: one of the two registers must be wrong, or somebody signed for somebody.
TWO_CLASSES = (
    replace(CLASS_WAITING_FOR_BASE, held_h=(8, 2)),
    Claim(
        "绿色施工与节能改造研修班", "Workshop on green construction", PROFESSIONAL, 800, "kaifeng-university", 11, 10,
        State.EARNED, held_h=(4, 1),
    ),
)  # fmt: skip
#: Which of the classmates the audit desk finds something to look at with.
FLAGGED_CLASSMATES = {
    1: (replace(CLASS_WAITING_FOR_BASE, has_other_id_number=True),),
    3: TWO_CLASSES,
}
CLASS_WAITING_FOR_BUREAU = Claim(
    "公需科目集中面授班",
    "Public subjects, face-to-face class",
    PUBLIC,
    1_200,
    "kaifeng-university",
    10,
    30,
    State.AUDITED,
)

AUDITORS = {
    "kaifeng-university": "auditor@demo.test",
    "education": "department@demo.test",
    "lankao-base": "county-auditor@demo.test",
}
OFFICERS = {"kaifeng": "bureau@demo.test", "lankao": "bureau2@demo.test"}

#: How long ago the newest claim was earned at least, when the year is old enough.
NEWEST_IS_OLD = dt.timedelta(hours=12)


def build_history(now: dt.datetime) -> None:
    """Tell each learner's past, oldest first; nothing is dated after `now`."""
    people = {person.email: person for person in Person.objects.all() if person.email}
    this_year = local_year(now)
    for year in (this_year - 1, this_year):
        told: list[tuple[dt.datetime, Person, Claim]] = []
        if year < this_year:
            told += _dated(people["learner3@demo.test"], DONE, year, now)
            told += _dated(people["learner@demo.test"], DONE, year, now)
            told += _dated(people["learner5@demo.test"], SHORT, year, now)
        else:
            told += _dated(people["learner@demo.test"], HALF_WAY, year, now)
            told += _dated(people["learner2@demo.test"], JUNIOR, year, now)
            told += _dated(people["learner3@demo.test"], NEARLY_DONE, year, now)
            classmates = Person.objects.filter(email=None).order_by("pk")
            for number, person in enumerate(classmates):
                claim = CLASS_WAITING_FOR_BASE if number % 2 else CLASS_WAITING_FOR_BUREAU
                told += _dated(person, FLAGGED_CLASSMATES.get(number, (claim,)), year, now)
        told.sort(key=lambda row: (row[0], row[1].pk))
        tell_together(story(person, claim, year=year, at=at, now=now) for at, person, claim in told)


def tell_together(stories: Iterable[Iterator[dt.datetime]]) -> None:
    """Let many stories happen at once, each act in its time: one that came before another is never told after it."""
    ahead = [(next(one), number, one) for number, one in enumerate(stories)]
    heapq.heapify(ahead)
    while ahead:
        _at, number, one = ahead[0]
        due = next(one, None)
        if due is None:
            heapq.heappop(ahead)
        else:
            heapq.heapreplace(ahead, (due, number, one))


def _dated(
    person: Person, claims: tuple[Claim, ...], year: int, now: dt.datetime
) -> list[tuple[dt.datetime, Person, Claim]]:
    """Date the claims in the local year; one made early in it finds the whole story drawn together, in order."""
    zone = ZoneInfo(settings.TIME_ZONE)
    start = dt.datetime(year, 1, 1, tzinfo=zone).astimezone(dt.UTC)
    latest = now - min(NEWEST_IS_OLD, (now - start) / 2)
    days = [dt.datetime(year, claim.month, claim.day, 10, tzinfo=zone).astimezone(dt.UTC) for claim in claims]
    share = min(1.0, (latest - start) / (max(days) - start))
    return [
        (start + dt.timedelta(seconds=int((day - start).total_seconds() * share)), person, claim)
        for day, claim in zip(days, claims, strict=True)
    ]


def _register(claim: Claim, at: dt.datetime) -> dict[str, object]:
    """Return what else stands on the class's register, where it says more than the hours."""
    facts: dict[str, object] = {}
    if claim.held_h is not None:
        facts["held_from"], facts["held_to"] = ((at - dt.timedelta(hours=back)).isoformat() for back in claim.held_h)
    if claim.has_other_id_number:
        facts["id_number_index"] = blind_index(id_number("41020219870706001"))
    return facts


def story(
    person: Person, claim: Claim, *, year: int, at: dt.datetime, now: dt.datetime
) -> Generator[dt.datetime, None, CreditEntry]:
    """Let one document be handed in, audited and confirmed as far as its claim says, by the real verbs.

    Says of each act when it is due, and does it when asked for the next.
    """
    yield at
    facts: dict[str, object] = {
        "title_zh": claim.title_zh,
        "title_en": claim.title_en,
        "subject_kind": str(claim.subject),
        "centihours": claim.centihours,
        "document": f"HB-DEMO-{year}-{claim.month:02d}{claim.day:02d}-{person.pk:04d}",
        **_register(claim, at),
    }
    proof = evidence.record_claimed(person=person, facts=facts, digest=digest_of(facts), now=at)
    auditor = Organisation.objects.get(slug=claim.auditor)
    entry = credits.claim(evidence=proof, year=year, auditor=auditor, earned_at=at, now=at)
    # An office takes its days, but decides before `now`, one after the other.
    audited_at = at + min(dt.timedelta(days=3), (now - at) / 3)
    confirmed_at = at + min(dt.timedelta(days=9), (now - at) * 2 / 3)
    if claim.until in {State.AUDITED, State.CONFIRMED}:
        yield audited_at
        credits.approve(entry=entry, by=Person.objects.get(email=AUDITORS[claim.auditor]), now=audited_at)
    if claim.until == State.CONFIRMED:
        yield confirmed_at
        officer = Person.objects.get(email=OFFICERS[entry.bureau.slug])
        credits.confirm(entry=entry, by=officer, now=confirmed_at)
    return entry
