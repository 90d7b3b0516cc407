"""Lists of one year's page: its places as the rules of next steps take them, and its pending hours told apart.

Reads rows that were read already; decides nothing. What came too late is `records.is_too_late`'s law.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from learning.models import CreditEntry, Enrolment, Requirement
from learning.rules.credit_states import PENDING, State
from learning.rules.next_steps import Place
from learning.rules.requirements import SubjectKind, Totals


def places_of(studying: Iterable[Enrolment]) -> list[Place]:
    """Return courses under way, read `with_progress`, as places."""
    return [
        Place(
            enrolment_id=row.pk,
            subject_kind=SubjectKind(row.edition.subject_kind),
            credit_centihours=row.edition.approved_centihours,
            watched_count=row.watched_count,
            lesson_count=row.lesson_count,
            is_exam_due=row.is_exam_due,
        )
        for row in studying
    ]


def too_late_of(entries: Iterable[CreditEntry], requirement: Requirement | None, today: date) -> list[CreditEntry]:
    """Return what no office decides any more under the rule its year is judged by."""
    if requirement is None or requirement.as_calendar().takes_decisions(today):
        return []
    pending = (entry for entry in entries if State(entry.standing.state) in PENDING)
    return [entry for entry in pending if entry.restores_id is None]


def hours_of(entries: Iterable[CreditEntry]) -> Totals:
    """Add entries up by subject."""
    sums = {True: 0, False: 0}
    for entry in entries:
        sums[entry.is_public_subject] += entry.centihours
    return Totals(sums[True], sums[False])
