"""Credit, many entries in one act: all or nothing for each, and a receipt for the whole.

What somebody else decided first, or what changed since it was looked at, is left
as it stands and named in the outcome. The audit-log line of the act is the
permanent receipt: it holds everything needed to show it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from learning.actions import audit_log, credits, records
from learning.models import (
    AuditLogEntry,
    Certificate,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    Organisation,
    Person,
)
from learning.rules.credit_states import State
from learning.rules.digests import digest_of
from learning.rules.reasons import NotTaken
from learning.rules.snapshots import MOST_IN_ONE_ACT, Seen, snapshot_digest

APPROVED_BATCH = "credit.approve_batch"
CONFIRMED_BATCH = "credit.confirm_batch"


class TooMany(credits.DecisionRefusedError):
    """One act decides at most `MOST_IN_ONE_ACT` entries."""


class SnapshotDiffers(credits.DecisionRefusedError):
    """What was signed is not what stands in the ledger: nothing was confirmed."""


@dataclass(frozen=True, slots=True)
class Left:
    """An entry that was left as it stands, and why; `first`: the decision that came before ours."""

    entry: CreditEntry
    why: NotTaken
    first: CreditDecision | None = None


@dataclass(slots=True)
class Outcome:
    """What an act did. `receipt` None: it did nothing, so there is none."""

    done: list[CreditEntry] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    receipt: AuditLogEntry | None = None

    @property
    def centihours(self) -> int:
        """The hours of what was done."""
        return sum(entry.centihours for entry in self.done)


def digest_as_it_stands(entry: CreditEntry) -> str:
    """Return the entry's digest computed anew from its columns; differs from the stored one if altered."""
    return digest_of(credits.facts_of(entry))


def snapshot_of(entries: Iterable[CreditEntry], seen: Iterable[Seen]) -> str:
    """Return the digest of these entries as they were seen; the officer's page shows it, the act compares it."""
    counts = {item.entry_id: item for item in seen}
    return snapshot_digest((digest_as_it_stands(entry), counts[entry.pk]) for entry in entries)


@transaction.atomic
def approve_all(*, seen: Iterable[Seen], auditor: Organisation, by: Person, now: datetime) -> Outcome:
    """Audit each entry for the base or department (R18, R19); flagged ones are left for a look of their own.

    Raises: TooMany.
    """
    together, flagged = _apart(_locked(seen, office={"auditor": auditor}))
    outcome = _decide_each(together, credits.approve, awaited=State.EARNED, by=by, now=now)
    outcome.left += flagged
    if outcome.done:
        outcome.receipt = audit_log.append(
            action=APPROVED_BATCH,
            subject=f"organisation:{auditor.pk}",
            actor=by,
            organisation=auditor,
            facts=_facts(outcome),
            now=now,
        )
    return outcome


@transaction.atomic
def confirm_all(*, seen: Iterable[Seen], snapshot: str, bureau: Organisation, by: Person, now: datetime) -> Outcome:
    """Confirm each entry; years whose rule is met get their certificate in the same act (R18).

    A flagged one is confirmed by itself; among others it is left. A second call with
    the same snapshot confirms nothing and says who was first.

    Raises: TooMany; SnapshotDiffers, when `snapshot` is not the digest of `seen`.
    """
    picked = sorted(set(seen))
    entries = _locked(picked, office={"bureau": bureau})
    known = [item for item in picked if item.entry_id in {entry.pk for entry, _item in entries}]
    if snapshot_of((entry for entry, _item in entries), known) != snapshot:
        raise SnapshotDiffers(snapshot[:12])
    now = records.in_order(now, keys={(entry.person_id, entry.year) for entry, _item in entries})
    together, flagged = _apart(entries) if len(entries) > 1 else (entries, [])
    outcome = _decide_each(together, credits.confirm, awaited=State.AUDITED, by=by, now=now)
    outcome.left += flagged
    if outcome.done:
        outcome.certificates = _issued(outcome.done, by=by, bureau=bureau, now=now)
        outcome.receipt = audit_log.append(
            action=CONFIRMED_BATCH,
            subject=f"snapshot:{snapshot}",
            actor=by,
            organisation=bureau,
            facts=_facts(outcome),
            now=now,
        )
    return outcome


