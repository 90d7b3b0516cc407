"""The year's record: its sums follow the ledger in the transaction of each act."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from learning.actions import audit_log
from learning.models import AnnualRecord, CreditEntry, CreditStanding, Person, Requirement
from learning.models.clock import local_date
from learning.rules.credit_states import PENDING, State
from learning.rules.requirements import SubjectKind, Totals, is_met


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
    return lock(record_id=open_year(person=person, requirement=requirement).pk)


def lock(*, record_id: int) -> AnnualRecord:
    """Return the record, locked until the transaction ends: before any row that hangs on the year is touched.

    No key: rows that only point at the record need not wait. No join: a rule moved meanwhile would hide the row.
    """
    return AnnualRecord.objects.select_for_update(no_key=True).get(pk=record_id)


def in_order(now: datetime, *, keys: Collection[tuple[int, int]]) -> datetime:
    """Return the instant of an act on these locked (person, year)s: now, or that of the last act on them if later.

    Who waits for a lock has read the clock before the one it waits for is done.
    """
    people, years = ({key[part] for key in keys} for part in (0, 1))
    standings = CreditStanding.objects.filter(entry__person_id__in=people, entry__year__in=years)
    records = AnnualRecord.objects.filter(person_id__in=people, year__in=years)
    of_pages = (Max(f"certificates__{end}_at") for end in ("issued", "replaced", "revoked"))
    lasts = [*standings.aggregate(Max("since")).values(), *records.aggregate(Max("met_at"), *of_pages).values()]
    found: list[datetime] = [last for last in lasts if last is not None]
    return max([now, *found])


def lock_years(*, keys: Collection[tuple[int, int]]) -> list[AnnualRecord]:
    """Return these (person, year)s' records, locked in the order every act locks them in."""
    wanted = AnnualRecord.objects.filter(person_id__in={person_id for person_id, _year in keys})
    wanted = wanted.filter(year__in={year for _person_id, year in keys})
    # NB: the rules are read apart: a join with them would lock fewer rows, should one have moved meanwhile.
    locked = wanted.order_by("person_id", "year").select_for_update(no_key=True).prefetch_related("requirement")
    return [record for record in locked if (record.person_id, record.year) in keys]


def refresh(*, person: Person, requirement: Requirement, now: datetime) -> AnnualRecord:
    """Recompute the sums from the ledger; a year whose rule is met becomes MET, never less.

    A waiver that is asked for is not pending: until it is granted, everything is still to study.
    """
    record = lock_year(person=person, requirement=requirement)
    sums: Counter[tuple[str, str, str]] = Counter()
    entries = CreditEntry.objects.filter(person=person, year=record.year).order_by()
    for row in entries.values("subject_kind", "kind", "standing__state").annotate(sum=Sum("centihours")):
        sums[row["subject_kind"], row["kind"], row["standing__state"]] += row["sum"]
    kinds = CreditEntry.Kind
    for subject in SubjectKind:
        confirmed = {kind: sums[subject, kind, State.CONFIRMED] for kind in kinds}
        pending = sum(sums[subject, kind, state] for kind in CreditEntry.STUDIED for state in PENDING)
        setattr(record, f"confirmed_{subject}_centihours", sum(confirmed.values()))
        setattr(record, f"pending_{subject}_centihours", pending)
        setattr(record, f"waived_{subject}_centihours", confirmed[kinds.WAIVED])
        setattr(record, f"carried_{subject}_centihours", confirmed[kinds.CARRIED])
    if record.state == AnnualRecord.State.OPEN and is_met(record.requirement.as_rule(), record.confirmed):
        record.state, record.met_at = AnnualRecord.State.MET, now
    record.save()
    return record


def refresh_all(*, record_ids: Collection[int], now: datetime) -> None:
    """Do what `refresh` does for many years at once, in few statements; the caller holds their locks.

    Only for acts on studied hours: what was waived or carried over is never decided in numbers.
    """
    years = AnnualRecord.objects.filter(pk__in=record_ids)
    sums: dict[str, Any] = {}
    for kind in SubjectKind:
        sums[f"confirmed_{kind}_centihours"] = _sum_of(kind, [State.CONFIRMED])
        sums[f"pending_{kind}_centihours"] = _sum_of(kind, PENDING, kind__in=CreditEntry.STUDIED)
    years.update(**sums)
    unmet = years.filter(state=AnnualRecord.State.OPEN)
    met = [
        record.pk
        for record in unmet.select_related("requirement")
        if is_met(record.requirement.as_rule(), record.confirmed)
    ]
    unmet.filter(pk__in=met).update(state=AnnualRecord.State.MET, met_at=now)


