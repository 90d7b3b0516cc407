"""Receipts: what an act on many entries did, read back from its line in the audit log.

The line is the receipt; nothing here is stored twice. Knows how to find and lay
out one; says nothing about who may see it (the office's door asks).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from learning.actions import credit_batches, credits
from learning.actions.credit_batches import Left, Outcome
from learning.models import AuditLogEntry, Certificate, CreditDecision, CreditEntry, Organisation
from learning.rules.credit_states import State
from learning.rules.reasons import NotTaken


@dataclass(frozen=True, slots=True)
class Receipt:
    """An act: what it did, what it left and why, and the line of the log that proves it."""

    line: AuditLogEntry | None
    done: list[CreditEntry]
    left: list[Left]
    certificates: list[Certificate]

    @property
    def centihours(self) -> int:
        """The hours of what was done."""
        return sum(entry.centihours for entry in self.done)

    @property
    def office(self) -> Organisation | None:
        """The office that acted."""
        return self.line.organisation if self.line else None

    @property
    def rules(self) -> list[str]:
        """The rule versions it was done under."""
        return list(self.line.facts["rules"]) if self.line else []

    @property
    def snapshot(self) -> str:
        """What was signed; empty where nothing was."""
        kind, _colon, digest = (self.line.subject if self.line else "").partition(":")
        return digest if kind == "snapshot" else ""


def lines_of(office: Organisation, action: str) -> QuerySet[AuditLogEntry]:
    """Return the office's acts of a kind, newest first."""
    lines = AuditLogEntry.objects.filter(organisation=office, action=action)
    return lines.select_related("actor").order_by("-sequence")


def find(action: str, sequence: int) -> Receipt | None:
    """Return the receipt of an act of this kind, or None. Whether it may be seen, its office's door asks."""
    lines = AuditLogEntry.objects.filter(action=action, sequence=sequence)
    line = lines.select_related("actor", "organisation").first()
    return None if line is None else of_line(line)


def of_line(line: AuditLogEntry) -> Receipt:
    """Lay out a line of the log."""
    facts = line.facts
    numbers = [*facts["entries"], *(entry_id for entry_id, _why, _first in facts["left"])]
    entries = CreditEntry.objects.select_related("person", "auditor", "requirement").in_bulk(numbers)
    firsts = CreditDecision.objects.select_related("actor", "organisation").in_bulk(
        [first for _entry_id, _why, first in facts["left"] if first]
    )
    return Receipt(
        line=line,
        done=[entries[number] for number in facts["entries"]],
        left=[Left(entries[entry_id], NotTaken(why), firsts.get(first)) for entry_id, why, first in facts["left"]],
        certificates=list(
            Certificate.objects.filter(pk__in=facts["certificates"]).select_related("book__person").order_by("pk")
        ),
    )


def of_outcome(outcome: Outcome) -> Receipt:
    """Lay out an act that did nothing and so left no line."""
    return Receipt(line=None, done=outcome.done, left=outcome.left, certificates=outcome.certificates)


def of_refusal(entry: CreditEntry, refusal: credits.DecisionRefusedError, *, awaited: State) -> Receipt:
    """Lay out one answer that was not taken."""
    if isinstance(refusal, credits.OwnHours):
        return Receipt(line=None, done=[], left=[Left(entry, NotTaken.OWN_HOURS)], certificates=[])
    if isinstance(refusal, credits.TooLate):
        return Receipt(line=None, done=[], left=[Left(entry, NotTaken.TOO_LATE)], certificates=[])
    return Receipt(line=None, done=[], left=[credit_batches.why_left(entry, awaited=awaited)], certificates=[])


def of_snapshot(office: Organisation, snapshot: str) -> AuditLogEntry | None:
    """Return the line of the act that signed this very snapshot, if there was one."""
    lines = lines_of(office, credit_batches.CONFIRMED_BATCH)
    return lines.filter(subject=f"snapshot:{snapshot}").order_by("sequence").first()
