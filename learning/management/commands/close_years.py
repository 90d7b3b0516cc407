"""`manage.py close_years`: do at once what the sweep does by and by; safe to run twice."""

from typing import Any

from django.core.management.base import BaseCommand

from learning.actions import years
from learning.models.clock import database_now


class Command(BaseCommand):
    """Closes every year that is over and carries surplus into the next."""

    help = "Close the years that are over: unfinished places end, surplus goes into the next year."

    def handle(self, *args: Any, **options: Any) -> None:
        """Close block after block until nothing is due."""
        now = database_now()
        closed = 0
        while block := years.close_block(now=now):
            closed += block
        while block := years.close_with_surplus(now=now):
            closed += block
        self.stdout.write(f"{closed} years closed")
