"""manage.py make_people: fill a database with invented people, their years and the ledger over them."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from learning.actions.enrolments import local_year
from learning.management.load import grounds, people, rows
from learning.models import Person
from learning.models.clock import database_now

#: Blocks between two lines of progress.
_TELL_EVERY: Final = 10


class Command(BaseCommand):
    """Makes people by COPY on PostgreSQL, by `executemany` on SQLite."""

    help = (
        "Make invented people with records, hours in every state and certificates, for trying and measuring. "
        "learner@people.test, auditor@people.test, officer@people.test and second-officer@people.test may sign in: "
        "in a demo with its password, elsewhere with --password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many, of which year, and where it is allowed."""
        parser.add_argument("--people", type=int, required=True, help="how many to make")
        parser.add_argument("--year", type=int, help="the year they are told of; default: the present one")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people")
        parser.add_argument("--beside", action="store_true", help="add them to the people there are")
        parser.add_argument("--password", default="", help="of the four who may sign in; without one nobody can")
        parser.add_argument(
            "--not-a-demo", action="store_true", help="also where real people may be: nothing takes them out again"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them. Raises: CommandError, where that is not to be done."""
        del args
        now = database_now()
        self._refuse(options)
        try:
            on = grounds.lay(options["year"] or local_year(now), password=options["password"], now=now)
        except grounds.OtherPlaces as reason:
            raise CommandError(
                "This database has regions of its own, and made people live in the demo's. Use an empty database."
            ) from reason
        done = people.make(options["people"], on=on, seed=options["seed"], now=now, tell=self._tell)
        rows.let_the_planner_know()
        told = {"people": done.people, "rows": done.rows, "seconds": round(done.seconds, 1), "seed": options["seed"]}
        if options["json"]:
            self.stdout.write(json.dumps({"make_people": told | {"year": on.year}}))
        else:
            self.stdout.write(self.style.SUCCESS(f"{_line(done)}. verify_ledger judges what was made."))

    def _refuse(self, options: dict[str, Any]) -> None:
        if options["people"] < 1:
            raise CommandError("--people must be more than 0.")
        if not settings.IS_DEMO and not options["not_a_demo"]:
            raise CommandError(
                "This installation is not a demo. What is made cannot be taken out of a ledger again; "
                "if the database is only for measuring, say --not-a-demo."
            )
        if not options["beside"] and Person.objects.exists():
            raise CommandError("This database already holds people. Use an empty one, or say --beside to add to them.")

    def _tell(self, progress: people.Progress) -> None:
        if progress.people % (people.BLOCK * _TELL_EVERY) == 0:
            self.stderr.write(_line(progress))


def _line(progress: people.Progress) -> str:
    seconds = max(progress.seconds, 0.001)
    return (
        f"{progress.people:,} people, {progress.rows:,} rows in {progress.seconds:,.0f} s "
        f"({progress.people / seconds:,.0f} people/s, {progress.rows / seconds:,.0f} rows/s)"
    )
