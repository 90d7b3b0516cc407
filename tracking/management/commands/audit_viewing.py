"""Audit the viewing ledger with code that shares nothing with the crediting path (TRACKING §4)."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from learning.models.clock import database_now
from tracking.audit import Findings, NothingToAudit, Scope, audit, bundle

_NOT_JUDGED: Final = 2


class Command(BaseCommand):
    """Prints what was recomputed and every difference by name; exit 0 clean, 1 differences, 2 cannot be judged."""

    help = "Recompute viewing from its ledger; exit 0 clean, 1 on any difference, 2 when it cannot be judged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to look at, what others kept, and where the bundle goes."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--session", metavar="SID", help="one viewing session")
        what.add_argument("--credit", type=int, metavar="ID", help="everything a credit entry rests on")
        what.add_argument("--person", type=int, metavar="ID", help="all viewing of one person")
        what.add_argument("--all", action="store_true", help="everything")
        what.add_argument(
            "--from", dest="first_day", type=_day, metavar="D", help="sessions opened on this day or later"
        )
        parser.add_argument("--to", dest="last_day", type=_day, metavar="D", help="with --from: the last day (Beijing)")
        parser.add_argument("--anchors", metavar="FILE", help="daily roots as others kept them, one a line")
        parser.add_argument(
            "--bundle", metavar="OUT.zip", help="also write what a stranger needs to check this offline"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the checks, then write the bundle."""
        del args
        if options["last_day"] and not options["first_day"]:
            raise CommandError("--to goes with --from.", returncode=_NOT_JUDGED)
        scope = Scope(
            options["session"], options["credit"], options["person"], options["first_day"], options["last_day"]
        )
        now = database_now()
        try:
            findings = audit(scope, now=now, kept_lines=_kept(options["anchors"]))
            if options["bundle"]:
                count = bundle.write(Path(options["bundle"]), scope, now=now)
                findings.looked_at("sessions in the bundle", count)
        except (NothingToAudit, OSError, DatabaseError) as reason:
            raise CommandError(f"Cannot be judged: {reason}", returncode=_NOT_JUDGED) from reason
        self._tell(findings, is_json=options["json"])
        if findings.exit_code:
            sys.exit(findings.exit_code)

    def _tell(self, findings: Findings, *, is_json: bool) -> None:
        if is_json:
            told = {
                "checked": dict(findings.counts),
                "differences": findings.differences,
                "unjudged": findings.unjudged,
                "remarks": findings.remarks,
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        width = max((len(what) for what in findings.counts), default=0)
        for what, number in findings.counts.items():
            self.stdout.write(f"{what:<{width}}  {number:>10,}")
        self.stdout.write("")
        self._list("Facts, not differences", findings.remarks)
        self._list("Cannot be judged", findings.unjudged)
        for difference in findings.differences:
            self.stdout.write(self.style.ERROR(difference))
        style = self.style.ERROR if findings.differences else self.style.SUCCESS
        self.stdout.write(style(f"{len(findings.differences)} differences"))

    def _list(self, title: str, sentences: Sequence[str]) -> None:
        if sentences:
            self.stdout.write("\n".join([f"{title}:", *(f"  {sentence}" for sentence in sentences), ""]))


def _kept(path: str | None) -> list[str] | None:
    """Return the lines of a file of roots. Raises: OSError."""
    return Path(path).read_text(encoding="utf-8").splitlines() if path else None


def _day(text: str) -> date:
    """Read a day as people write it: 2026-11-19."""
    return date.fromisoformat(text)
