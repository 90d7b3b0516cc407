"""Enrolling: eligibility is judged first, so that nobody studies in vain (R16, R17, R25)."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from learning.actions import audit_log, records
from learning.models import AnnualRecord, BaseProfile, Edition, Enrolment, Person, Requirement
from learning.models.clock import local_date
from learning.models.enrolment import EnrolmentQuerySet
from learning.rules import eligibility
from learning.rules.eligibility import Refusal
from learning.rules.requirements import PromotionTrack, SubjectKind, TitleLevel


class NotEligible(Exception):
    """The enrolment is refused; `reasons` says by which rules."""

    def __init__(self, *reasons: Refusal) -> None:
        """Keep the reasons, most important first."""
        super().__init__(*reasons)
        self.reasons = reasons


def local_year(now: datetime) -> int:
    """Return the calendar year it is for people here (the year credit counts in)."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).year


def binding_requirement(person: Person, *, now: datetime, year: int | None = None) -> Requirement:
    """Return the requirement an enrolment made now counts under; `year`: the present one, else one to make up.

    A year that is over takes study while its make-up window is open, and only while it is not met;
    one that has not begun takes none, though its rule may be there already.

    Raises: NotEligible, when no rule binds the person, or its year is closed.
    """
    wanted = year or local_year(now)
    if wanted > local_year(now):
        raise NotEligible(Refusal.YEAR_CLOSED)
    record = AnnualRecord.objects.filter(person=person, year=wanted).select_related("requirement").first()
    # A year that is over is judged by its own rule, wherever the person belongs by now.
    is_its_own = wanted != local_year(now)
    requirement = record.requirement if record and is_its_own else Requirement.objects.binding_person(person, wanted)
    if requirement is None:
        raise NotEligible(Refusal.NO_REQUIREMENT)
    days, today = requirement.as_calendar(), local_date(now)
    is_missed = record is None or record.state == AnnualRecord.State.OPEN
    if not days.takes_study(today) or (days.is_make_up(today) and not is_missed):
        raise NotEligible(Refusal.YEAR_CLOSED)
    return requirement


def years_open(person: Person, *, now: datetime) -> Iterator[Requirement]:
    """Yield the rules of the years that take study now: the present one, then one that is to be made up."""
    for year in (local_year(now), local_year(now) - 1):
        with suppress(NotEligible):
            yield binding_requirement(person, now=now, year=year)


def refusals(*, person: Person, edition: Edition, now: datetime, year: int | None = None) -> tuple[Refusal, ...]:
    """Return why this person may not enrol in this edition now; empty: they may."""
    try:
        requirement = binding_requirement(person, now=now, year=year)
    except NotEligible as refusal:
        return refusal.reasons
    found: list[Refusal] = []
    if edition.status != Edition.Status.OPEN:
        found.append(Refusal.NOT_OPEN)
    if edition.base.base_profile.status != BaseProfile.Status.ACTIVE:
        found.append(Refusal.BASE_INACTIVE)
    found.extend(eligibility.refusals(_learner(person), _offer(edition)))
    places = Enrolment.objects.of(person)
    held = places.filter(year=requirement.year)
    of_course = held.filter(course_key=edition.course_key).select_related("requirement")
    if any(not _has_ended(place, now=now) for place in of_course):
        found.append(Refusal.ALREADY_ENROLLED)
    elif (
        edition.topic_id is not None
        and held.filter(topic_id=edition.topic_id).exclude(course_key=edition.course_key).exists()
    ):
        found.append(Refusal.TOPIC_TAKEN)
    elif _counts_elsewhere(places, edition, requirement, now=now):
        found.append(Refusal.COUNTS_ELSEWHERE)
    return tuple(found)


def _has_ended(place: Enrolment, *, now: datetime) -> bool:
    """Say whether a place ended unfinished: with its year, or with the rule it was taken under."""
    if place.status == Enrolment.Status.CREDITED:
        return False
    return place.status == Enrolment.Status.EXPIRED or not place.requirement.as_calendar().takes_study(local_date(now))


def _counts_elsewhere(places: EnrolmentQuerySet, edition: Edition, requirement: Requirement, *, now: datetime) -> bool:
    """Say whether what is studied of the course this year counts in another one already, or still may."""
    new_year = datetime(local_year(now), 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE))
    others = places.filter(course_key=edition.course_key).exclude(year=requirement.year)
    return any(
        place.enrolled_at >= new_year
        or (place.status == Enrolment.Status.ENROLLED and place.requirement.as_calendar().takes_study(local_date(now)))
        or place.evidence.filter(recorded_at__gte=new_year).exists()
        for place in others.exclude(status=Enrolment.Status.EXPIRED).select_related("requirement")
    )


def _learner(person: Person) -> eligibility.Learner:
    return eligibility.Learner(
        title_level=TitleLevel(person.title_level),
        promotion_track=PromotionTrack(person.promotion_track) if person.promotion_track else None,
        region_codes=tuple(person.region.upward_codes()) if person.region else (),
    )


def _offer(edition: Edition) -> eligibility.Offer:
    return eligibility.Offer(
        base_tier=eligibility.Tier(edition.base.tier),
        base_region_code=edition.base.region_id,
        subject_kind=SubjectKind(edition.subject_kind),
        target_levels=tuple(edition.target_levels),
    )


@transaction.atomic
def enrol(*, person: Person, edition: Edition, now: datetime, year: int | None = None) -> Enrolment:
    """Give the person a place in the edition; a second call returns the place they have.

    `year`: the year it counts in, once for all; None: the present one.

    Raises: NotEligible, with every rule that refuses.
    """
    # One after the other: of two enrolments for two years, one must see the other.
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    reasons = refusals(person=person, edition=edition, now=now, year=year)
    if reasons == (Refusal.ALREADY_ENROLLED,):
        return Enrolment.objects.of(person).get(course_key=edition.course_key, year=year or local_year(now))
    if reasons:
        raise NotEligible(*reasons)
    requirement = binding_requirement(person, now=now, year=year)
    held = Enrolment.objects.of(person).filter(course_key=edition.course_key, year=requirement.year)
    ended = held.filter(status__in=[Enrolment.Status.EXPIRED, Enrolment.Status.ENROLLED])
    if ended.update(status=Enrolment.Status.ENROLLED, requirement=requirement):
        # A rule that came later opened the year again, or lengthened it: what was studied stands.
        enrolment = held.get()
    else:
        try:
            with transaction.atomic():
                enrolment = Enrolment.objects.create(
                    person=person,
                    edition=edition,
                    year=requirement.year,
                    requirement=requirement,
                    course_key=edition.course_key,
                    topic=edition.topic,
                    enrolled_at=now,
                )
        except IntegrityError:
            # Another tab won the race; its place is the one.
            winner = held.first()
            if winner is None:
                raise NotEligible(Refusal.TOPIC_TAKEN) from None
            return winner
    records.open_year(person=person, requirement=requirement)
    audit_log.append(
        action="enrolment.enrol", subject=f"enrolment:{enrolment.pk}", actor=person, organisation=edition.base, now=now
    )
    return enrolment
