"""Queues summed up: how much waits, of what, audited by whom, flagged or left to a colleague.

Reads as much of a queue as a desk works on, and that once. Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, Min, OuterRef, Sum, Value, When

from learning.actions import office_terms
from learning.models import CreditFlag, Organisation, Person
from learning.models.credit import CreditEntryQuerySet
from learning.rules.office_terms import OfficeTerms, strictest
from learning.rules.requirements import SubjectKind
from learning.views import queues
from learning.views.paging import Counted
from learning.views.queues import Amount


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits in all: in sum, by subject and by the body that audited it, the longest wait first.

    And what others must decide, what is flagged, what is neither; since when the oldest waits, and how
    long the rules leave the office.
    """

    all: Amount
    public: Amount
    professional: Amount
    barred: Amount
    flagged: Amount
    together: Amount
    oldest: datetime | None
    terms: OfficeTerms
    bodies: list[tuple[Organisation, Amount, datetime]]


def standing_of(queue: CreditEntryQuerySet, person: Person) -> Standing:
    """Sum up what a desk counts of a queue, in four queries: one of them reads the queue."""
    kinds = dict.fromkeys(SubjectKind, Amount())
    bodies: dict[int, tuple[Amount, datetime]] = {}
    places: set[office_terms.Place] = set()
    barred = flagged = together = Amount()
    for row in _sums(queues.window(queue), person):
        amount = Amount(row["count"], row["hours"])
        kinds[SubjectKind(row["subject_kind"])] += amount
        held, since = bodies.get(row["auditor_id"], (Amount(), row["oldest"]))
        bodies[row["auditor_id"]] = (held + amount, min(since, row["oldest"]))
        places.add((row["bureau__region_id"], row["year"]))
        if row["is_barred"]:
            barred += amount
        if row["is_flagged"]:
            flagged += amount
        if not row["is_barred"] and not row["is_flagged"]:
            together += amount
    whole = kinds[SubjectKind.PUBLIC] + kinds[SubjectKind.PROFESSIONAL]
    is_cut = whole.count >= queues.WINDOW
    named = Organisation.objects.in_bulk(bodies)
    return Standing(
        all=counted(whole, is_cut=is_cut),
        public=kinds[SubjectKind.PUBLIC],
        professional=kinds[SubjectKind.PROFESSIONAL],
        barred=barred,
        flagged=flagged,
        together=counted(together, is_cut=is_cut),
        terms=strictest(office_terms.by_place(places).values()),
        oldest=min((since for _amount, since in bodies.values()), default=None),
        bodies=sorted(((named[pk], *sums) for pk, sums in bodies.items()), key=lambda body: body[2]),
    )


def _sums(queue: CreditEntryQuerySet, person: Person) -> Any:
    """Sum a queue up by all that a desk tells apart."""
    told = queue.order_by().annotate(
        is_barred=Case(When(queues.barred_for(person), then=Value(1)), default=Value(0)),
        is_flagged=Exists(CreditFlag.objects.filter(entry=OuterRef("pk"))),
    )
    rows = told.values("subject_kind", "auditor_id", "bureau__region_id", "year", "is_barred", "is_flagged")
    return rows.annotate(count=Count("pk"), hours=Sum("centihours"), oldest=Min("standing__since"))


def counted(amount: Amount, *, is_cut: bool) -> Amount:
    """Say of a sum whether it may go on."""
    return Amount(Counted(amount.count, is_cut=is_cut), Counted(amount.centihours, is_cut=is_cut))
