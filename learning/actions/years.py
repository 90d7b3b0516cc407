"""Closing years: what is done once when nothing can be added to a year any more.

Places that were not finished end, and the surplus goes into the next year. Where the year stands was
known without this: it follows from the rule's days. A sweep in blocks; a block that was closed is not due
again. Source: DOMAIN §4.6, §4.8, DESIGN D6; docs/decisions/0018.
"""

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from learning.actions import audit_log, carry_over
from learning.models import AnnualRecord, Enrolment, Requirement
from learning.models.clock import local_date
from learning.models.record import AnnualRecordQuerySet

#: Years in one transaction.
BLOCK_SIZE = 500
NOTHING_PENDING = Q(pending_public_centihours=0, pending_professional_centihours=0)


def due(today: date) -> AnnualRecordQuerySet:
    """Return the years that are over and were not closed, as `rules.years.Calendar.is_over` says it.

    Rules are few: what their days say is asked of each, and the years are found by their rules.
    """
    rules = {rule.pk: rule.as_calendar() for rule in Requirement.objects.in_force().filter(cutoff_on__lt=today)}
    decided = [number for number, days in rules.items() if not days.takes_decisions(today)]
    studied = [number for number, days in rules.items() if not days.takes_study(today)]
    is_met = ~Q(state=AnnualRecord.State.OPEN)
    is_over = Q(requirement__in=studied) | is_met & Q(requirement__in=list(rules))
    is_decided = NOTHING_PENDING | Q(requirement__in=decided)
    return AnnualRecord.objects.past_cutoff(today).filter(is_over, is_decided)


def close_block(*, now: datetime) -> int:
    """Close the next years that carry nothing over; return how many, 0 when none is due."""
    nothing = Q(requirement__carry_public_centihours=0, requirement__carry_professional_centihours=0)
    with transaction.atomic():
        # Locked in the order in which every other act locks years.
        locked = due(local_date(now)).filter(nothing).select_for_update(of=("self",)).order_by("person_id", "year")
        block = list(locked[:BLOCK_SIZE])
        _close(block, now=now)
    return len(block)


def close_with_surplus(*, now: datetime) -> int:
    """Close the years whose rule carries surplus over, each by itself; return how many.

    One whose next year has no rule yet waits for the sweep after that was issued.
    """
    carrying = Q(requirement__carry_public_centihours__gt=0) | Q(requirement__carry_professional_centihours__gt=0)
    closed = 0
    for number in due(local_date(now)).filter(carrying).order_by("pk").values_list("pk", flat=True)[:BLOCK_SIZE]:
        with suppress(carry_over.NoNextYear):
            closed += _close_one(number, now=now)
    return closed


@transaction.atomic
def _close_one(number: int, *, now: datetime) -> bool:
    """Close one year and carry over its surplus. Raises: NoNextYear; nothing was done."""
    locked = due(local_date(now)).filter(pk=number).select_for_update(of=("self",))
    record = locked.select_related("person__region", "requirement").first()
    if record is None:
        return False
    carry_over.carry(record=record, now=now)
    _close([record], now=now)
    return True


def _close(block: Collection[AnnualRecord], *, now: datetime) -> None:
    if not block:
        return
    AnnualRecord.objects.filter(pk__in=[record.pk for record in block], closed_at=None).update(closed_at=now)
    by_year: dict[int, list[int]] = defaultdict(list)
    for record in block:
        by_year[record.year].append(record.person_id)
    expired = 0
    for year, people in sorted(by_year.items()):
        places = Enrolment.objects.filter(person_id__in=people, year=year, status=Enrolment.Status.ENROLLED)
        expired += places.update(status=Enrolment.Status.EXPIRED)
    audit_log.append(
        action="year.close",
        subject=f"annual_record:{min(record.pk for record in block)}",
        facts={"records": sorted(record.pk for record in block), "expired_count": expired},
        now=now,
    )
