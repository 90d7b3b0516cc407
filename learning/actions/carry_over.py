"""Carry-over: a fulfilled year's surplus enters the next year, once, as far as the year's rule lets it.

The rule of the year that was surpassed says how much. No office decides: every hour was confirmed in
its year already, and the entry says of which year it is. Source: DOMAIN §1 结转; docs/decisions/0018.
"""

from datetime import datetime

from learning.actions import credits
from learning.models import AnnualRecord, CreditEntry, Requirement
from learning.models.credit import CreditEntryQuerySet
from learning.rules.credit_states import State
from learning.rules.requirements import SubjectKind, Totals
from learning.rules.surplus import surplus

TITLE_ZH, TITLE_EN = "{year}年结转学时", "Hours carried over from {year}"


class NoNextYear(Exception):
    """No rule binds the person in the next year yet: there is nothing to carry the surplus into."""


def carry(*, record: AnnualRecord, now: datetime) -> list[CreditEntry]:
    """Enter the year's surplus in the next year, subject by subject; of what was carried already only what is more.

    The caller holds the year's lock. Raises: NoNextYear.
    """
    more = {kind: hours - _carried_on(record, kind) for kind, hours in _due(record).items()}
    due = {kind: hours for kind, hours in more.items() if hours > 0}
    if not due:
        return []
    requirement = _next_requirement(record)
    return [_enter(record, requirement, kind, hours, now=now) for kind, hours in due.items()]


def excess(record: AnnualRecord) -> list[CreditEntry]:
    """Return what stands carried over of a year although its hours, become fewer, no longer spare so much."""
    record = AnnualRecord.objects.select_related("requirement", "person").get(pk=record.pk)
    due = _due(record)
    too_much = [kind for kind in SubjectKind if _carried_on(record, kind) > due[kind]]
    return [entry for kind in too_much for entry in _standing(record, kind)]


def _due(record: AnnualRecord) -> dict[SubjectKind, int]:
    """Return what the year may give, by subject: nothing, while it is not met."""
    rule = record.requirement
    is_met = record.state != AnnualRecord.State.OPEN
    given = surplus(rule.as_rule(), record.studied, caps=rule.carry_caps) if is_met else Totals(0, 0)
    return {SubjectKind.PUBLIC: given.public_centihours, SubjectKind.PROFESSIONAL: given.professional_centihours}


def _carried(record: AnnualRecord, kind: SubjectKind) -> CreditEntryQuerySet:
    return CreditEntry.objects.filter(
        person_id=record.person_id, year=record.year + 1, kind=CreditEntry.Kind.CARRIED, subject_kind=kind
    )


def _standing(record: AnnualRecord, kind: SubjectKind) -> CreditEntryQuerySet:
    entries = _carried(record, kind).filter(standing__state=State.CONFIRMED)
    return entries.select_related("person", "requirement", "bureau")


def _carried_on(record: AnnualRecord, kind: SubjectKind) -> int:
    """Return what of the subject stands carried over from the year."""
    return sum(_standing(record, kind).values_list("centihours", flat=True))


def _next_requirement(record: AnnualRecord) -> Requirement:
    following = AnnualRecord.objects.filter(person_id=record.person_id, year=record.year + 1)
    held = following.select_related("requirement").first()
    found = held.requirement if held else Requirement.objects.binding_person(record.person, record.year + 1)
    if found is None:
        raise NoNextYear(record.pk)
    return found


def _enter(
    record: AnnualRecord, requirement: Requirement, kind: SubjectKind, centihours: int, *, now: datetime
) -> CreditEntry:
    bureau = credits.bureau_of(record.person)
    # The number tells it from one that was taken back.
    number = _carried(record, kind).count() + 1
    entry = CreditEntry(
        person=record.person,
        year=record.year + 1,
        kind=CreditEntry.Kind.CARRIED,
        source_key=f"carried:{record.year}:{kind}:{number}",
        title_zh=TITLE_ZH.format(year=record.year),
        title_en=TITLE_EN.format(year=record.year),
        subject_kind=kind,
        centihours=centihours,
        auditor=bureau,
        bureau=bureau,
        requirement=requirement,
        earned_at=now,
    )
    return credits.add_entry(entry, evidence=[], now=now, state=State.CONFIRMED)
