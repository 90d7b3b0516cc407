"""manage.py catalogues: update, check and compile the project's own translations."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from learning.management import catalogues


class Command(BaseCommand):
    """Keeps zh-Hans and en complete."""

    help = "Update the catalogues from the sources and compile them; --check only reports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --check and --compile."""
        parser.add_argument("--check", action="store_true", help="Report missing, unused and fuzzy entries.")
        parser.add_argument("--compile", action="store_true", help="Only write the .mo files.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run. Raises: CommandError, when --check finds a problem."""
        if options["check"]:
            found = catalogues.problems()
            if found:
                raise CommandError("\n".join(found))
            self.stdout.write("The catalogues are complete.")
            return
        if not options["compile"]:
            catalogues.update()
        self.stdout.write(f"{catalogues.compile_all()} catalogues compiled.")
