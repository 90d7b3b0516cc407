"""One simulated world: learners, a server that dies, a database that stays away, clocks that step.

Everything follows from the seed, so that a failing one can be lived through again. Real are the
consumers, the group commit, the rule, the statements and the database; simulated are time, the
network and the process's end. After each misfortune and at the end the ledger is judged by the
independent check, and by what the players were told. Source: RELIABILITY R13, TRACKING §2 I1-I8.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from django.db import OperationalError, connections

from learning.together import side_threads
from tests.factories.guards import rewrite_rules
from tests.factories.tracking import NOON_MS, Learner
from tests.tracking.simulator.node import Node, running
from tests.tracking.simulator.players import Cheat, Viewer
from tests.tracking.simulator.time import VirtualLoop
from tracking import access, consumers, group_commit, ledger_check, tasks
from tracking.actions import watched
from tracking.group_commit import writing
from tracking.models import Coverage, LiveViewing, ViewingSession, clock
from tracking.models.clock import process_clock

STORM_S = 400.0
CALM_S = 4_000.0


class Violation(AssertionError):
    """The world broke a promise; the message names the seed."""


def committer_of_this_process() -> group_commit.GroupCommitter:
    return running.get().committer


def done_at_once(work: Callable[[], Any]) -> Any:
    return work()


class World:
    """One seed, lived from beginning to end."""

    def __init__(self, seed: int, learners: list[Learner]) -> None:
        self.seed = seed
        self.chance = random.Random(seed)  # noqa: S311 -- a world, not a secret
        self.connection = connections["default"]
        self.loop = VirtualLoop()
        self.loop.judge_work = self._judge_work
        self.loop.work_takes_s = lambda: self.chance.choice([0.001, 0.005, 0.05])
        self.honest, self.crooked = learners
        self.step_ms = 0
        self.away_until_s = -1.0
        self.furthest_step_ms = 0

    def live(self) -> None:
        """Live through the storm and the calm after it. Raises: Violation."""
        try:
            with self._stand_ins():
                self.loop.run_until_complete(self._live())
        except Exception as error:
            raise Violation(f"seed {self.seed}: {error!r}") from error
        finally:
            self._end()

    def _end(self) -> None:
        """Leave no task behind."""
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.close()

    async def _live(self) -> None:
        # Django keeps a connection for each loop; in here it is the test's own, whose rows are undone.
        connections["default"] = self.connection
        self._set_rules()
        self.node = Node()
        lag_s = lambda: self.chance.choice([0.0, 0.02, 0.3, 1.5])  # noqa: E731 -- one line says it
        viewer = Viewer(self.honest, lambda: self.node, self.chance, lag_s)
        cheat = Cheat(self.crooked, lambda: self.node, self.chance, lag_s)
        cheating = asyncio.create_task(cheat.cheat(until_s=STORM_S))
        misfortunes = asyncio.create_task(self._misfortunes(viewer))
        await viewer.watch(give_up_s=CALM_S)
        await misfortunes
        await cheating
        self._judge()
        assert viewer.acked == viewer.everything, f"the honest viewer lacks {viewer.everything & ~viewer.acked:b}"
        assert self._held_s(self.honest) == viewer.duration_s
        for player, at in ((viewer, self.honest), (cheat, self.crooked)):
            assert self._held_s(at) >= player.most_confirmed_s, "an acknowledged second is gone"
        self.node.kill()
        await asyncio.sleep(0)

    def _set_rules(self) -> None:
        """Draw the requirement both learners study under."""
        has_checks = self.chance.random() < 0.5
        missed = self.chance.choice(["hold", "hold", "rewind"])
        rewrite_rules(
            has_presence_checks=has_checks,
            check_min_s=25,
            check_max_s=60,
            missed_check=missed if has_checks else "hold",
        )

    async def _misfortunes(self, viewer: Viewer) -> None:
        befall: list[Callable[[Viewer], Any]] = [
            self._kill, self._lose_the_database, self._step_the_clock, self._cut, self._crash, self._pause, self._sweep,
        ]  # fmt: skip
        while self.loop.time() < STORM_S:
            await asyncio.sleep(self.chance.uniform(5, 90))
            await self.chance.choice(befall)(viewer)

    async def _kill(self, _viewer: Viewer) -> None:
        self.node.kill()
        await asyncio.sleep(self.chance.choice([0.0, 2.0, 20.0]))
        self._judge()
        process_clock.offset_ms = None
        process_clock._last_ms = 0
        self.node = Node()

    async def _lose_the_database(self, _viewer: Viewer) -> None:
        self.away_until_s = self.loop.time() + self.chance.choice([0.3, 3.0, 45.0])

    async def _step_the_clock(self, _viewer: Viewer) -> None:
        self.step_ms += self.chance.choice([-90_000, -2_000, 700, 60_000])
        self.furthest_step_ms = max(self.furthest_step_ms, self.step_ms)

    async def _cut(self, viewer: Viewer) -> None:
        viewer.lose_the_net(self.chance.choice([1.0, 20.0, 150.0]))

    async def _crash(self, viewer: Viewer) -> None:
        viewer.crash()

    async def _pause(self, viewer: Viewer) -> None:
        viewer.paused_until_s = self.loop.time() + self.chance.choice([5.0, 130.0])

    async def _sweep(self, _viewer: Viewer) -> None:
        tasks.seal_silent_viewings()
        self._judge()

    def _judge(self) -> None:
        """Ask the independent check, and compare with the server's own clock."""
        found = list(ledger_check.differences())
        assert not found, found
        latest_ms = NOON_MS + int(self.loop.time() * 1_000) + self.furthest_step_ms
        for row in LiveViewing.objects.all():
            first = ViewingSession.objects.filter(person_id=row.pk).order_by("opened_ms").first()
            if first is None:
                continue
            credited_s = sum(seen.confirmed_s + seen.provisional_s for seen in self._coverage(row.pk))
            assert row.mark_ms <= latest_ms, "the learner's mark runs ahead of every clock"
            assert credited_s * 1_000 <= row.mark_ms - first.opened_ms, "more was credited than time passed"

    def _coverage(self, person_id: int) -> list[Any]:
        learner = self.honest if self.honest.person.pk == person_id else self.crooked
        return [Coverage.objects.held(enrolment_id=learner.enrolment.pk, lesson_id=learner.lesson.pk)]

    def _held_s(self, at: Learner) -> int:
        return Coverage.objects.held(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk).confirmed_s

    def _judge_work(self, work: Callable[[], Any]) -> Any:
        """Do what a thread would do with the database; while that is away, fail before or after."""
        if self.loop.time() >= self.away_until_s:
            return work()
        if self.chance.random() < 0.2:
            work()
        raise OperationalError("the database is away")

    def _database_ms(self) -> int:
        return NOON_MS + int(self.loop.time() * 1_000) + self.step_ms

    def _database_now(self) -> datetime:
        return datetime.fromtimestamp(self._database_ms() / 1_000, tz=UTC)

    def _boottime_ms(self) -> int:
        return int(self.loop.time() * 1_000)

    @contextmanager
    def _stand_ins(self) -> Iterator[None]:
        """Put time, and what belongs to one process, under the world's hand."""
        process_clock.offset_ms, process_clock._last_ms = None, 0
        with (
            mock.patch.object(clock, "_database_ms", self._database_ms),
            mock.patch.object(clock, "_boottime_ms", self._boottime_ms),
            mock.patch.object(group_commit, "committer", committer_of_this_process),
            mock.patch.object(access, "get_channel_layer", return_value=None),
            mock.patch.object(consumers, "monotonic", self.loop.time),
            mock.patch.object(side_threads, "_on_sound_connection", done_at_once),
            mock.patch.object(watched, "database_now", self._database_now),
            mock.patch.object(tasks, "database_now", self._database_now),
            mock.patch.object(secrets, "randbelow", self.chance.randrange),
            mock.patch.object(writing, "disconnect", return_value=None) as disconnect,
            mock.patch.object(side_threads, "disconnect", disconnect),
        ):
            self.loop.never_fails.append(disconnect)
            try:
                yield
            finally:
                process_clock.offset_ms, process_clock._last_ms = None, 0
