"""Write the ledger as a stranger needs it to judge it offline (D9)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from learning.ledger_check import bundle
from learning.models.clock import database_now

_NOT_WRITTEN: Final = 2


class Command(BaseCommand):
    """Writes a folder with the ledger, its roots and keys, and the program that checks them."""

    help = "Write the ledger, its daily roots, keys and a verifier that stands alone into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder and the year."""
        parser.add_argument("folder", type=Path, help="a folder that is empty or not there yet")
        parser.add_argument("--year", type=int, help="only the rows of this year; the chains are always whole")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the bundle."""
        del args
        folder: Path = options["folder"]
        try:
            count = bundle.write(folder, year=options["year"], now=database_now())
        except bundle.FolderNotEmpty as reason:
            raise CommandError(f"{folder} is not empty.", returncode=_NOT_WRITTEN) from reason
        except OSError as reason:
            raise CommandError(f"Not written: {reason}", returncode=_NOT_WRITTEN) from reason
        self.stdout.write(f"{count:,} links written to {folder}; check them with {folder / 'verify.py'}")
