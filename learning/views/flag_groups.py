"""A queue seen by its flags: how much is clean, how much is flagged and with what.

Reads; the number of queries does not depend on the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from learning.models import CreditFlag
from learning.models.credit import CreditEntryQuerySet
from learning.rules.flags import RULES
from learning.views import queues
from learning.views.queue_sums import Standing
from learning.views.queues import Amount, Row, amount_of


@dataclass(frozen=True, slots=True)
class FlagCounts:
    """What waits, clean and flagged; `by_code` counts an entry under each of its flags."""

    flagged: Amount
    clean: Amount
    by_code: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a page that one rule flags first; `code` empty: the clean ones.

    `fact`: the flag that all of them share to the figure, as people on one network do; None otherwise.
    """

    code: str
    rows: list[Row]
    amount: Amount
    fact: CreditFlag | None


def counts_of(queue: CreditEntryQuerySet, standing: Standing) -> FlagCounts:
    """Say how a queue that was summed up is flagged, in one query."""
    raised = CreditFlag.objects.filter(entry__in=queues.window(queue).values("pk")).order_by().values_list("code")
    by_code = dict(raised.annotate(count=Count("pk")))
    in_order = [(str(rule.CODE), by_code[rule.CODE]) for rule in RULES if rule.CODE in by_code]
    return FlagCounts(flagged=standing.flagged, clean=standing.all - standing.flagged, by_code=in_order)


def grouped(rows: Iterable[Row]) -> list[Group]:
    """Group a page's rows by what flags them first, in the order of the page."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.flags[0].code if row.flags else "", []).append(row)
    return [Group(code, lines, amount_of(lines), _shared(lines) if code else None) for code, lines in found.items()]


def _shared(rows: list[Row]) -> CreditFlag | None:
    first = rows[0].flags[0]
    return first if all(row.flags[0].facts == first.facts for row in rows) else None
