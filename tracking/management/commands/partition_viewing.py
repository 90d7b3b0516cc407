"""manage.py partition_viewing: the daily sweep by hand, and for any number of rows without a month."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from learning.models.clock import database_now
from tracking.actions import partitions


class Command(BaseCommand):
    """Makes the coming months; with --move-all lets every row of the default partition find its month."""

    help = "PostgreSQL: make the viewing ledger's partitions of this month and the next two."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how far to go."""
        parser.add_argument(
            "--move-all",
            action="store_true",
            help=f"move the rows without a month even if they are more than {partitions.CHEAP_ROWS}; readers wait",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run both verbs."""
        del args
        now = database_now()
        try:
            made = partitions.make_ahead(now=now)
            moved = partitions.move_strays(now=now, most=None if options["move_all"] else partitions.CHEAP_ROWS)
        except OperationalError as error:
            raise CommandError(f"The ledger is too busy to be changed now; run this again: {error}") from error
        self.stdout.write(f"made: {', '.join(map(str, made)) or 'none'}; moved: {moved} rows")
