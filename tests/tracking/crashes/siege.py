"""Blows under load: server processes killed, PostgreSQL stopped at once, nodes renewed one by one.

`besiege` needs running nodes and signed-in learners. After each blow, and at the end, the database
is judged by what the viewers were promised until then.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.factories.tracking import Learner
from tests.services import Cluster
from tests.tracking.crashes.judgement import Judgement, judge
from tests.tracking.crashes.viewer import Tally, Viewer
from tests.tracking.server import Server
from tracking.actions import tickets

_PATIENCES_S = (10.0, 45.0)
_STOPPED_S = (0.0, 3.0)
_LONG_STOP_S = 36.0
_SETTLE_S = 90.0
#: What was played while no session could be paid for it is watched again at the end, a second for a second.
_CATCH_UP_S = 300.0
_QUIET_S = (0.1, 1.5)
_COMMIT_S = (0.1, 0.25)
_POWER_CUT_SHARE = 0.1


@dataclass(frozen=True)
class Plan:
    """What to do to the nodes, in an order that the seed draws. `drain_s`: how long viewers take to leave."""

    seed: int
    kills: int = 0
    stops: int = 0
    has_long_stop: bool = False
    is_rolling: bool = False
    drain_s: float = 10.0


@dataclass
class Verdict:
    """The figures of a run, and what is wrong with them."""

    plan: Plan
    tally: Tally
    kills: int = 0
    stops: int = 0
    renewed: int = 0
    seconds: float = 0.0
    slowest_return_s: dict[str, float] = field(default_factory=dict)
    slowest_ack_s: dict[str, float] = field(default_factory=dict)
    judgements: list[Judgement] = field(default_factory=list)
    owed_s: list[int] = field(default_factory=list)
    unsaved_s: int = 0

    def faults(self) -> list[str]:
        """Return one sentence for each thing that must not be, each once."""
        found = [fault for judged in self.judgements for fault in judged.faults] + self.tally.faults
        if self.unsaved_s:
            found.append(f"{self.unsaved_s} s that were honestly played were never acknowledged")
        return list(dict.fromkeys(found))

    def words(self) -> str:
        """Return the run as text."""
        last = self.judgements[-1]
        lost_s = max(judged.lost_s for judged in self.judgements)
        doubled_s = max(judged.doubled_s for judged in self.judgements)
        slowest = ", ".join(f"{phase} {wait_s:.1f} s" for phase, wait_s in self.slowest_return_s.items())
        slowest_acks = ", ".join(f"{phase} {wait_s:.1f} s" for phase, wait_s in self.slowest_ack_s.items())
        blows = f"{self.kills} kills, {self.stops} stops of the database, {self.renewed} nodes renewed"
        return "\n".join(
            [
                f"seed {self.plan.seed}: {blows}, {len(self.judgements)} judgements in {self.seconds:.0f} s",
                f"{self.tally.openings} openings, {self.tally.acks} beats acknowledged",
                f"seconds acknowledged {last.acknowledged_s}, held {last.held_s}, lost {lost_s}, doubled {doubled_s}",
                f"seconds owed when play ended {sum(self.owed_s)} (at most {max(self.owed_s)}), never {self.unsaved_s}",
                f"longest from a break to the next acknowledgement: {slowest}",
                f"longest from a beat to its acknowledgement: {slowest_acks}",
                f"ends of sockets: {', '.join(f'{how} {count}' for how, count in self.tally.ends.most_common())}",
                *(f"FAULT {fault}" for fault in self.faults()[:20]),
            ]
        )


class Siege:
    """One run: the viewers beside the blows."""

    def __init__(
        self, learners: Sequence[Learner], nodes: Sequence[Server], plan: Plan, cluster: Cluster | None
    ) -> None:
        self._nodes, self._plan, self._cluster = nodes, plan, cluster
        self._chance = random.Random(plan.seed)  # noqa: S311 -- blows, no secrets
        self._tally = Tally()
        self._verdict = Verdict(plan, self._tally)
        self._nursery = asyncio.Lock()
        self._restarts: dict[int, asyncio.Task[None]] = {}
        ports = [node.port for node in nodes]
        self._viewers = [
            (
                at,
                Viewer(
                    at.session_key,
                    _tickets_of(at),
                    ports,
                    self._tally,
                    chance=random.Random(self._chance.random()),  # noqa: S311 -- as above
                    patience_s=_PATIENCES_S[number % 2],
                    drain_s=plan.drain_s,
                ),
            )
            for number, at in enumerate(learners)
        ]

    async def run(self, report: Callable[[str], None]) -> Verdict:
        """Strike every blow of the plan, then let the viewers settle, and judge."""
        started_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _at, viewer in self._viewers:
                group.create_task(viewer.watch())
            await self._until_all_watch()
            blows = ["kill"] * self._plan.kills + ["stop"] * self._plan.stops
            self._chance.shuffle(blows)
            await self._strike(blows, report)
            for restart in self._restarts.values():
                await restart
            if self._plan.is_rolling:
                await self._renew_each(report)
            await self._settle()
        await self._judge("settling")
        self._verdict.seconds = time.monotonic() - started_s
        self._verdict.unsaved_s = sum(len(viewer.pending) for _at, viewer in self._viewers)
        return self._verdict

    async def _strike(self, blows: Sequence[str], report: Callable[[str], None]) -> None:
        for number, blow in enumerate(blows, start=1):
            if blow == "stop":
                await self._stop_database()
            elif self._verdict.kills < self._plan.kills:
                await self._kill()
            else:
                continue  # a power cut has counted for this one
            judged = self._verdict.judgements[-1]
            report(
                f"{number} of {len(blows)} ({blow}): acknowledged {judged.acknowledged_s}, held {judged.held_s}, "
                f"faults {len(judged.faults) + len(self._tally.faults)}"
            )

    async def _kill(self) -> None:
        """Kill a node that has viewers, at a moment nobody expects; now and then all of them at once."""
        node = await self._busy_node()
        await self._moment(node.port)
        struck = [node]
        is_power_cut = self._chance.random() < _POWER_CUT_SHARE
        if is_power_cut and self._verdict.kills + len(self._nodes) <= self._plan.kills:
            struck = [each for each in self._nodes if self._is_up(each)]
        for each in struck:
            each.kill()
        self._verdict.kills += len(struck)
        await self._judge("kills")
        for each in struck:
            self._restarts[each.port] = asyncio.create_task(self._restart(each))

    async def _restart(self, node: Server) -> None:
        """Start a node again; one after the other, as the nursery wants it."""
        async with self._nursery:
            await asyncio.to_thread(node.start)

    async def _busy_node(self) -> Server:
        """Return a node that somebody watches at; wait until most viewers watch again."""
        while True:
            busy = [node for node in self._nodes if self._is_up(node) and self._tally.attached[node.port]]
            if busy and sum(self._tally.attached.values()) * 2 > len(self._viewers):
                return self._chance.choice(busy)
            await asyncio.sleep(0.05)

    def _is_up(self, node: Server) -> bool:
        restart = self._restarts.get(node.port)
        if restart is not None and restart.done():
            restart.result()
        return node.pid is not None and (restart is None or restart.done())

    async def _moment(self, port: int) -> None:
        """Let a moment come: any; while acknowledgements go out; or while the batch after them is written."""
        kind = self._chance.choice(["any", "acks", "commit"])
        if kind == "any":
            await asyncio.sleep(self._chance.uniform(*_QUIET_S))
            return
        try:
            await asyncio.wait_for(self._tally.next_ack(port), _SETTLE_S)
        except TimeoutError:
            return
        if kind == "commit":
            await asyncio.sleep(self._chance.uniform(*_COMMIT_S))

    async def _stop_database(self) -> None:
        """Stop PostgreSQL as a crash would, for a while, and start it again. The first may be a long one."""
        assert self._cluster is not None
        await self._busy_node()
        await asyncio.sleep(self._chance.uniform(*_QUIET_S))
        is_long = self._plan.has_long_stop and not self._verdict.stops
        await asyncio.to_thread(self._cluster.stop_immediately)
        await asyncio.sleep(_LONG_STOP_S if is_long else self._chance.uniform(*_STOPPED_S))
        await asyncio.to_thread(self._cluster.start)
        self._verdict.stops += 1
        acks = self._tally.acks
        await _until(lambda: self._tally.acks > acks)
        await self._judge("stops")

    async def _renew_each(self, report: Callable[[str], None]) -> None:
        """Drain, stop and start one node after the other: a rolling restart."""
        self._forget_slowest()
        for node in self._nodes:
            before = self._tally.attached[node.port]
            node.drain()
            await _until(lambda port=node.port: not self._tally.attached[port], self._plan.drain_s + 3)  # type: ignore[misc]
            left = self._tally.attached[node.port]
            await asyncio.to_thread(node.stop)
            await asyncio.to_thread(node.start)
            self._verdict.renewed += 1
            await self._judge("rolling")
            report(f"node {node.port} renewed: {before} viewers before, {left} still there at its end")

    async def _until_all_watch(self) -> None:
        await _until(lambda: self._tally.openings >= len(self._viewers))

    async def _settle(self) -> None:
        """Let the viewers end playing and have everything acknowledged; who cannot is given up."""
        for _at, viewer in self._viewers:
            viewer.is_playing = False
        self._verdict.owed_s = [len(viewer.pending) for _at, viewer in self._viewers]
        await _until(lambda: all(viewer.is_done for _at, viewer in self._viewers), _CATCH_UP_S)
        for _at, viewer in self._viewers:
            viewer.is_done = True

    async def _judge(self, phase: str) -> None:
        """Judge what is stored by what was promised until now, and note how long viewers waited."""
        promised = [(at, frozenset(viewer.acknowledged)) for at, viewer in self._viewers]
        self._verdict.judgements.append(await asyncio.to_thread(judge, promised))
        tally, verdict = self._tally, self._verdict
        verdict.slowest_return_s[phase] = max(verdict.slowest_return_s.get(phase, 0.0), tally.slowest_return_s)
        verdict.slowest_ack_s[phase] = max(verdict.slowest_ack_s.get(phase, 0.0), tally.slowest_ack_s)
        self._forget_slowest()

    def _forget_slowest(self) -> None:
        self._tally.slowest_return_s = self._tally.slowest_ack_s = 0.0


async def _until(is_so: Callable[[], bool], within_s: float = _SETTLE_S) -> None:
    """Wait until something is so, or the time is up: what follows shows which."""
    until_s = time.monotonic() + within_s
    while not is_so() and time.monotonic() < until_s:  # noqa: ASYNC110 -- what is waited for has no event
        await asyncio.sleep(0.05)


def _tickets_of(at: Learner) -> Callable[[], str]:
    """Return where fresh tickets come from: the page's own, and they ask no database."""
    place, session_key = at.place, at.session_key
    return lambda: tickets.issue(place, session_key=session_key)
