"""What an officer signs: exactly these entries, these hours, this digest, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from learning.actions import records
from learning.actions.credit_batches import snapshot_of
from learning.models import AnnualRecord, CreditEntry, Organisation, Person
from learning.models.clock import database_now
from learning.rules.credit_states import State
from learning.rules.reasons import NotTaken
from learning.rules.requirements import Totals, is_met
from learning.rules.snapshots import Seen
from learning.views import queues
from learning.views.queues import Amount

#: The records of years, by person and year.
Years = dict[tuple[int, int], AnnualRecord]


@dataclass(frozen=True, slots=True)
class Leaver:
    """A row that left the selection, and why."""

    entry: CreditEntry
    why: NotTaken


@dataclass(frozen=True, slots=True)
class SigningPage:
    """The page that is signed. `fulfils`: whose year is met by it, so that a certificate follows."""

    rows: list[queues.Row]
    leavers: list[Leaver]
    amount: Amount
    groups: list[tuple[Organisation, list[queues.Row], Amount]]
    rules: list[str]
    years: list[int]
    snapshot: str
    fulfils: list[AnnualRecord]

    @property
    def entries(self) -> list[CreditEntry]:
        """What is signed."""
        return [row.entry for row in self.rows]


def page_for(picked: list[Seen], *, bureau: Organisation, person: Person) -> SigningPage:
    """Lay out the selection as it stands now; what moved on since it was ticked leaves it."""
    entries = list(
        queues.with_all(CreditEntry.objects.filter(bureau=bureau, pk__in=[item.entry_id for item in picked])).order_by(
            "auditor_id", "standing__since", "pk"
        )
    )
    counts = {item.entry_id: item.decision_count for item in picked}
    years, now = _years_of(entries), database_now()

    def why_leaves(entry: CreditEntry) -> NotTaken | None:
        found = _why_leaves(entry, counts[entry.pk], person, is_one_of_many=len(entries) > 1)
        is_late = records.is_too_late(entry, years[entry.person_id, entry.year], now=now)
        return found or (NotTaken.TOO_LATE if is_late else None)

    leavers = [Leaver(entry, why) for entry in entries if (why := why_leaves(entry)) is not None]
    gone = {leaver.entry.pk for leaver in leavers}
    staying = [entry for entry in entries if entry.pk not in gone]
    rows = queues.rows_of(staying, person=person, selected=None)
    return SigningPage(
        rows=rows,
        leavers=leavers,
        amount=queues.amount_of(rows),
        groups=queues.grouped(rows),
        rules=sorted({entry.requirement.label for entry in staying}),
        years=sorted({entry.year for entry in staying}),
        snapshot=snapshot_of(staying, [row.seen for row in rows]),
        fulfils=_fulfils(staying, years),
    )


def _why_leaves(entry: CreditEntry, decision_count: int, person: Person, *, is_one_of_many: bool) -> NotTaken | None:
    if entry.standing.state != State.AUDITED:
        return NotTaken.ALREADY_DECIDED
    if entry.standing.decision_count != decision_count:
        return NotTaken.CHANGED
    if queues.is_barred(entry, person):
        return NotTaken.OWN_HOURS
    return NotTaken.FLAGGED if is_one_of_many and entry.flags.all() else None


def _years_of(entries: list[CreditEntry]) -> Years:
    """Return the record of each entry's year."""
    people, years = ({getattr(entry, name) for entry in entries} for name in ("person_id", "year"))
    found = AnnualRecord.objects.filter(person_id__in=people, year__in=years).select_related("person", "requirement")
    return {(record.person_id, record.year): record for record in found.order_by("pk")}


def _fulfils(entries: list[CreditEntry], years: Years) -> list[AnnualRecord]:
    """Return the years that get their page by these hours: the rule judges, on what would then be confirmed (R14, R15).

    One that was met otherwise and has no page yet gets it by the same act.
    """
    adds: dict[tuple[int, int], Totals] = defaultdict(lambda: Totals(0, 0))
    for entry in entries:
        public, other = (entry.centihours, 0) if entry.is_public_subject else (0, entry.centihours)
        adds[entry.person_id, entry.year] += Totals(public, other)
    without_page = {key: years[key] for key in years if years[key].state != AnnualRecord.State.CONFIRMED}
    return [
        record
        for key, record in without_page.items()
        if key in adds and is_met(record.requirement.as_rule(), record.confirmed + adds[key])
    ]
