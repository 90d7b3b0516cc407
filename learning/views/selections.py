"""Selections: what a filter holds on other pages, ticked together with the page that is shown.

Reads; one act still decides no more than the law allows, and what is flagged is never among it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from learning.models import CreditEntry, Person
from learning.models.credit import CreditEntryQuerySet
from learning.rules.snapshots import MOST_IN_ONE_ACT, Seen
from learning.views.queues import ORDERS, Amount, Row, barred_for, window
from learning.views.staff_input import Order


@dataclass(frozen=True, slots=True)
class Beyond:
    """Rows of other pages that go along: what was seen of each, and how much they come to."""

    picks: list[Seen] = field(default_factory=list)
    amount: Amount = field(default_factory=Amount)


def together(queue: CreditEntryQuerySet, person: Person) -> CreditEntryQuerySet:
    """Keep what this person may decide together with others: clean, and nobody else's to decide."""
    return queue.unflagged().exclude(barred_for(person))


def count_of(queue: CreditEntryQuerySet, *, order: Order, person: Person) -> int:
    """Count what a filter holds that may be decided together, as far as a desk looks."""
    return together(window(queue, order), person).count()


def of_filter(queue: CreditEntryQuerySet, *, order: Order, person: Person, rows: Iterable[Row]) -> Beyond:
    """Return the first rows of the filter that other pages hold, as many as one act may still take."""
    here = [row for row in rows if not row.is_barred and not row.is_alone]
    # What is clean has no flag to be sorted by.
    ways = ORDERS[Order.OLDEST if order == Order.FLAGS else order]
    others = together(queue, person).exclude(pk__in=[row.entry.pk for row in here])
    return _beyond(others.select_related("standing").order_by(*ways)[: max(MOST_IN_ONE_ACT - len(here), 0)])


def of_picks(queue: CreditEntryQuerySet, *, picked: Iterable[Seen], person: Person, rows: Iterable[Row]) -> Beyond:
    """Return what was sent of other pages and still stands as it was seen, so that an answer loses none of it."""
    here = {row.entry.pk for row in rows}
    sent = {item for item in picked if item.entry_id not in here}
    if not sent:
        return Beyond()
    found = together(queue, person).filter(pk__in=[item.entry_id for item in sent]).select_related("standing")
    return _beyond(entry for entry in found.order_by("pk") if Seen(entry.pk, entry.standing.decision_count) in sent)


def _beyond(entries: Iterable[CreditEntry]) -> Beyond:
    held = list(entries)
    return Beyond(
        picks=[Seen(entry.pk, entry.standing.decision_count) for entry in held],
        amount=Amount(len(held), sum(entry.centihours for entry in held)),
    )
