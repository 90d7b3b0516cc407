"""Recompute the whole ledger with code that shares nothing with the issuing path (D9)."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from learning import ledger_check
from learning.actions import ledger_verifications
from learning.models.clock import database_now


class Command(BaseCommand):
    """Prints what was checked and every difference by name; exit code 1 when there is one."""

    help = "Recompute every entry, record, certificate, credential and audit line; exit 1 on any difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a year and the form of the answer."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--year", type=int, help="only the entries, records and certificates of this year")
        what.add_argument(
            "--since",
            action="store_true",
            help="only the people written to since the last run that found nothing; everything, if there was none",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the checks."""
        del args
        now = database_now()
        since = ledger_verifications.last() if options["since"] else None
        scope = ledger_check.Scope(year=options["year"], since=since)
        report = ledger_check.run(scope)
        if report.is_clean and scope.year is None:
            ledger_verifications.record(**asdict(report.mark), is_full=scope.is_everything, now=now)
        if options["json"]:
            self.stdout.write(
                json.dumps({"checked": report.counts, "differences": report.differences}, ensure_ascii=False)
            )
        else:
            self._print_table(report)
        if not report.is_clean:
            sys.exit(1)

    def _print_table(self, report: ledger_check.Report) -> None:
        width = max((len(what) for what in report.counts), default=0)
        for what, number in report.counts.items():
            self.stdout.write(f"{what:<{width}}  {number:>10,}")
        self.stdout.write("")
        if report.is_clean:
            self.stdout.write(self.style.SUCCESS("0 differences"))
            return
        for difference in report.differences:
            self.stdout.write(self.style.ERROR(difference))
        self.stdout.write(self.style.ERROR(f"{len(report.differences)} differences"))
