"""Deadlines: no decision was taken after the last day on which any rule of the year let it be.

A year that is open moves from version to version, and which one it stood under on the day is not kept. So the
latest day of every version its level had counts; the days are added up again here on purpose.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from learning.ledger_check.findings import Findings
from learning.models import CreditDecision, CreditEntry, Requirement

#: (year, region, title level).
Place = tuple[int, str, str]


class Deadlines:
    """The last day of each level's year; None: there is none."""

    def __init__(self) -> None:
        """Read every version of every rule; they are few."""
        self._zone = ZoneInfo(settings.TIME_ZONE)
        self._last: dict[Place, date | None] = {}
        self._places: dict[int, Place] = {}
        for rule in Requirement.objects.order_by("pk").iterator():
            place = (rule.year, rule.region_id, rule.title_level)
            self._places[rule.pk] = place
            own, known = _last_day(rule), self._last.get(place, date.min)
            self._last[place] = None if own is None or known is None else max(own, known)

    def check(
        self, findings: Findings, entry: CreditEntry, decisions: list[CreditDecision], *, rule_id: int | None
    ) -> None:
        """Require it of an entry's decisions; `rule_id`: what its year is judged by now."""
        # What was taken back is taken back however late, and what is judged again is judged without limit.
        if entry.restores_id is not None:
            return
        days = [self._last_of(number) for number in (entry.requirement_id, rule_id or entry.requirement_id)]
        known = [day for day in days if day is not None]
        if len(known) < len(days):
            return
        for decision in decisions:
            findings.require(
                f"decision {entry.pk}.{decision.sequence}",
                f"was taken after {max(known)}, when nothing was decided any more",
                holds=decision.verdict == "reversed" or self._day(decision.decided_at) <= max(known),
            )

    def _last_of(self, rule_id: int) -> date | None:
        # A rule that is gone is found and named elsewhere.
        place = self._places.get(rule_id)
        return None if place is None else self._last[place]

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _last_day(rule: Requirement) -> date | None:
    if rule.grace_days is None:
        return None
    return (rule.makeup_until_on or rule.cutoff_on) + timedelta(days=rule.grace_days)
