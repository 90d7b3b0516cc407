"""The kinds of links: which rows they hold fast, and how those are read again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from learning.ledger_check import facts
from learning.ledger_check.facts import Facts
from learning.models import Certificate, CreditDecision, CreditEntry, ProofFile, RuleSet, SignedPage


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the rows of a kind are found, what they are called, whose and of which year, what their link holds."""

    word: str
    rows: Callable[[], QuerySet[Any]]
    name_of: Callable[[Any], str]
    #: None: nobody's; it hangs on the house's chain.
    person_of: Callable[[Any], int | None]
    year_of: Callable[[Any], int]
    #: None: the act was not done.
    facts_of: Callable[[Any], Facts | None]
    #: What the row's own digest covers, for a stranger who has the bundle only.
    words_of: Callable[[Any], Facts] | None = None


def pages() -> QuerySet[Certificate]:
    """Return all pages with their books."""
    return Certificate.objects.select_related("book")


def signed_files() -> QuerySet[SignedPage]:
    """Return all signed PDFs with their pages and books."""
    return SignedPage.objects.select_related("certificate__book")


def proofs() -> QuerySet[ProofFile]:
    """Return all files of proof with what they were handed in with."""
    return ProofFile.objects.select_related("asked")


def issued_rule_sets() -> QuerySet[RuleSet]:
    """Return the sets that were issued, with their rows; one of them may have been withdrawn since."""
    return RuleSet.objects.filter(issued_at__isnull=False).prefetch_related("requirements")


def _act_on_page(
    facts_of: Callable[[Certificate], Facts | None], words_of: Callable[[Certificate], Facts] | None = None
) -> Kind:
    return Kind(
        "certificate",
        pages,
        lambda row: row.serial,
        lambda row: row.book.person_id,
        lambda row: row.year,
        facts_of,
        words_of,
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
    "issue": _act_on_page(facts.of_issue, lambda row: row.facts),
    "replacement": _act_on_page(facts.of_replacement),
    "revocation": _act_on_page(facts.of_revocation),
    "file": Kind(
        "file",
        signed_files,
        lambda row: f"of certificate {row.certificate.serial}",
        lambda row: row.certificate.book.person_id,
        lambda row: row.certificate.year,
        facts.of_file,
    ),
    "proof": Kind(
        "proof",
        proofs,
        lambda row: f"{row.pk} of evidence {row.asked_id}",
        lambda row: row.asked.person_id,
        lambda row: row.asked.facts["year"],
        facts.of_proof,
    ),
    "rule_set": Kind(
        "rule set",
        issued_rule_sets,
        lambda row: f"{row.region_id} {row.year}-{row.version}",
        lambda _row: None,
        lambda row: row.year,
        facts.of_rule_set,
        facts.words_of_rule_set,
    ),
}