def _sum_of(kind: SubjectKind, states: Iterable[State], **which: object) -> Coalesce:
    """Return the sum of a year's entries of one subject in these states, as the update computes it."""
    entries: QuerySet[Any, Any] = (
        CreditEntry.objects.filter(
            person_id=OuterRef("person_id"),
            year=OuterRef("year"),
            subject_kind=kind,
            standing__state__in=list(states),
            **which,
        )
        .order_by()
        .values("person_id")
    )
    return Coalesce(Subquery(entries.annotate(sum=Sum("centihours")).values("sum")), 0)


def reopen_if_unmet(*, record: AnnualRecord, now: datetime) -> bool:
    """Open a year again whose confirmed hours no longer meet its rule; True when this call did it.

    Only a reversal makes hours fewer; what is met otherwise stays met.
    """
    if is_met_without(record, Totals(0, 0)):
        return False
    closed = AnnualRecord.objects.filter(pk=record.pk).exclude(state=AnnualRecord.State.OPEN)
    if closed.update(state=AnnualRecord.State.OPEN, met_at=None, confirmed_at=None) != 1:
        return False
    _go_under_the_rule_in_force(record, now=now)
    return True


def _go_under_the_rule_in_force(record: AnnualRecord, *, now: datetime) -> None:
    """Judge a year that was opened again as the sweep (`rule_moves`) has judged the others that are open.

    It kept its rule because it had met it; that sweep is over, and comes for no single year.
    """
    own, home = record.requirement, record.person.region
    # Who has moved away since is judged where the year was.
    region = home if home is not None and own.region_id in home.upward_codes() else own.region
    fresh = Requirement.objects.binding(region=region, year=record.year, title_level=own.title_level)
    if fresh is None or fresh.pk == record.requirement_id:
        return
    record.requirement = fresh
    years = AnnualRecord.objects.filter(pk=record.pk)
    years.update(requirement=fresh)
    if is_met(fresh.as_rule(), record.confirmed):
        years.update(state=AnnualRecord.State.MET, met_at=now)


def is_too_late(entry: CreditEntry, record: AnnualRecord, *, now: datetime) -> bool:
    """Say whether the year's rule no longer lets an entry be decided; what an office has judged again never is."""
    return entry.restores_id is None and not record.requirement.as_calendar().takes_decisions(local_date(now))


def too_late_since(entry: CreditEntry, *, now: datetime) -> date | None:
    """Return the last day on which an entry that still waits was decided; None: it is decided, or may be."""
    if entry.standing.state not in PENDING:
        return None
    record = AnnualRecord.objects.select_related("requirement").get(person_id=entry.person_id, year=entry.year)
    return record.requirement.as_calendar().last_decision_on if is_too_late(entry, record, now=now) else None


def pending_that_counts(record: AnnualRecord, *, now: datetime) -> Totals:
    """Return what is pending and may still be decided: all of it, and after the last day what is judged again."""
    if record.requirement.as_calendar().takes_decisions(local_date(now)):
        return record.pending
    again = CreditEntry.objects.studied().filter(
        person_id=record.person_id, year=record.year, restores__isnull=False, standing__state__in=PENDING
    )
    sums = again.order_by().values_list("subject_kind").annotate(sum=Sum("centihours"))
    found: dict[str, int] = dict(sums)
    return Totals(found.get(SubjectKind.PUBLIC, 0), found.get(SubjectKind.PROFESSIONAL, 0))


def close_again(*, record_ids: Collection[int], now: datetime) -> None:
    """Let years that were closed be closed once more: something of them is open again.

    The caller holds their locks. What their closing did stands; the next one adds what is due by then.
    """
    closed = AnnualRecord.objects.filter(pk__in=record_ids, closed_at__isnull=False)
    numbers = sorted(closed.values_list("pk", flat=True))
    if numbers:
        closed.update(closed_at=None)
        subject = f"annual_record:{numbers[0]}"
        audit_log.append(action="year.close_again", subject=subject, facts={"records": numbers}, now=now)


def is_met_without(record: AnnualRecord, less: Totals) -> bool:
    """Say whether the year's rule is met by what is confirmed, these hours taken away."""
    return is_met(record.requirement.as_rule(), record.confirmed - less)


def register(*, record: AnnualRecord, now: datetime) -> bool:
    """Register a met year as qualified; True for the call that did it (DOMAIN §4.8)."""
    moved = AnnualRecord.objects.filter(pk=record.pk, state=AnnualRecord.State.MET).update(
        state=AnnualRecord.State.CONFIRMED, confirmed_at=now
    )
    return moved == 1


def register_all(*, record_ids: Collection[int], now: datetime) -> list[int]:
    """Register every met year among these; return those. The caller holds their locks."""
    met = AnnualRecord.objects.filter(pk__in=record_ids, state=AnnualRecord.State.MET)
    found = list(met.order_by("person_id", "year").values_list("pk", flat=True))
    AnnualRecord.objects.filter(pk__in=found).update(state=AnnualRecord.State.CONFIRMED, confirmed_at=now)
    return found
