"""The product's rule and the specification's model, held against each other at every step."""

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.tracking.rules.lockstep import Lockstep
from tests.tracking.rules.said import Said
from tracking.rules.presence import NO_CHECK_S
from tracking.rules.viewing import MissedCheck

IS_FULL = os.environ.get("HOURBOOK_HYPOTHESIS") == "full"

MEDIA = {1: 30, 2: 90, 3: 1_200}  # key: length in seconds
STATES = st.sampled_from("ppppihw")
FLAGS = st.sampled_from([0, 0, 0, 1, 4, 16])
CHECKS_S = st.sampled_from([NO_CHECK_S, 1, 5, 20, 100])
ELAPSED_MS = st.one_of(
    st.integers(0, 3_000),
    st.sampled_from([1_000, 10_000, 14_300, 15_000, 15_999, 60_000, 299_999, 400_000]),
)
RUN = st.tuples(st.integers(0, 100), st.integers(1, 40)).map(lambda run: (run[0], sum(run)))
BAD_RUNS = st.sampled_from(
    [
        [(5, 5)],
        [(9, 3)],
        [(-1, 4)],
        [(0, 10**6)],
        [(0, True)],
        [(0, 1.0)],
        [(1,)],
        "runs",
        None,
        [(0, 1)] * 17,
        [("0", "1")],
    ]
)


class BothWorlds(RuleBasedStateMachine):
    """Random lives of one learner: honest stretches, cheats, faults."""

    @initialize(mode=st.sampled_from(list(MissedCheck)), first_check_s=CHECKS_S)
    def begin(self, mode: MissedCheck, first_check_s: int) -> None:
        self.world = Lockstep(mode=mode, first_check_s=first_check_s)
        self.position_s = self.played_ms = 0
        self.last: tuple[Said, int] | None = None

    @property
    def is_attached(self) -> bool:
        return self.world.viewing.terms is not None

    def clipped(self, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return runs cut to the media, so that most claims are in range."""
        terms = self.world.viewing.terms
        if terms is None:
            return runs
        duration_s = terms.duration_s
        return [(a, min(b, duration_s)) for a, b in runs if a < duration_s]

    def send(self, claims: Any, state: str, flags: int, step: int = 1) -> None:
        live = self.world.viewing.live
        said = Said(live.sequence + step, claims, self.played_ms, state, flags)
        self.last = said, live.epoch
        self.world.beat(said, live.epoch)

    @rule(media=st.sampled_from(list(MEDIA)), rate=st.sampled_from([100, 100, 100, 50, 150]))
    def open(self, media: int, rate: int) -> None:
        self.world.open(media, MEDIA[media], rate)
        self.position_s = self.played_ms = 0

    @rule(elapsed_ms=ELAPSED_MS)
    def tick(self, elapsed_ms: int) -> None:
        self.world.now_ms += elapsed_ms

    @rule(back_ms=st.sampled_from([1, 500, 20_000, 3_600_000]))
    def clock_steps_back(self, back_ms: int) -> None:
        self.world.now_ms -= back_ms

    @precondition(lambda self: self.is_attached)
    @rule(elapsed_s=st.integers(1, 40), late_ms=st.integers(-900, 900), flags=FLAGS)
    def watch(self, elapsed_s: int, late_ms: int, flags: int) -> None:
        self.world.now_ms += max(0, elapsed_s * 1_000 + late_ms)
        self.played_ms += elapsed_s * 1_000
        terms = self.world.viewing.terms
        assert terms is not None
        start_s = self.position_s
        self.position_s = min(start_s + elapsed_s, terms.duration_s)
        claims = [(start_s, self.position_s)] if self.position_s > start_s else []
        self.send(claims, "p", flags)

    @precondition(lambda self: self.is_attached)
    @rule(position_s=st.integers(0, 89))
    def seek(self, position_s: int) -> None:
        terms = self.world.viewing.terms
        assert terms is not None
        self.position_s = min(position_s, terms.duration_s)

    @rule(runs=st.lists(RUN, max_size=4), state=STATES, flags=FLAGS, played=st.integers(0, 10**6))
    def claim(self, runs: list[tuple[int, int]], state: str, flags: int, played: int) -> None:
        self.played_ms = max(self.played_ms, played)
        self.send(self.clipped(runs), state, flags, step=1 + played % 2)

    @rule(claims=BAD_RUNS)
    def claim_nonsense(self, claims: Any) -> None:
        self.send(claims, "p", 0)

    @precondition(lambda self: self.last is not None)
    @rule(epoch_step=st.sampled_from([0, 0, -1, 1]))
    def repeat(self, epoch_step: int) -> None:
        assert self.last is not None
        said, epoch = self.last
        before = self.world.snapshot()
        self.world.beat(said, epoch + epoch_step)
        assert epoch_step == 1 or self.world.snapshot() == before

    @rule()
    def resume(self) -> None:
        self.world.resume(self.world.viewing.live.session_key or "none")

    @rule(is_right=st.booleans(), epoch_step=st.sampled_from([0, 0, 0, -1]), next_s=CHECKS_S)
    def answer(self, *, is_right: bool, epoch_step: int, next_s: int) -> None:
        self.world.next_draw_s = next_s
        self.world.answer(self.world.viewing.live.epoch + epoch_step, is_right=is_right)

    @rule()
    def miss(self) -> None:
        self.world.miss(self.world.viewing.live.epoch)

    @precondition(lambda self: self.world.store.ended)
    @rule(number=st.integers(0, 50), runs=st.lists(RUN, max_size=3))
    def flush(self, number: int, runs: list[tuple[int, int]]) -> None:
        keys = list(self.world.store.ended)
        self.world.flush(keys[number % len(keys)], runs)

    @precondition(lambda self: self.world.store.ended)
    @rule(number=st.integers(0, 50))
    def seal(self, number: int) -> None:
        keys = list(self.world.store.ended)
        self.world.seal(keys[number % len(keys)])

    @rule(runs=st.lists(RUN, max_size=2))
    def bye(self, runs: list[tuple[int, int]]) -> None:
        live = self.world.viewing.live
        said = Said(live.sequence + 1, self.clipped(runs), self.played_ms, "p")
        self.last = said, live.epoch
        self.world.bye(said, live.epoch)

    @rule()
    def time_out(self) -> None:
        self.world.time_out()

    @rule(runs=st.lists(RUN, max_size=2))
    def kill_the_process(self, runs: list[tuple[int, int]]) -> None:
        live = self.world.viewing.live
        said = Said(live.sequence + 1, self.clipped(runs), self.played_ms, "i")
        self.world.crash_in_beat(said, live.epoch)


TestBothWorlds = BothWorlds.TestCase
TestBothWorlds.settings = settings(
    max_examples=2_000 if IS_FULL else 100,
    stateful_step_count=50 if IS_FULL else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
