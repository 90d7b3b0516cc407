"""Count a year's people for the dashboards, now: `manage.py count_years [--year 2026]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from learning.actions import tallies
from learning.actions.enrolments import local_year
from learning.models import Tally
from learning.models.clock import database_now


class Command(BaseCommand):
    """Count whether or not the last count has rested; the sweep does the same by itself."""

    help = "Counts a year's people for the dashboards, now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the year."""
        parser.add_argument("--year", type=int, help="The year to count; the present one unless said.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, and say how many and how long."""
        now = database_now()
        year = options["year"] or local_year(now)
        tallies.take(year=year, now=now)
        tally = Tally.objects.latest_of(year)
        if tally is not None:
            people = sum(tally.years.values_list("people", flat=True))
            self.stdout.write(f"{year}: {people} people in {tally.years.count()} lines, {tally.took_ms / 1_000:.2f} s")
