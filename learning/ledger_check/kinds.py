"""The kinds of links: which rows they hold fast, and how those are read again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from learning.ledger_check import facts
from learning.ledger_check.facts import Facts
from learning.models import Certificate, CreditDecision, CreditEntry


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the rows of a kind are found, what they are called, whose and of which year, what their link holds."""

    word: str
    rows: Callable[[], QuerySet[Any]]
    name_of: Callable[[Any], str]
    person_of: Callable[[Any], int]
    year_of: Callable[[Any], int]
    #: None: the act was not done.
    facts_of: Callable[[Any], Facts | None]


def pages() -> QuerySet[Certificate]:
    """Return all pages with their books."""
    return Certificate.objects.select_related("book")


def _act_on_page(facts_of: Callable[[Certificate], Facts | None]) -> Kind:
    return Kind(
        "certificate",
        pages,
        lambda row: row.serial,
        lambda row: row.book.person_id,
        lambda row: row.year,
        facts_of,
    )


KINDS = {
    "entry": Kind(
        "entry",
        CreditEntry.objects.all,
        lambda row: str(row.pk),
        lambda row: row.person_id,
        lambda row: row.year,
        facts.of_entry,
    ),
    "decision": Kind(
        "decision",
        lambda: CreditDecision.objects.select_related("entry"),
        lambda row: f"{row.entry_id}.{row.sequence}",
        lambda row: row.entry.person_id,
        lambda row: row.entry.year,
        facts.of_decision,
    ),
    "issue": _act_on_page(facts.of_issue),
    "replacement": _act_on_page(facts.of_replacement),
    "revocation": _act_on_page(facts.of_revocation),
}
