"""Queues: the rows that wait for an office, a page of them at a time.

Shared by the audit and the confirmation desk. Reads; decides nothing. The number
of queries does not depend on the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Page
from django.db.models import F, OrderBy, OuterRef, Prefetch, Q, QuerySet, Subquery

from learning.access import left_to_colleagues
from learning.models import CreditDecision, CreditEntry, CreditFlag, Evidence, Membership, Organisation, Person, Role
from learning.models.credit import CreditEntryQuerySet
from learning.models.flag import rank_of
from learning.rules.credit_states import State, Verdict
from learning.rules.snapshots import Seen
from learning.views.paging import LongPaginator
from learning.views.staff_input import CLEAN, FLAGGED, Order, QueueQuery

#: How far back "decided recently" looks.
RECENT = timedelta(days=14)

#: What a desk looks at of a longer queue: entries are decided a page at a time, or in a run that takes all.
WINDOW = 2_000

#: The first rule that flags an entry; those that none flags come last.
FLAGGED_FIRST = F("first_flag").asc(nulls_last=True)

ORDERS: dict[Order, tuple[str | OrderBy, ...]] = {
    Order.OLDEST: ("standing__since", "pk"),
    Order.NEWEST: ("-standing__since", "-pk"),
    Order.HOURS: ("-centihours", "standing__since", "pk"),
    Order.NAME: ("person__full_name", "standing__since", "pk"),
    Order.FLAGS: (FLAGGED_FIRST, "standing__since", "pk"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a queue. `is_barred`: somebody else must decide it; `note`: the last word on it, if any.

    `is_alone`: it is decided by itself, with its flags read.
    """

    entry: CreditEntry
    seen: Seen
    score_percent: int | None
    coverage_percent: int | None
    is_barred: bool
    is_alone: bool
    is_selected: bool
    flags: list[CreditFlag]
    note: CreditDecision | None
    employer: Organisation | None
    approved: CreditDecision | None
    #: The row after this one on the page; 0 after the last.
    next_id: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of entries and their hours; of a long queue, of what is counted of it."""

    count: int = 0
    centihours: int = 0

    def __add__(self, other: Amount) -> Amount:
        """Add both."""
        return Amount(self.count + other.count, self.centihours + other.centihours)

    def __sub__(self, other: Amount) -> Amount:
        """Take away both."""
        return Amount(self.count - other.count, self.centihours - other.centihours)

    def __str__(self) -> str:
        """Write it as a form posts it."""
        return f"{self.count}:{self.centihours}"


def waiting(office: Organisation, state: State) -> CreditEntryQuerySet:
    """Return what this office holds in this state."""
    return CreditEntry.objects.studied().filter(standing__state=state, standing__holder=office)


def window(queue: CreditEntryQuerySet, order: Order = Order.OLDEST) -> CreditEntryQuerySet:
    """Keep the first of a queue: what a desk counts, sums up and pages through."""
    places = ORDERS[Order.OLDEST if order == Order.FLAGS else order]
    return CreditEntry.objects.filter(pk__in=queue.order_by(*places).values("pk")[:WINDOW])


def decided_recently(office: Organisation, verdicts: Iterable[Verdict], now: datetime) -> QuerySet[CreditDecision]:
    """Return the office's decisions of the last days, newest first, with their entries."""
    return (
        CreditDecision.objects.filter(organisation=office, verdict__in=list(verdicts), decided_at__gte=now - RECENT)
        .select_related("entry__person", "entry__standing", "entry__auditor", "actor")
        .order_by("-decided_at", "-pk")
    )


def barred_for(person: Person) -> Q:
    """Match what this person must leave to a colleague; the same law as `is_barred` and `credits.confirm`."""
    return Q(person_id=person.pk) | Q(standing__state=State.AUDITED) & left_to_colleagues(person)


def is_barred(entry: CreditEntry, person: Person) -> bool:
    """Say whether a colleague must decide: own hours, or hours to confirm that the person or their base audited."""
    if entry.person_id == person.pk:
        return True
    if entry.standing.state != State.AUDITED:
        return False
    return entry.auditor_id in person.body_ids or any(
        decision.actor_id == person.pk and decision.organisation_id != entry.bureau_id
        for decision in entry.decisions.all()
    )


def narrowed(queue: CreditEntryQuerySet, query: QueueQuery) -> CreditEntryQuerySet:
    """Apply the filters of the address."""
    if query.subject:
        queue = queue.filter(subject_kind=query.subject)
    if query.flags == CLEAN:
        queue = queue.unflagged()
    elif query.flags == FLAGGED:
        queue = queue.flagged()
    elif query.flags:
        queue = queue.filter(flags__code=query.flags)
    if query.base:
        # By its number: how much of a queue is one body's, the database knows of numbers only.
        queue = queue.filter(auditor__in=list(Organisation.objects.filter(slug=query.base)))
    for word in query.words.split():
        match = (
            Q(person__full_name__icontains=word)
            | Q(person__full_name_en__icontains=word)
            | Q(title_zh__icontains=word)
            | Q(title_en__icontains=word)
        )
        if (number := word.removeprefix("#")).isdigit() and number.isascii() and len(number) < 18:  # noqa: PLR2004 -- what fits 64 bits
            match |= Q(pk=int(number))
        queue = queue.filter(match)
    return queue


