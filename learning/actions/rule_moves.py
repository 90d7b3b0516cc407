"""Rule moves: open years go under the version in force; what was met keeps its rule.

A sweep in blocks, each its own transaction, so that a city's year never waits for
a whole province: a block that was done is not due again, and a killed sweep goes
on where it stopped. Source: DOMAIN §4.8, DESIGN D6.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Case, Q, Value, When

from learning.actions import audit_log, records
from learning.models import AnnualRecord, RuleSet
from learning.models.record import AnnualRecordQuerySet
from learning.rules.outcomes import Outcome
from learning.rules.requirements import RequirementRule

#: Years in one transaction.
BLOCK_SIZE = 1_000


def rules_of(rule_set: RuleSet) -> dict[str, RequirementRule]:
    """Return the set's rules by title level."""
    return {row.title_level: row.as_rule() for row in rule_set.requirements.all()}


def governed(rule_set: RuleSet) -> AnnualRecordQuerySet:
    """Return the years the set is for: its region's people, without regions below that have rules of their own."""
    others = RuleSet.objects.binding().filter(year=rule_set.year).exclude(region_id=rule_set.region_id)
    codes = rule_set.region.downward_codes(without=set(others.values_list("region_id", flat=True)))
    levels = rule_set.requirements.values_list("title_level", flat=True)
    return AnnualRecord.objects.governed_by(year=rule_set.year, region_codes=codes, levels=list(levels))


def move_block(*, rule_set: RuleSet, now: datetime) -> int:
    """Move the next open years under the set in force; return how many, 0 when all is done.

    A year that the new rule finds fulfilled becomes met in the same statement; one that was closed
    is closed once more, on the new rule's days.
    """
    rules = rules_of(rule_set)
    with transaction.atomic():
        due = governed(rule_set).filter(state=AnnualRecord.State.OPEN).exclude(requirement__rule_set=rule_set)
        # Locked in the order in which every other act locks years.
        locked = due.select_for_update(of=("self",), no_key=True).order_by("person_id")
        block = list(locked.values_list("pk", flat=True)[:BLOCK_SIZE])
        if not block:
            _finish(rule_set, now=now)
            return 0
        rows = AnnualRecord.objects.filter(pk__in=block)
        met = list(rows.of_outcome(rules, Outcome.BECOMES_MET).values_list("pk", flat=True))
        is_met = Q(pk__in=met)
        for fresh in rule_set.requirements.all():
            rows.filter(requirement__title_level=fresh.title_level).update(
                requirement=fresh,
                state=Case(When(is_met, then=Value(AnnualRecord.State.MET)), default=Value(AnnualRecord.State.OPEN)),
                met_at=Case(When(is_met, then=Value(now)), default=None),
            )
        records.close_again(record_ids=block, now=now)
    return len(block)


def _finish(rule_set: RuleSet, *, now: datetime) -> None:
    done = RuleSet.objects.filter(pk=rule_set.pk, moved_at=None).update(moved_at=now)
    if done:
        audit_log.append(
            action="rule_set.moved", subject=f"rule_set:{rule_set.pk}", facts={"label": rule_set.label}, now=now
        )
