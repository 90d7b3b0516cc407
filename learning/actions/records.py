"""The year's record: its sums follow the ledger in the transaction of each act."""

from datetime import datetime

from django.db.models import Sum

from learning.models import AnnualRecord, CreditEntry, Person, Requirement
from learning.rules.credit_states import PENDING, State
from learning.rules.requirements import SubjectKind, is_met


def requirement_of(*, person: Person, year: int) -> Requirement:
    """Return the requirement a year is judged by: the record's own, else the one that binds.

    Raises: Requirement.DoesNotExist, when no rule binds the person in that year.
    """
    record = AnnualRecord.objects.filter(person=person, year=year).select_related("requirement").first()
    if record is not None:
        return record.requirement
    requirement = Requirement.objects.binding_person(person, year)
    if requirement is None:
        raise Requirement.DoesNotExist(year)
    return requirement


def open_year(*, person: Person, requirement: Requirement) -> AnnualRecord:
    """Return the person's record of the rule's year, opening it at first use (R1)."""
    record, _made = AnnualRecord.objects.get_or_create(
        person=person, year=requirement.year, defaults={"requirement": requirement}
    )
    return record


def lock_year(*, person: Person, requirement: Requirement) -> AnnualRecord:
    """Return the record, locked until the transaction ends: the one lock of a decision."""
    record = open_year(person=person, requirement=requirement)
    return AnnualRecord.objects.select_for_update().get(pk=record.pk)


def refresh(*, person: Person, requirement: Requirement, now: datetime) -> AnnualRecord:
    """Recompute the sums from the ledger; a year whose rule is met becomes MET, never less."""
    record = lock_year(person=person, requirement=requirement)
    sums = {
        (row["subject_kind"], row["standing__state"]): row["sum"]
        for row in CreditEntry.objects.filter(person=person, year=record.year)
        .values("subject_kind", "standing__state")
        .annotate(sum=Sum("centihours"))
        .order_by()
    }
    for kind in SubjectKind:
        pending = sum(sums.get((kind, state), 0) for state in PENDING)
        setattr(record, f"confirmed_{kind}_centihours", sums.get((kind, State.CONFIRMED), 0))
        setattr(record, f"pending_{kind}_centihours", pending)
    if record.state == AnnualRecord.State.OPEN and is_met(record.requirement.as_rule(), record.confirmed):
        record.state, record.met_at = AnnualRecord.State.MET, now
    record.save()
    return record


def reopen_if_unmet(*, record: AnnualRecord) -> bool:
    """Open a year again whose confirmed hours no longer meet its rule; True when this call did it.

    Only a reversal makes hours fewer; what is met otherwise stays met.
    """
    if is_met(record.requirement.as_rule(), record.confirmed):
        return False
    closed = AnnualRecord.objects.filter(pk=record.pk).exclude(state=AnnualRecord.State.OPEN)
    return closed.update(state=AnnualRecord.State.OPEN, met_at=None, confirmed_at=None) == 1


def register(*, record: AnnualRecord, now: datetime) -> bool:
    """Register a met year as qualified; True for the call that did it (DOMAIN §4.8)."""
    moved = AnnualRecord.objects.filter(pk=record.pk, state=AnnualRecord.State.MET).update(
        state=AnnualRecord.State.CONFIRMED, confirmed_at=now
    )
    return moved == 1
