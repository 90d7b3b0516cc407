"""Recording evidence: the one way siblings and registers speak to learning.

Each verb is idempotent: the first record stands, a second call returns it. After
each, credit is earned if nothing is lacking.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from learning.actions import credits
from learning.models import Enrolment, Evidence, Lesson, Person


@transaction.atomic
def record_watched(*, enrolment: Enrolment, lesson: Lesson, covered_s: int, digest: str, now: datetime) -> Evidence:
    """Record that the lesson was watched to the rule's share.

    `covered_s`: distinct seconds; `digest`: of the viewing ledger behind them.

    Raises: ValueError, when the lesson is of another edition or too little was covered.
    """
    if lesson.edition_id != enrolment.edition_id:
        raise ValueError(lesson.pk)
    if covered_s < lesson.needed_s:
        raise ValueError(covered_s)
    facts = {"covered_s": covered_s, "duration_s": lesson.duration_s, "needed_s": lesson.needed_s}
    evidence = _record_once(
        enrolment=enrolment, lesson=lesson, kind=Evidence.Kind.WATCHED, facts=facts, digest=digest, now=now
    )
    credits.earn_if_complete(enrolment=enrolment, now=now)
    return evidence


@transaction.atomic
def record_passed(*, enrolment: Enrolment, score_percent: int, attempt_id: int, digest: str, now: datetime) -> Evidence:
    """Record that the edition's exam was passed.

    Raises: ValueError, when the score is below the edition's pass mark.
    """
    pass_mark_percent = enrolment.edition.pass_mark_percent
    if score_percent < pass_mark_percent:
        raise ValueError(score_percent)
    facts = {"score_percent": score_percent, "pass_mark_percent": pass_mark_percent, "attempt": attempt_id}
    evidence = _record_once(
        enrolment=enrolment, lesson=None, kind=Evidence.Kind.PASSED, facts=facts, digest=digest, now=now
    )
    credits.earn_if_complete(enrolment=enrolment, now=now)
    return evidence


@transaction.atomic
def record_claimed(*, person: Person, facts: Mapping[str, object], digest: str, now: datetime) -> Evidence:
    """Record hours documented elsewhere; the same document counts once for a person."""
    held = Evidence.objects.filter(person=person, kind=Evidence.Kind.CLAIMED, digest=digest).first()
    if held is not None:
        return held
    return Evidence.objects.create(
        person=person, kind=Evidence.Kind.CLAIMED, facts=dict(facts), digest=digest, recorded_at=now
    )


def _record_once(
    *,
    enrolment: Enrolment,
    lesson: Lesson | None,
    kind: Evidence.Kind,
    facts: Mapping[str, object],
    digest: str,
    now: datetime,
) -> Evidence:
    held = Evidence.objects.filter(enrolment=enrolment, lesson=lesson, kind=kind)
    if (first := held.first()) is not None:
        return first
    try:
        with transaction.atomic():
            return Evidence.objects.create(
                person_id=enrolment.person_id,
                enrolment=enrolment,
                lesson=lesson,
                kind=kind,
                facts=dict(facts),
                digest=digest,
                recorded_at=now,
            )
    except IntegrityError:
        return held.get()
