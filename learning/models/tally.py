"""Tallies: a year's people, counted once so that pages read a few rows instead of a million.

A tally is one day's count of one year; counting again that day replaces it, and the day
stays for as long as a week's change is told. Its lines:

- `YearTally`: everybody once, by region, title level and employing unit; `PersonTally` says who they are.
- `BaseTally`: who earned hours at a base, by region; somebody may stand at several.
- `QueueTally`: the hours that wait, by who holds them.

Nothing is decided by these figures; `actions.tallies` counts them anew from the records.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from learning.models.organisation import Organisation
from learning.models.region import Region
from learning.rules.credit_states import State
from learning.rules.year_status import YearStatus


class TallyQuerySet(models.QuerySet["Tally"]):
    """Filters on tallies."""

    def latest_of(self, year: int) -> Tally | None:
        """Return the year's newest count, or None."""
        return self.filter(year=year, counted_at__isnull=False).order_by("-counted_on").first()

    def week_before(self, tally: Tally) -> Tally | None:
        """Return the newest count of the same year that is at least a week older, or None."""
        day = tally.counted_on - dt.timedelta(days=7)
        found = self.filter(year=tally.year, counted_on__lte=day, counted_at__isnull=False)
        return found.order_by("-counted_on").first()


class Tally(models.Model):
    """One day's count of one year; `counted_at` is None until it was first finished."""

    year = models.PositiveSmallIntegerField(_("year"))
    counted_on = models.DateField(_("counted on"), help_text=_("The day here, by the server's clock."))
    counted_at = models.DateTimeField(_("counted at"), null=True)
    took_ms = models.PositiveIntegerField(_("time taken, ms"), default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["year", "counted_on"], name="tally_once_a_day"),
        ]

    def __str__(self) -> str:
        """Say what was counted when."""
        return f"{self.year} @ {self.counted_on}"


class PeopleCounts(models.Model):
    """How many people stand how; each stands one way."""

    people = models.PositiveIntegerField()
    qualified = models.PositiveIntegerField(default=0)
    awaiting = models.PositiveIntegerField(default=0)
    on_track = models.PositiveIntegerField(default=0)
    at_risk = models.PositiveIntegerField(default=0)
    making_up = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    not_started = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def by_status(self) -> dict[YearStatus, int]:
        """The counts by status, the best first."""
        return {status: getattr(self, status) for status in YearStatus}


def _adds_up(name: str) -> models.CheckConstraint:
    parts = sum((F(status.value) for status in YearStatus), start=models.Value(0))
    return models.CheckConstraint(condition=Q(people=parts), name=name)


class YearTally(PeopleCounts):
    """Everybody of one region, title level and employing unit (None: of none)."""

    tally = models.ForeignKey(Tally, on_delete=models.CASCADE, related_name="years")
    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="+")
    title_level = models.CharField(max_length=16)
    employer = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    confirmed_centihours = models.BigIntegerField(default=0)
    pending_centihours = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("tally of a year")
        verbose_name_plural = _("tallies of years")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tally", "region", "title_level", "employer"],
                condition=Q(employer__isnull=False),
                name="year_tally_once",
            ),
            models.UniqueConstraint(
                fields=["tally", "region", "title_level"],
                condition=Q(employer__isnull=True),
                name="year_tally_once_without_employer",
            ),
            _adds_up("year_tally_adds_up"),
        ]

    def __str__(self) -> str:
        """Say who is counted."""
        return f"{self.tally_id}: {self.region_id}/{self.title_level}/{self.employer_id}"


class BaseTally(PeopleCounts):
    """Everybody of one region who earned hours at one base; each once."""

    tally = models.ForeignKey(Tally, on_delete=models.CASCADE, related_name="bases")
    base = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("tally of a base")
        verbose_name_plural = _("tallies of bases")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tally", "base", "region"], name="base_tally_once"),
            _adds_up("base_tally_adds_up"),
        ]

    def __str__(self) -> str:
        """Say who is counted."""
        return f"{self.tally_id}: {self.base_id}/{self.region_id}"


class QueueTally(models.Model):
    """The hours of one bureau that wait at one place, audited by one body."""

    tally = models.ForeignKey(Tally, on_delete=models.CASCADE, related_name="queues")
    bureau = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    auditor = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in State])
    entries = models.PositiveIntegerField()
    centihours = models.BigIntegerField()
    oldest_at = models.DateTimeField()
    #: How many have waited a week, and how many two.
    week_entries = models.PositiveIntegerField(default=0)
    fortnight_entries = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("tally of a queue")
        verbose_name_plural = _("tallies of queues")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tally", "bureau", "auditor", "state"], name="queue_tally_once"),
        ]

    def __str__(self) -> str:
        """Say what waits where."""
        return f"{self.tally_id}: {self.auditor_id}/{self.bureau_id} {self.state}"


def status_counts() -> dict[str, models.Count]:
    """Return the aggregates that fill `PeopleCounts` from rows that each say one person's `status`."""
    counts = {str(status): models.Count("pk", filter=Q(status=str(status))) for status in YearStatus}
    return {"people": models.Count("pk"), **counts}
