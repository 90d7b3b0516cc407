"""A base and its bureau at work: who audits, who confirms, and entries earned through the real verbs."""

from __future__ import annotations

from learning.actions import credit_batches, credits
from learning.models import CreditEntry, CreditStanding, Organisation, Person, Role
from learning.rules.requirements import SubjectKind
from learning.rules.snapshots import Seen
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON


class Office:
    """A base, its bureau and who acts for them; entries are earned on demand."""

    def __init__(self, entries: int = 3) -> None:
        self.bureau: Organisation = make.BureauFactory()
        self.base: Organisation = make.BaseFactory()
        self.auditor: Person = years.member(self.base, Role.AUDITOR)
        self.officer: Person = years.member(self.bureau, Role.OFFICER)
        requirement = make.RequirementFactory()
        self.edition = years.published(
            base=self.base, requirement=requirement, kind=SubjectKind.PROFESSIONAL, centihours=400
        )
        self.entries = [years.earn(person=make.PersonFactory(), edition=self.edition) for _number in range(entries)]

    def approved(self) -> list[Seen]:
        for entry in self.entries:
            credits.approve(entry=entry, by=self.auditor, now=NOON)
        return seen_of(self.entries)

    def confirm(self, seen: list[Seen], *, by: Person | None = None) -> credit_batches.Outcome:
        return credit_batches.confirm_all(
            seen=seen, snapshot=signed(seen), bureau=self.bureau, by=by or self.officer, now=NOON
        )


def seen_of(entries: list[CreditEntry]) -> list[Seen]:
    counts = dict(CreditStanding.objects.values_list("entry_id", "decision_count"))
    return [Seen(entry.pk, counts[entry.pk]) for entry in entries]


def signed(seen: list[Seen]) -> str:
    return credit_batches.snapshot_of(CreditEntry.objects.filter(pk__in=[item.entry_id for item in seen]), seen)
