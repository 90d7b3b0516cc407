"""A whole fuzz run against one server, and the judgement of it.

`besiege` needs a server and signed-in learners; `Verdict` says what was sent, what became of it,
and every fault: an unhandled error, memory that grew, a second credited beyond the wall's.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.tracking.fuzz.attack import Attack, Learner, Tally
from tests.tracking.fuzz.target import Memory, Target

GROWTH_MAX_KIB = 50 * 1_024
_SOCKETS = 32
_WARM_UP_SHARE = 0.1


@dataclass
class Verdict:
    """The figures of a run, and what is wrong with them."""

    seed: int
    tally: Tally
    seconds: float
    parsed: dict[str, int]
    errors: list[str]
    utf8_complaints: int
    memory: tuple[Memory, Memory, Memory]
    overcredited: list[str] = field(default_factory=list)
    credited_s: int = 0

    @property
    def growth_kib(self) -> int:
        """How much more memory of its own the server holds at the end than after warming up."""
        return self.memory[2].own_kib - self.memory[1].own_kib

    def faults(self) -> list[str]:
        """Return one sentence for each thing that must not be."""
        found = [f"logged: {line}" for line in self.errors]
        found += self.overcredited
        if self.parsed.get("UNHANDLED"):
            found.append(f"the parser raised something else {self.parsed['UNHANDLED']} times")
        if self.tally.closes["NEVER"]:
            found.append(f"{self.tally.closes['NEVER']} connections were never closed")
        if self.growth_kib > GROWTH_MAX_KIB:
            found.append(f"the server grew by {self.growth_kib} KiB")
        return found

    def words(self) -> str:
        """Return the run as text."""
        tally = self.tally
        start, warm, end = self.memory
        return "\n".join(
            [
                f"seed {self.seed}: {tally.frames} frames on {tally.connections} connections in {self.seconds:.0f} s",
                f"reached the parser: {sum(self.parsed.values())} messages: {_listed(self.parsed)}",
                f"answers: {_listed(tally.answers)}",
                f"last acts: {_listed(tally.blows)}",
                f"closes: {_listed(tally.closes)}",
                f"server memory, MiB: {start} at first, {warm} warm, {end} at the end",
                f"memory growth: {self.growth_kib / 1_024:.1f} MiB of {GROWTH_MAX_KIB // 1_024} allowed",
                f"credited: {self.credited_s} s; beyond the wall's: {len(self.overcredited)}",
                f"log: {len(self.errors)} errors (and {self.utf8_complaints} of uvicorn's own about refused UTF-8)",
                *(f"FAULT {fault}" for fault in self.faults()[:20]),
            ]
        )


async def besiege(
    target: Target, learners: Sequence[Learner], *, frames: int, seed: int, report: Callable[[str], None]
) -> Verdict:
    """Send about so many frames, from many sockets at a time."""
    tally, started_s = Tally(), time.monotonic()
    first, warm = target.memory(), None
    chance = random.Random(seed)  # noqa: S311 - an attacker, not a secret
    told = 0

    async def attacker() -> None:
        nonlocal warm, told
        while tally.frames < frames:
            await Attack(random.Random(chance.random()), chance.choice(learners), target.port, tally).run()  # noqa: S311
            if warm is None and tally.frames >= frames * _WARM_UP_SHARE:
                warm = target.memory()
            if tally.frames * 10 // frames > told:
                told = tally.frames * 10 // frames
                report(f"{tally.frames} frames, {time.monotonic() - started_s:.0f} s, {target.memory()} MiB")

    async with asyncio.TaskGroup() as group:
        for _number in range(_SOCKETS):
            group.create_task(attacker())
    parsed = await asyncio.to_thread(target.counts)
    return Verdict(
        seed,
        tally,
        time.monotonic() - started_s,
        parsed,
        target.errors(),
        target.utf8_complaints(),
        (first, warm or first, target.memory()),
    )


def _listed(counts: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(counts).most_common())