def page_of(
    queue: CreditEntryQuerySet, query: QueueQuery, *, size: int, first: tuple[str | OrderBy, ...] = ()
) -> Page[CreditEntry]:
    """Return the asked page, or the last one there is; `first` comes before the asked order.

    First the numbers of all pages, in one query, then the rows of one: nothing else of a long queue is read whole.
    """
    ordered = window(queue, query.order).annotate(first_flag=_first_flag()).order_by(*first, *ORDERS[query.order])
    page = LongPaginator(list(ordered.values_list("pk", flat=True)), size).get_page(query.page)
    entries = with_all(CreditEntry.objects.all()).in_bulk(page.object_list)
    page.object_list = [entries[number] for number in page.object_list]
    return page


def _first_flag() -> Subquery:
    flags = CreditFlag.objects.filter(entry=OuterRef("pk")).annotate(rank=rank_of("code"))
    return Subquery(flags.order_by("rank").values("rank")[:1])


def with_all(queue: CreditEntryQuerySet) -> CreditEntryQuerySet:
    """Read with each entry what a row and its evidence show."""
    employments = Membership.objects.filter(role=Role.EMPLOYEE).select_related("organisation").order_by("pk")
    decisions = CreditDecision.objects.select_related("actor", "organisation").order_by("sequence")
    return queue.select_related(
        "person", "standing", "requirement", "auditor", "bureau", "enrolment__edition"
    ).prefetch_related(
        Prefetch("evidence", Evidence.objects.select_related("lesson").order_by("lesson__number", "pk")),
        Prefetch("decisions", decisions),
        Prefetch("flags", CreditFlag.objects.with_looks()),
        Prefetch("person__memberships", employments, to_attr="employments"),
    )


def rows_of(
    entries: Iterable[CreditEntry], *, person: Person, selected: Iterable[Seen] | None, flagged_alone: bool = False
) -> list[Row]:
    """Make the lines; `selected` None ticks every row this person may decide together with others.

    `flagged_alone`: a flagged one is not among them.
    """
    ticked = None if selected is None else set(selected)
    lines = list(entries)
    after = [entry.pk for entry in lines[1:]] + [0]
    return [
        _row(entry, person, ticked, next_id, flagged_alone=flagged_alone)
        for entry, next_id in zip(lines, after, strict=False)
    ]


def _row(entry: CreditEntry, person: Person, ticked: set[Seen] | None, next_id: int, *, flagged_alone: bool) -> Row:
    decisions = list(entry.decisions.all())
    evidence = list(entry.evidence.all())
    seen = Seen(entry.pk, entry.standing.decision_count)
    barred = is_barred(entry, person)
    flags = list(entry.flags.all())
    alone = flagged_alone and bool(flags)
    employments: list[Membership] = getattr(entry.person, "employments", [])
    scores = [item.facts["score_percent"] for item in evidence if item.kind == Evidence.Kind.PASSED]
    return Row(
        entry=entry,
        seen=seen,
        score_percent=scores[0] if scores else None,
        coverage_percent=coverage_percent(evidence),
        is_barred=barred,
        is_alone=alone,
        is_selected=not barred and not alone and (ticked is None or seen in ticked),
        flags=flags,
        note=decisions[-1] if decisions and decisions[-1].verdict in {Verdict.SENT_BACK, Verdict.RESUBMITTED} else None,
        employer=employments[0].organisation if employments else None,
        approved=next((item for item in reversed(decisions) if item.verdict == Verdict.APPROVED), None),
        next_id=next_id,
    )


def coverage_percent(evidence: Iterable[Evidence]) -> int | None:
    """Return the seconds seen as a share of the lectures, rounded down; None where nothing was watched."""
    watched = [item.facts for item in evidence if item.kind == Evidence.Kind.WATCHED]
    whole_s = sum(facts["duration_s"] for facts in watched)
    if not whole_s:
        return None
    covered_s: int = sum(min(facts["covered_s"], facts["duration_s"]) for facts in watched)
    return covered_s * 100 // int(whole_s)


def amount_of(rows: Iterable[Row]) -> Amount:
    """Add up rows."""
    total = Amount()
    for row in rows:
        total += Amount(1, row.entry.centihours)
    return total


def grouped(rows: Iterable[Row]) -> list[tuple[Organisation, list[Row], Amount]]:
    """Group a page's rows by the body that audited them, in the order of the page."""
    groups: dict[int, tuple[Organisation, list[Row]]] = {}
    for row in rows:
        groups.setdefault(row.entry.auditor_id, (row.entry.auditor, []))[1].append(row)
    return [(body, lines, amount_of(lines)) for body, lines in groups.values()]
