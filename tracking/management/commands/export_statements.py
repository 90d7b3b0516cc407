"""Write the xAPI statements of sealed sessions to a file, or put refused ones in the queue again."""

import hashlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from learning.models.clock import database_now
from tracking.actions import statement_exports, statements
from tracking.actions.parcels import as_json
from tracking.models import ViewingSession
from tracking.models.statement_export import tellable_sessions

_PERSONS: Final = 500
_SAY_EVERY: Final = 1_000


class Command(BaseCommand):
    """Streams: memory does not grow with the file. The same ledger gives the same bytes."""

    help = "Write xAPI statements of sealed viewing sessions, one JSON object a line, learner by learner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the days the sessions were opened on, and a course."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--out", metavar="FILE", help="the file to write; it appears when it is whole")
        what.add_argument("--requeue", action="store_true", help="send again what the record store refused or missed")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="D", help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="D", help="last day, YYYY-MM-DD")
        parser.add_argument("--course", metavar="KEY", help="the course's address name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one or the other."""
        del args
        if options["requeue"]:
            self._requeue()
            return
        sessions = _chosen(options["first"], options["last"], options["course"])
        target = Path(options["out"])
        # The process' number keeps two exports to one file apart.
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                digest = self._write(sessions, file)
            part.replace(target)
        except OSError as error:
            raise CommandError(f"{target} could not be written: {error}") from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"sha256 {digest}  {target}")

    def _requeue(self) -> None:
        now = database_now()
        refused = statement_exports.requeue_refused(now=now)
        missed = 0
        while queued := statement_exports.queue_sealed(now=now, is_from_start=True):
            missed += queued
        self.stdout.write(f"{refused} refused and {missed} missed sessions are due again.")

    def _write(self, sessions: QuerySet[ViewingSession], file: BinaryIO) -> str:
        """Write the statements and return the file's SHA-256 in hex."""
        digest = hashlib.sha256()
        session_count = statement_count = 0
        for person_id, session_ids in _by_person(sessions):
            for told in statements.of_person(person_id, session_ids):
                line = as_json(told.statement) + b"\n"
                digest.update(line)
                file.write(line)
                statement_count += 1
                if told.index == 0:
                    session_count += 1
                    if session_count % _SAY_EVERY == 0:
                        self._say(session_count, statement_count)
        self._say(session_count, statement_count)
        return digest.hexdigest()

    def _say(self, session_count: int, statement_count: int) -> None:
        self.stderr.write(f"{session_count:,} sessions, {statement_count:,} statements")
        sys.stderr.flush()


def _chosen(first: date | None, last: date | None, course: str | None) -> QuerySet[ViewingSession]:
    """Return the sessions opened on these days, both included, in the installation's time zone."""
    sessions = tellable_sessions()
    if first is not None:
        sessions = sessions.filter(opened_ms__gte=_midnight_ms(first))
    if last is not None:
        sessions = sessions.filter(opened_ms__lt=_midnight_ms(last + timedelta(days=1)))
    if course is not None:
        sessions = sessions.filter(lesson__edition__course_key=course)
    return sessions


def _midnight_ms(day: date) -> int:
    return int(timezone.make_aware(datetime.combine(day, time.min)).timestamp() * 1_000)


def _by_person(sessions: QuerySet[ViewingSession]) -> Iterator[tuple[int, set[int]]]:
    """Yield each learner with their sessions, by the learner's number: no long read stays open."""
    after = 0
    while True:
        later = sessions.filter(person_id__gt=after).order_by("person_id").values_list("person_id", flat=True)
        persons = list(later.distinct()[:_PERSONS])
        if not persons:
            return
        for person_id in persons:
            yield person_id, set(sessions.filter(person_id=person_id).values_list("pk", flat=True))
        after = persons[-1]
