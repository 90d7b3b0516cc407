"""Enrolling: eligibility is judged first, so that nobody studies in vain (R16, R17, R25)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from learning.actions import audit_log, records
from learning.models import BaseProfile, Edition, Enrolment, Person, Requirement
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


def binding_requirement(person: Person, *, now: datetime) -> Requirement:
    """Return the requirement an enrolment made now counts under.

    Raises: NotEligible, when no rule binds the person, or its year is closed.
    """
    requirement = Requirement.objects.binding_person(person, local_year(now))
    if requirement is None:
        raise NotEligible(Refusal.NO_REQUIREMENT)
    if now.astimezone(ZoneInfo(settings.TIME_ZONE)).date() > requirement.cutoff_on:
        raise NotEligible(Refusal.YEAR_CLOSED)
    return requirement


def refusals(*, person: Person, edition: Edition, now: datetime) -> tuple[Refusal, ...]:
    """Return why this person may not enrol in this edition now; empty: they may."""
    try:
        requirement = binding_requirement(person, now=now)
    except NotEligible as refusal:
        return refusal.reasons
    found: list[Refusal] = []
    if edition.status != Edition.Status.OPEN:
        found.append(Refusal.NOT_OPEN)
    if edition.base.base_profile.status != BaseProfile.Status.ACTIVE:
        found.append(Refusal.BASE_INACTIVE)
    found.extend(eligibility.refusals(_learner(person), _offer(edition)))
    held = Enrolment.objects.of(person).filter(year=requirement.year)
    if held.filter(course_key=edition.course_key).exists():
        found.append(Refusal.ALREADY_ENROLLED)
    elif edition.topic_id is not None and held.filter(topic_id=edition.topic_id).exists():
        found.append(Refusal.TOPIC_TAKEN)
    return tuple(found)


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
def enrol(*, person: Person, edition: Edition, now: datetime) -> Enrolment:
    """Give the person a place in the edition; a second call returns the place they have.

    Raises: NotEligible, with every rule that refuses.
    """
    reasons = refusals(person=person, edition=edition, now=now)
    if reasons == (Refusal.ALREADY_ENROLLED,):
        return Enrolment.objects.of(person).get(course_key=edition.course_key, year=local_year(now))
    if reasons:
        raise NotEligible(*reasons)
    requirement = binding_requirement(person, now=now)
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
        winner = Enrolment.objects.of(person).filter(course_key=edition.course_key, year=requirement.year).first()
        if winner is None:
            raise NotEligible(Refusal.TOPIC_TAKEN) from None
        return winner
    records.open_year(person=person, requirement=requirement)
    audit_log.append(
        action="enrolment.enrol", subject=f"enrolment:{enrolment.pk}", actor=person, organisation=edition.base, now=now
    )
    return enrolment
