"""manage.py bench <name>: measure, print a table, or one JSON object with --json."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from learning.management.bench import benchmarks


class Command(BaseCommand):
    """Runs one benchmark."""

    help = "Measure something and print it as a table; --json prints one object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one sub-command for each benchmark."""
        commands = parser.add_subparsers(dest="name", required=True, metavar="name")
        for name, benchmark in benchmarks().items():
            sub = commands.add_parser(name, help=benchmark.HELP)
            sub.add_argument("--json", action="store_true", help="Print one JSON object.")
            benchmark.add_arguments(sub)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Measure and print."""
        table = benchmarks()[options["name"]].run(**options)
        if options["json"]:
            self.stdout.write(json.dumps({"bench": options["name"], **table.as_object()}, ensure_ascii=False))
        else:
            self.stdout.write(table.as_text())
