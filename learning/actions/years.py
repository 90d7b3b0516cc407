"""Closing years: what is done once when nothing can be added to a year any more.

Places that were not finished end, and the surplus goes into the next year. Where the year stands was
known without this: it follows from the rule's days. A sweep in blocks; a block that was closed is not due
again, unless hours of it were taken back or came late, or its rule moved (`records.close_again`).
Source: DOMAIN §4.6, §4.8, DESIGN D6; docs/decisions/0018.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import CombinedExpression

from learning.actions import audit_log, carry_over
from learning.models import AnnualRecord, CreditEntry, Enrolment, Requirement
from learning.models.clock import local_date
from learning.models.record import AnnualRecordQuerySet
from learning.rules.credit_states import PENDING

#: Years in one transaction.
BLOCK_SIZE = 500
#: County, city, province, nation: a rule of any of them may bind.
REGIONS_DEEP = 4
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
    again = CreditEntry.objects.studied().filter(
        person=OuterRef("person"), year=OuterRef("year"), restores__isnull=False, standing__state__in=PENDING
    )
    is_decided = NOTHING_PENDING | Q(requirement__in=decided) & ~Exists(again)
    return AnnualRecord.objects.past_cutoff(today).filter(is_over, is_decided)


def close_block(*, now: datetime) -> int:
    """Close the next years that carry nothing over; return how many, 0 when none is due."""
    nothing = Q(requirement__carry_public_centihours=0, requirement__carry_professional_centihours=0)
    with transaction.atomic():
        # In the order in which every other act locks years. No key: who only points at a year need not wait.
        is_due = due(local_date(now)).filter(nothing).order_by("person_id", "year")
        numbers = _hold_places(list(is_due[:BLOCK_SIZE]))
        block = list(is_due.filter(pk__in=numbers).select_for_update(of=("self",), no_key=True))
        _close(block, now=now)
    return len(block)


def close_with_surplus(*, now: datetime) -> int:
    """Close the years whose rule carries surplus over, each by itself; return how many.

    One whose next year has no rule yet waits for the sweep after that was issued, and keeps no other waiting.
    """
    carrying = Q(requirement__carry_public_centihours__gt=0) | Q(requirement__carry_professional_centihours__gt=0)
    ready = _without_those_that_wait(due(local_date(now)).filter(carrying))
    closed = 0
    for number in ready.order_by("pk").values_list("pk", flat=True)[:BLOCK_SIZE]:
        with suppress(carry_over.NoNextYear):
            closed += _close_one(number, now=now)
    return closed


def _without_those_that_wait(years: AnnualRecordQuerySet) -> AnnualRecordQuerySet:
    """Leave out years with surplus, as `rules.surplus` says it, whose next year no rule binds yet."""
    following = AnnualRecord.objects.filter(person=OuterRef("person"), year=OuterRef("year") + 1)
    places = (Q(region=OuterRef("person__region" + "__parent" * above)) for above in range(REGIONS_DEEP))
    level = OuterRef("person__title_level")
    rules = Requirement.objects.in_force().filter(reduce(or_, places), year=OuterRef("year") + 1, title_level=level)
    told = years.alias(
        public=_studied("public"),
        professional=_studied("professional"),
        share=_studied("professional") * F("requirement__professional_share_denominator"),
        asked=F("requirement__total_centihours") * F("requirement__professional_share_numerator"),
    ).alias(whole=F("public") + F("professional"))
    is_met = Q(public__gte=F("requirement__public_centihours"), share__gte=F("asked"))
    is_spare = Q(requirement__carry_public_centihours__gt=0, public__gt=F("requirement__public_centihours")) | Q(
        requirement__carry_professional_centihours__gt=0,
        share__gte=F("asked") + F("requirement__professional_share_denominator"),
    )
    has_surplus = (
        Q(whole__gt=F("requirement__total_centihours")) & is_met & is_spare & ~Q(state=AnnualRecord.State.OPEN)
    )
    return told.filter(~has_surplus | Exists(following) | Exists(rules))


def _studied(kind: str) -> CombinedExpression:
    return F(f"confirmed_{kind}_centihours") - F(f"waived_{kind}_centihours") - F(f"carried_{kind}_centihours")


@transaction.atomic
def _close_one(number: int, *, now: datetime) -> bool:
    """Close one year and carry over its surplus. Raises: NoNextYear; nothing was done."""
    _hold_places(list(AnnualRecord.objects.filter(pk=number)))
    locked = due(local_date(now)).filter(pk=number).select_for_update(of=("self",), no_key=True)
    record = locked.select_related("person__region", "requirement").first()
    if record is None:
        return False
    carry_over.carry(record=record, now=now)
    _close([record], now=now)
    return True


def _hold_places(block: Collection[AnnualRecord]) -> list[int]:
    """Lock the unfinished places of these years and return the years' numbers.

    Places before years, as earning does: a last exam handed in now is either seen or comes after.
    """
    for places in _unfinished(block):
        list(places.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return [record.pk for record in block]


def _unfinished(block: Collection[AnnualRecord]) -> Iterator[QuerySet[Enrolment]]:
    by_year: dict[int, list[int]] = defaultdict(list)
    for record in block:
        by_year[record.year].append(record.person_id)
    for year, people in sorted(by_year.items()):
        yield Enrolment.objects.filter(person_id__in=people, year=year, status=Enrolment.Status.ENROLLED)


def _close(block: Collection[AnnualRecord], *, now: datetime) -> None:
    if not block:
        return
    AnnualRecord.objects.filter(pk__in=[record.pk for record in block], closed_at=None).update(closed_at=now)
    expired = sum(places.update(status=Enrolment.Status.EXPIRED) for places in _unfinished(block))
    audit_log.append(
        action="year.close",
        subject=f"annual_record:{min(record.pk for record in block)}",
        facts={"records": sorted(record.pk for record in block), "expired_count": expired},
        now=now,
    )
