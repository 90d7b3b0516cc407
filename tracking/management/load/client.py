"""A client process: reads one command a line, does it, and answers with one line of JSON.

Knows the phases of a run one at a time; the leader (`run`) knows their order.
"""

import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import uvloop

from tracking.management.load.echo import EchoFleet
from tracking.management.load.fleet import Fleet

_LONGEST_WAIT_S: Final = 30.0
_LOOK_S: Final = 0.2


def main(facts_path: str) -> None:
    """Serve commands until the leader hangs up."""
    facts = json.loads(Path(facts_path).read_text(encoding="utf-8"))
    rows = Path(facts["cast"]).read_text(encoding="ascii").splitlines()[facts["client"] :: facts["clients"]]
    uvloop.run(_serve(facts, rows))


async def _serve(facts: dict[str, Any], rows: list[str]) -> None:
    client = Client(facts, rows)
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        command = json.loads(line)
        verb: Callable[..., Awaitable[dict[str, Any]]] = getattr(client, command.pop("do"))
        sys.stdout.write(json.dumps(await verb(**command)) + "\n")
        sys.stdout.flush()


class Client:
    """The verbs a leader may say; each returns what it is answered with."""

    def __init__(self, facts: dict[str, Any], rows: list[str]) -> None:
        """Make the learners; nobody connects yet."""
        self.fleet = Fleet(facts, rows)
        self.echoes = EchoFleet(facts)

    async def open_echoes(self, count: int) -> dict[str, Any]:
        """Connect the sockets of the echo."""
        await self.echoes.open(count)
        return {"open": count}

    async def echo(self, seconds: float) -> dict[str, Any]:
        """Say things to the echo, each socket as soon as it is answered."""
        return {"messages": await self.echoes.run(seconds)}

    async def close_echoes(self) -> dict[str, Any]:
        """Let the echo go."""
        self.echoes.close()
        return {}

    async def open(self, count: int, at_once: int, patience_s: float) -> dict[str, Any]:
        """Connect learners; they play and beat from then on."""
        return {"open": await self.fleet.open(count, at_once=at_once, patience_s=patience_s)}

    async def saturate(self, seconds: float) -> dict[str, Any]:
        """Beat as fast as acknowledgements come."""
        fleet = self.fleet
        fleet.clear()
        fleet.is_saturating = True
        for learner in fleet.learners:
            if learner.is_open and not learner.sent_at:
                learner.beat(fleet.loop.time())
        await asyncio.sleep(seconds)
        fleet.is_saturating = False
        return self._counted()

    async def pace(self, seconds: float) -> dict[str, Any]:
        """Count what the learners do of themselves."""
        self.fleet.clear()
        await asyncio.sleep(seconds)
        return self._counted()

    async def brace(self, drain_s: float) -> dict[str, Any]:
        """Expect the servers to restart: come back within this span, not all at once."""
        self.fleet.drain_s = drain_s
        self.fleet.clear()
        return {}

    async def returned(self, within_s: float) -> dict[str, Any]:
        """Wait until everybody is back; tell the instants, on the clock all processes share."""
        fleet = self.fleet
        await _until(
            lambda: all(learner.is_open or learner.has_parted for learner in fleet.learners),
            fleet.loop.time() + within_s,
        )
        fleet.drain_s = 0.0
        return {"arrivals": fleet.arrivals, "open": sum(learner.is_open for learner in fleet.learners)}

    async def settle(self, seconds: float, results: str) -> dict[str, Any]:
        """Say a last word each, every second learner `bye`; write down what everybody was acknowledged."""
        fleet = self.fleet
        sitting = [learner for learner in fleet.learners if learner.is_open]
        for learner in sitting:
            learner.due_at = float("inf")
        fleet.clear()
        tasks = [asyncio.create_task(self._part(learner, random.random() * seconds)) for learner in sitting]  # noqa: S311 -- no secret
        await asyncio.gather(*tasks)
        await fleet.end()
        lines = (
            f"{item.enrolment_id} {item.lesson_id} {item.from_s} {item.acked_to_s} {item.sent_to_s}"
            for item in fleet.learners
            if item.session_id
        )
        await asyncio.to_thread(Path(results).write_text, "\n".join(lines), encoding="ascii")
        return self._counted()

    async def _part(self, learner: Any, delay_s: float) -> None:
        """Wait for the beat in flight, say the last one and wait for its answer."""
        loop = self.fleet.loop
        await asyncio.sleep(delay_s)
        deadline_s = loop.time() + _LONGEST_WAIT_S
        await _until(lambda: not learner.sent_at, deadline_s)
        learner.due_at = float("inf")
        if learner.is_open:
            learner.beat(loop.time(), "user" if learner.number % 2 else "")
        await _until(lambda: not (learner.sent_at and learner.is_open), deadline_s)

    def _counted(self) -> dict[str, Any]:
        """Return what was counted since the phase began; latencies as pairs of ms and how many."""
        pairs = [(ms, count) for ms, count in enumerate(self.fleet.latencies_ms) if count]
        return {"acked": self.fleet.acked_count, "latencies": pairs, "counts": dict(self.fleet.counts)}


async def _until(is_so: Callable[[], bool], deadline_s: float) -> None:
    """Wait until something is so, or the deadline."""
    loop = asyncio.get_running_loop()
    # A look now and then costs less than an event for each of many thousands.
    while not is_so() and loop.time() < deadline_s:  # noqa: ASYNC110 -- see above
        await asyncio.sleep(_LOOK_S)
