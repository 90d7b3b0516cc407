"""A month that can be archived: somebody watched in its middle, and over its last midnight."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
from pathlib import Path
from typing import Final

from django.db import connection

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.actions import archives
from tracking.demo import history
from tracking.models import ViewingArchive, partitions
from tracking.rules.months import Month

MONTH: Final = Month(2025, 9)
MIDNIGHT: Final = dt.datetime.fromtimestamp(MONTH.until_ms / 1_000, tz=dt.UTC)
#: A minute of viewing that begins now goes on in the next month.
EVENING: Final = MIDNIGHT - dt.timedelta(seconds=30)
#: Seals came after archives; without them sessions are archived as they are.
HAS_SEALS: Final = importlib.util.find_spec("tracking.actions.seals") is not None


def viewer(person: Person) -> Learner:
    """Return somebody who watched 20 s in the middle of the month, and a minute over its midnight."""
    if partitions.are_kept():
        with connection.cursor() as cursor:
            # A table whose checks are put off cannot change its shape.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with partitions.shaping():
            for month in {MONTH, MONTH.plus(1)} - partitions.months():
                partitions.make(month)
    at = make.learner(person)
    history.watch(at.enrolment, at.lesson, 20, EVENING - dt.timedelta(days=15))
    history.watch(at.enrolment, at.lesson, 60, EVENING)
    return at


def give_seals() -> None:
    """Give every sealed session its seal, as the sweep does."""
    if HAS_SEALS:
        importlib.import_module("tracking.actions.seals").give_seals(now=NOON)


def write(folder: Path, month: Month = MONTH, said: list[str] | None = None) -> ViewingArchive:
    """Archive a month."""
    give_seals()
    say = said.append if said is not None else (lambda _sentence: None)
    return archives.write(month=month, folder=folder, now=NOON, say=say)


def detach(folder: Path, month: Month = MONTH) -> str:
    """Detach an archived month."""
    return archives.detach(archive=ViewingArchive.objects.get(month=str(month)), folder=folder, now=NOON)
