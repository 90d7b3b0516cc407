"""Overdue queues: offices where hours wait longer than the rules in force leave them.

What waits is judged by the rules of the bureau that confirms it, in its own year (`office_terms`); an
office is told once a week. A second sweep, or five at once, tell nobody again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q

from learning.actions import notices, office_terms
from learning.actions.office_terms import Place
from learning.models import AnnualRecord, CreditStanding, Membership, Organisation, Requirement, Role
from learning.rules.credit_states import State
from learning.rules.notices import NoticeKind
from learning.rules.office_terms import UNSAID
from learning.rules.reminders import overdue_on, week_name

#: Who is told of what waits in which state, and the figure that says for how many working days it may.
CLOCKS: Final = (
    (State.EARNED, Role.AUDITOR, "audit_working_days"),
    (State.AUDITED, Role.OFFICER, "confirm_working_days"),
)


@dataclass(frozen=True, slots=True)
class Late:
    """What waits too long at one office; `working_days`: the shortest clock that ran out there."""

    count: int
    oldest: datetime
    working_days: int

    def __or__(self, other: Late) -> Late:
        """Join what waits under two clocks."""
        shortest = min(self.working_days, other.working_days)
        return Late(self.count + other.count, min(self.oldest, other.oldest), shortest)


def tell_overdue_queues(*, now: datetime) -> None:
    """Tell each office's people, once a week, that hours wait there longer than the rules leave them."""
    for state, role, clock in CLOCKS:
        late = _late(state, clock, now=now)
        members = Membership.objects.filter(organisation__in=late, role=role, person__is_active=True)
        by_office: dict[Organisation, list[Membership]] = {}
        for member in members.select_related("organisation").order_by("organisation_id", "person_id"):
            by_office.setdefault(member.organisation, []).append(member)
        for office, people in by_office.items():
            _tell(office, people, state, late[office.pk], now=now)


def _late(state: State, clock: str, *, now: datetime) -> dict[int, Late]:
    """Return what waits too long, by office: the queues are read once for each clock that any rule states."""
    stated = set(Requirement.objects.in_force().order_by().values_list(clock, flat=True).distinct())
    read = [row for days in sorted(stated | {getattr(UNSAID, clock)}) for row in _waiting(state, days, now=now)]
    terms = office_terms.by_place({place for _holder, place, _late in read})
    found: dict[int, Late] = {}
    for holder_id, place, late in read:
        if late.working_days == getattr(terms[place], clock):
            found[holder_id] = found[holder_id] | late if holder_id in found else late
    return found


def _waiting(state: State, working_days: int, *, now: datetime) -> Iterator[tuple[int, Place, Late]]:
    """Yield what has waited for more working days, by office, the confirming bureau's region and year."""
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    first_in_time = overdue_on(today, working_days=working_days) + timedelta(days=1)
    before = datetime.combine(first_in_time, time(), tzinfo=zone)
    late = CreditStanding.objects.filter(state=state, holder__isnull=False, since__lt=before).order_by()
    # What may not be decided any more waits for nobody.
    of_year = AnnualRecord.objects.filter(person=OuterRef("entry__person"), year=OuterRef("entry__year"))
    over = of_year.filter(requirement__in=Requirement.objects.decided_no_more(today))
    late = late.filter(~Exists(over) | Q(entry__restores__isnull=False))
    groups = late.values_list("holder", "entry__bureau__region_id", "entry__year")
    for holder_id, region_code, year, count, oldest in groups.annotate(count=Count("pk"), oldest=Min("since")):
        yield holder_id, (region_code, year), Late(count, oldest, working_days)


def _tell(office: Organisation, people: list[Membership], state: State, late: Late, *, now: datetime) -> None:
    zone = ZoneInfo(settings.TIME_ZONE)
    facts: dict[str, object] = {
        "state": str(state),
        "slug": office.slug,
        "count": late.count,
        "oldest_on": late.oldest.astimezone(zone).date().isoformat(),
        "working_days": late.working_days,
        **notices.office_facts(office),
    }
    notices.tell_members(
        people,
        kind=NoticeKind.QUEUE_OVERDUE,
        source_key=f"queue:{state}:{office.pk}:{week_name(now.astimezone(zone).date())}",
        facts=facts,
        now=now,
    )
