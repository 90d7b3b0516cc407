from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking import ledger_check
from tracking.demo import history

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 60, NOON - dt.timedelta(days=1))
    at.open(now_ms=make.NOON_MS)
    return at


def alter(sql: str) -> None:
    """Change a row behind the triggers' back, as somebody with the database's own rights can."""
    table = sql.rsplit("FROM", maxsplit=1)[-1].split(maxsplit=1)[0] if sql.startswith("DELETE") else sql.split()[1]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(sql)
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute(sql)


def test_finds_nothing_in_sound_data(at: Learner) -> None:
    assert list(ledger_check.differences()) == []


@pytest.mark.parametrize(
    "column",
    [
        "kind = 'late'",
        *(
            f"{name} = {name} + 1"
            for name in (
                "start_ms",
                "end_ms",
                "accrued_ms",
                "from_s",
                "to_s",
                "new_s",
                "deferred_s",
                "flags",
                "beat_count",
            )
        ),
    ],
)
def test_finds_an_altered_line(at: Learner, column: str) -> None:
    alter(f"UPDATE tracking_viewingentry SET {column} WHERE kind = 'seg' AND new_s > 0")  # noqa: S608

    found = list(ledger_check.differences())

    assert any("do not lead to its head" in sentence for sentence in found)
    assert any("is not what it was when it was proved" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("DELETE FROM tracking_viewingentry WHERE kind = 'seg'", "lines are missing"),
        ("UPDATE tracking_coverage SET covered_s = covered_s + 1", "its count is not the number of its seconds"),
        ("UPDATE tracking_coverage SET runs = X'01FF'", "seconds are stored, the ledger holds"),
        ("UPDATE tracking_viewingsession SET new_s = new_s + 5 WHERE ended_ms IS NOT NULL", "new seconds are stored"),
        ("UPDATE tracking_viewingsession SET media_digest = 'x'", "its header does not match its facts"),
        ("UPDATE tracking_watchedproof SET covered_s = 61", "its digest is not that of the viewing behind it"),
        ("UPDATE learning_evidence SET digest = 'x'", "its digest is not that of the viewing behind it"),
        ("DELETE FROM tracking_watchedproof", "no viewing stands behind it"),
    ],
)
def test_finds_an_altered_row(at: Learner, sql: str, sentence: str) -> None:
    if connection.vendor == "postgresql":
        sql = sql.replace("X'01FF'", "'\\x01ff'")
    alter(sql)

    assert any(sentence in found for found in ledger_check.differences())
