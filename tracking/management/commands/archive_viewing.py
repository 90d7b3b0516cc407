"""manage.py archive_viewing: an old month of viewing into a bundle; --check reads one back."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from learning.models.clock import database_now
from tracking.actions import archives
from tracking.models import ViewingArchive, partitions
from tracking.models.bundle import BrokenBundleError, Bundle
from tracking.rules.months import Month


class Command(BaseCommand):
    """Writes and checks bundles; exit code 1 when a bundle does not hold or a month must stay."""

    help = "Write a month of viewing into a bundle and check every chain in it; --check FILE checks a bundle again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a month to archive, or a file to check."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--month", type=_month, help="the month to archive, such as 2025-10")
        what.add_argument("--check", type=Path, metavar="FILE", help="read a bundle and check all of it")
        parser.add_argument("--out", type=Path, metavar="DIR", help="the bundle's folder (default: the settings')")
        parser.add_argument(
            "--detach", action="store_true", help="PostgreSQL: take the month's partition out of the ledger afterwards"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Archive or check."""
        del args
        if options["check"]:
            self._check(options["check"])
            return
        folder: Path = options["out"] or Path(settings.VIEWING_ARCHIVE_DIR)
        if options["detach"] and not partitions.are_kept():
            raise CommandError("SQLite keeps the ledger in one table: nothing can be detached, the rows stay.")
        try:
            self._archive(options["month"], folder, is_to_detach=options["detach"])
        except archives.NotArchivable as refusal:
            raise CommandError(str(refusal)) from refusal
        except OperationalError as error:
            raise CommandError(f"The ledger is too busy to be changed now; run this again: {error}") from error

    def _archive(self, month: Month, folder: Path, *, is_to_detach: bool) -> None:
        now = database_now()
        archive = ViewingArchive.objects.filter(month=str(month)).first()
        # Asked to detach what was archived before, it is enough to check the bundle, which detaching does.
        if archive is None or not is_to_detach or not (folder / archive.file_name).exists():
            archive = archives.write(month=month, folder=folder, now=now, say=self.stdout.write)
        table = archives.detach(archive=archive, folder=folder, now=now) if is_to_detach else ""
        self.stdout.write(self.style.SUCCESS(f"{folder / archive.file_name}: every chain holds"))
        self.stdout.write(f"{archive.session_count} sessions, {archive.line_count} lines, digest {archive.digest}")
        if table:
            self.stdout.write(f"{month} is detached. Its rows stand in {table} until you drop it.")
        elif not partitions.are_kept():
            self.stdout.write("SQLite keeps the ledger in one table: the rows stay in the database as well.")

    def _check(self, path: Path) -> None:
        """Print every fault of a bundle."""
        try:
            with Bundle(path) as bundle:
                faults = list(bundle.faults())
                manifest = bundle.manifest
        except BrokenBundleError as broken:
            raise CommandError(str(broken)) from broken
        recorded = ViewingArchive.objects.filter(month=str(manifest.month)).first()
        if recorded is None:
            self.stdout.write(f"This database has no record of an archive of {manifest.month}.")
        elif recorded.digest != manifest.digest:
            faults.append(f"{path.name}: its digest is {manifest.digest}, recorded was {recorded.digest}")
        for fault in faults:
            self.stdout.write(self.style.ERROR(fault))
        self.stdout.write(
            f"{manifest.month}: {manifest.sessions} sessions, {manifest.lines} lines, {len(faults)} faults"
        )
        if faults:
            sys.exit(1)


def _month(text: str) -> Month:
    return Month.parse(text)
