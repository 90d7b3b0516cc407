"""A ledger worth auditing, and hands that alter it behind the triggers' back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction

from learning.models import CreditEntry, Enrolment, Person
from learning.rules.requirements import TitleLevel
from tests.factories import learning as make
from tests.factories import tracking as viewing
from tests.factories.guards import rewrite_rules
from tests.factories.learning import NOON
from tests.factories.tracking import NOON_MS, Learner
from tracking import hearing
from tracking.actions import endings, roots, seals, watched
from tracking.audit import Findings, Scope, audit
from tracking.demo import history
from tracking.models import ViewingSession
from tracking.models.batch import commit, snapshot
from tracking.protocol import Answer, Beat, Bye, PreviousClaims

DAY = dt.timedelta(days=1)
#: When the ledger below is looked at: a minute after the last act.
NOW = NOON + dt.timedelta(minutes=5)


@dataclass(frozen=True)
class World:
    """Three learners, three days: watched, taken over, claimed late, checked, sealed, signed; one still plays."""

    ada: Learner
    other: Learner
    checked: Learner
    credit: CreditEntry
    running: ViewingSession


def build(ada: Person) -> World:
    make.BureauFactory(slug="kaifeng-bureau")
    at = viewing.learner(ada, exam_required=False)
    other = viewing.learner()
    history.watch(at.enrolment, at.lesson, 60, NOON - 2 * DAY)
    history.watch(other.enrolment, other.lesson, 40, NOON - 2 * DAY + dt.timedelta(hours=1))
    history.watch(at.enrolment, at.enrolment.edition.lessons.get(number=2), 60, NOON - 2 * DAY + dt.timedelta(hours=2))
    seals.give_seals(now=NOON - 2 * DAY + dt.timedelta(hours=3))
    checked = strict()
    watch_strictly(checked, now_ms=NOON_MS - 86_400_000)
    seals.give_seals(now=NOON - DAY + dt.timedelta(hours=1))
    _take_over(other)
    seals.give_seals(now=NOON - dt.timedelta(minutes=1))
    roots.close_days(now=NOON - dt.timedelta(minutes=1))
    roots.anchor_roots(now=NOON)
    running = _play_on(at)
    return World(at, other, checked, CreditEntry.objects.get(), running)


def findings(scope: Scope | None = None, *, now: dt.datetime = NOW, kept: list[str] | None = None) -> Findings:
    return audit(scope or Scope(), now=now, kept_lines=kept)


class Player:
    """A player at one lesson, its beats judged and stored as a socket's are; its clock moves as told."""

    def __init__(self, at: Learner, *, now_ms: int, **said: object) -> None:
        self.at, self.now_ms, self.played_ms, self.sequence = at, now_ms, 0, 0
        opened = at.open(now_ms=now_ms, **said)
        self.viewing, self.row, self.provisions = opened.viewing, opened.row, opened.provisions

    @property
    def session(self) -> ViewingSession:
        return ViewingSession.objects.get(pk=self.row.session_id)

    def play(self, *runs: tuple[int, int], seconds: int) -> None:
        """Say that these runs were played, `seconds` later."""
        self.played_ms += seconds * 1_000
        self._hear(Beat(self._next(), runs, self.played_ms, runs[-1][1] if runs else 0, "p", 0), seconds)

    def bye(self) -> None:
        self._hear(Bye(self._next(), (), self.played_ms, 0, "p", 0, "user"), 0)
        evidence_at = dt.datetime.fromtimestamp(self.now_ms / 1_000, tz=dt.UTC)
        watched.record_if_watched(enrolment_id=self.at.enrolment.pk, lesson_id=self.at.lesson.pk, now=evidence_at)

    def answer(self, *, seconds: int) -> None:
        """Answer the open check, `seconds` later."""
        self._hear(Answer(self.viewing.live.check_key, self.viewing.live.check_answer, seconds * 1_000), seconds)

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def _hear(self, said: Beat | Bye | Answer, seconds: int) -> None:
        self.now_ms += seconds * 1_000
        epoch = self.viewing.live.epoch
        heard = hearing.hear(self.viewing, said, self.provisions, now_ms=self.now_ms, epoch=epoch)
        assert commit([snapshot(self.row, self.viewing, heard.lines, heard.ending, heard.fate)])


def _take_over(at: Learner) -> None:
    """An hour ago a phone took over from a desk, which claimed its last seconds late; then both fell silent."""
    desk = Player(at, now_ms=NOON_MS - 3_600_000)
    desk.play((40, 50), seconds=10)
    late = PreviousClaims(str(desk.session.key), ((50, 55),))
    phone = Player(at, now_ms=desk.now_ms + 10_000, device="phone", is_takeover=True, previous=late)
    phone.play((55, 60), seconds=5)
    endings.end_silent(person_id=at.person.pk, now_ms=NOON_MS - 600_000)
    endings.seal_ended(now_ms=NOON_MS - 600_000)


def strict(person: Person | None = None) -> Learner:
    """A learner whose presence is checked every 20 s, and whom a missed check takes back to the last one passed."""
    at = viewing.learner(person or make.PersonFactory(title_level=TitleLevel.JUNIOR))
    rewrite_rules(
        at.enrolment.requirement_id,
        has_presence_checks=True,
        check_min_s=20,
        check_max_s=20,
        check_answer_s=5,
        missed_check="rewind",
    )
    return replace(at, enrolment=Enrolment.objects.get(pk=at.enrolment.pk))


def watch_strictly(at: Learner, *, now_ms: int) -> Player:
    """Miss the first check and lose 20 s, watch them again, pass, and watch to the end."""
    player = Player(at, now_ms=now_ms)
    player.play((0, 20), seconds=20)
    player.play(seconds=30)
    player.answer(seconds=2)
    for from_s in (0, 20, 40):
        player.play((from_s, from_s + 10), seconds=10)
        player.play((from_s + 10, from_s + 20), seconds=10)
        player.answer(seconds=2)
    player.bye()
    return player


def _play_on(at: Learner) -> ViewingSession:
    """Open again what is finished, and watch some of it again; the segment stays open."""
    player = Player(at, now_ms=NOON_MS)
    player.play((0, 20), (30, 40), seconds=60)
    player.play((40, 50), seconds=10)
    return player.session


@contextmanager
def lifted(*tables: str) -> Iterator[None]:
    """Take the triggers off tables, as somebody with the database's own rights can; all is undone afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
                continue
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        transaction.set_rollback(True)


def execute(sql: str, *values: Any) -> int:
    """Run one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)