def _locked(seen: Iterable[Seen], *, office: dict[str, Organisation]) -> list[tuple[CreditEntry, Seen]]:
    """Return the office's entries, their years locked.

    Every year is locked before the first decision, always in the same order:
    each decision also takes the head of the audit log, and of two acts one must
    never hold the head while it waits for a year the other holds.
    """
    counts = {item.entry_id: item for item in seen}
    if len(counts) > MOST_IN_ONE_ACT:
        raise TooMany(len(counts))
    entries = list(
        CreditEntry.objects.studied()
        .filter(pk__in=counts, **office)
        .select_related("person", "requirement", "auditor", "bureau")
        .order_by("person_id", "year", "pk")
    )
    years = {(entry.person_id, entry.year): entry for entry in entries}
    for entry in years.values():
        records.lock_year(person=entry.person, requirement=entry.requirement)
    return [(entry, counts[entry.pk]) for entry in entries]


def _apart(entries: list[tuple[CreditEntry, Seen]]) -> tuple[list[tuple[CreditEntry, Seen]], list[Left]]:
    """Part what may be decided together from what is flagged and wants a look of its own."""
    numbers = [entry.pk for entry, _item in entries]
    flagged = set(CreditEntry.objects.filter(pk__in=numbers).flagged().values_list("pk", flat=True))
    together = [(entry, item) for entry, item in entries if entry.pk not in flagged]
    return together, [Left(entry, NotTaken.FLAGGED) for entry, _item in entries if entry.pk in flagged]


def _decide_each(
    entries: list[tuple[CreditEntry, Seen]],
    verb: Callable[..., CreditDecision],
    *,
    awaited: State,
    by: Person,
    now: datetime,
) -> Outcome:
    """Take the verdict on each entry in a savepoint of its own."""
    outcome = Outcome()
    for entry, item in entries:
        if digest_as_it_stands(entry) != entry.digest:
            outcome.left.append(Left(entry, NotTaken.ALTERED))
            continue
        try:
            verb(entry=entry, by=by, now=now, seen=item.decision_count)
        except credits.OwnHours:
            outcome.left.append(Left(entry, NotTaken.OWN_HOURS))
        except credits.TooLate:
            outcome.left.append(Left(entry, NotTaken.TOO_LATE))
        except credits.AlreadyDecided:
            outcome.left.append(why_left(entry, awaited=awaited))
        else:
            outcome.done.append(entry)
    return outcome


def why_left(entry: CreditEntry, *, awaited: State) -> Left:
    """Say who was first: the entry moved on, or came back changed to where it stood."""
    first = entry.decisions.select_related("actor", "organisation").order_by("-sequence").first()
    stands = CreditStanding.objects.values_list("state", flat=True).get(entry_id=entry.pk)
    return Left(entry, NotTaken.CHANGED if stands == awaited else NotTaken.ALREADY_DECIDED, first)


def _issued(done: list[CreditEntry], *, by: Person, bureau: Organisation, now: datetime) -> list[Certificate]:
    people = {entry.person_id for entry in done}
    return list(
        Certificate.objects.filter(book__person_id__in=people, issuer=bureau, issued_by=by, issued_at=now).order_by(
            "pk"
        )
    )


def _facts(outcome: Outcome) -> dict[str, object]:
    """Return what the receipt needs to be shown again, in integers and strings."""
    return {
        "entries": [entry.pk for entry in outcome.done],
        "count": len(outcome.done),
        "centihours": outcome.centihours,
        "rules": sorted({entry.requirement.label for entry in outcome.done}),
        "certificates": [certificate.pk for certificate in outcome.certificates],
        "left": [[left.entry.pk, str(left.why), left.first.pk if left.first else 0] for left in outcome.left],
    }
