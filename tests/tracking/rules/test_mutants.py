"""Damaged rules: each known way to break the crediting rule is seen by the lockstep check.

A mutant is the rule's own source with one passage changed, loaded beside the real one. A passage
that is no longer there fails the test, so a mutant cannot outlive the code it damages.
"""

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest

from tests.tracking.rules.lockstep import THE_LAW, Lockstep
from tests.tracking.rules.said import Said
from tracking.rules.viewing import MissedCheck

LIVES = 60
STEPS = 60

MUTANTS = {
    "no_sequence_check": ("crediting", "if said.sequence <= live.sequence:", "if False:"),
    "no_epoch": ("crediting", "viewing.terms is None or epoch != viewing.live.epoch", "viewing.terms is None"),
    "gift_at_open": (
        "sessions",
        "live.mark_ms, live.bucket_ms = opened_ms, 0",
        "live.mark_ms, live.bucket_ms = opened_ms, 2_000",
    ),
    "no_max_now": ("sessions", "opened_ms = max(now_ms, live.mark_ms)", "opened_ms = now_ms"),
    "mark_goes_back": ("crediting", "if elapsed_ms <= 0:\n        return 0", "elapsed_ms = abs(elapsed_ms)"),
    "voids_kept": ("crediting", "viewing.seen.provisional = 0", "pass"),
    "flush_not_charged": ("sessions", "session.left_ms -= 1_000 * added_s", "pass"),
    "flush_not_counted_to_check": ("sessions", "live.since_pass_s += added_s", "pass"),
    "flush_after_seal": ("sessions", "if session.is_sealed or", "if"),
    "bucket_not_charged": ("crediting", "live.bucket_ms -= 1_000 * added_s", "pass"),
    "no_cap": (
        "crediting",
        "min(elapsed_ms * terms.policy.rate_percent // 100, room_ms)",
        "elapsed_ms * terms.policy.rate_percent // 100",
    ),
    "play_time_believed": (
        "crediting",
        "min(said.played_ms, live.mark_ms - terms.opened_ms + PLAYED_SLACK_MS)",
        "said.played_ms",
    ),
    "play_time_ignored": ("crediting", "min(by_wall_s, by_play_s,", "min(by_wall_s,"),
    "presence_ignored": ("crediting", "by_play_s, presence_left_s(live, terms)", "by_play_s"),
    "check_dropped_at_open": (
        "sessions",
        "is_check_open = live.check_ms is not None",
        "is_check_open, live.check_ms = False, None",
    ),
    "wrong_answer_passes": ("crediting", "if not is_right:", "if False:"),
    "provisional_not_confirmed": (
        "crediting",
        "seen.confirmed, seen.provisional = seen.held, 0",
        "seen.provisional = 0",
    ),
    "held_seconds_earn_again": ("crediting", "claimed & ~viewing.seen.held", "claimed"),
    "segment_lost_at_end": ("sessions", "close_segment(live, lines)\n    left_ms", "forget_segment(live)\n    left_ms"),
    "epoch_kept_at_resume": ("sessions", "viewing.live.epoch += 1", "pass"),
    "bucket_kept_at_end": (
        "sessions",
        'live.session_key, live.state, live.bucket_ms = "", IDLE, 0',
        'live.session_key, live.state = "", IDLE',
    ),
}


def damaged_law(module: str, passage: str, instead: str) -> SimpleNamespace:
    """Return the verbs of the rule with one passage of one module changed."""
    real = {name: sys.modules[name] for name in ("tracking.rules.crediting", "tracking.rules.sessions")}
    try:
        loaded = {name: _load(name, module, passage, instead) for name in real}
    finally:
        sys.modules.update(real)
    law = SimpleNamespace(**vars(THE_LAW))
    for name in vars(law):
        home = getattr(THE_LAW, name).__module__
        setattr(law, name, getattr(loaded[home], name))
    return law


def _load(name: str, module: str, passage: str, instead: str) -> ModuleType:
    """Load a module afresh, changed if it is the one to damage; it stays in sys.modules."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    if name.endswith("." + module):
        assert source.count(passage) == 1, passage
        source = source.replace(passage, instead)
    fresh = ModuleType(name)
    sys.modules[name] = fresh
    exec(compile(source, spec.origin, "exec"), vars(fresh))  # noqa: S102 - our own source
    return fresh


class Life:
    """A seeded life of one learner: messages honest and other, in any order."""

    WEIGHTS: ClassVar = {
        "watch": 30, "claim": 6, "idle_claim": 6, "repeat": 4, "stale": 4, "answer": 6, "wrong": 3, "miss": 3,
        "open": 4, "bye": 3, "flush": 8, "seal": 1, "resume": 2, "step_back": 3, "sleep": 3,
    }  # fmt: skip

    def __init__(self, seed: int, law: SimpleNamespace) -> None:
        """Be born into one of the two modes."""
        self.chance = random.Random(seed)  # noqa: S311 - a world, not a secret
        self.world = Lockstep(mode=list(MissedCheck)[seed % 2], first_check_s=20, law=law)
        self.played_ms = self.position_s = 0

    def live(self) -> None:
        """Send messages; raise AssertionError where the worlds differ."""
        self.world.open(1, 90)
        for verb in self.chance.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()), k=STEPS):
            self.world.next_draw_s = self.chance.choice([3, 20, 60])
            getattr(self, verb)()

    def send(self, from_s: int, to_s: int, *, step: int = 1, epoch_step: int = 0) -> None:
        live = self.world.viewing.live
        said = Said(live.sequence + step, [(from_s, to_s)], self.played_ms, "p")
        self.world.beat(said, live.epoch + epoch_step)

    def watch(self) -> None:
        elapsed_s = self.chance.randint(1, 20)
        self.world.now_ms += elapsed_s * 1_000
        self.played_ms += elapsed_s * 1_000
        self.send(self.position_s, min(self.position_s + elapsed_s, 90))
        self.position_s = (self.position_s + elapsed_s) % 80

    def claim(self) -> None:
        self.played_ms += 10**6
        self.send(0, 90)

    def idle_claim(self) -> None:
        self.send(0, 90)

    def repeat(self) -> None:
        self.send(0, 90, step=0)

    def stale(self) -> None:
        self.send(0, 90, epoch_step=-1)

    def answer(self) -> None:
        self.world.answer(self.world.viewing.live.epoch, is_right=True)

    def wrong(self) -> None:
        self.world.answer(self.world.viewing.live.epoch, is_right=False)

    def miss(self) -> None:
        self.world.miss(self.world.viewing.live.epoch)

    def open(self) -> None:
        self.world.open(self.chance.choice([1, 2]), 90)
        self.played_ms = 0

    def bye(self) -> None:
        live = self.world.viewing.live
        self.world.bye(Said(live.sequence + 1, [(0, 90)], self.played_ms, "p"), live.epoch)

    def flush(self) -> None:
        if self.world.store.ended:
            self.world.flush(self.chance.choice(list(self.world.store.ended)), [(0, 90)])

    def seal(self) -> None:
        if self.world.store.ended:
            self.world.seal(self.chance.choice(list(self.world.store.ended)))

    def resume(self) -> None:
        self.world.resume(self.world.viewing.live.session_key or "none")

    def step_back(self) -> None:
        self.world.now_ms -= 30_000

    def sleep(self) -> None:
        self.world.now_ms += 400_000


def live_all(law: SimpleNamespace) -> None:
    """Live many lives under a law."""
    for seed in range(LIVES):
        Life(seed, law).live()


def test_lockstep_accepts_the_real_rule() -> None:
    live_all(THE_LAW)


@pytest.mark.parametrize("name", MUTANTS)
def test_lockstep_catches_a_damaged_rule(name: str) -> None:
    law = damaged_law(*MUTANTS[name])

    with pytest.raises(AssertionError):
        live_all(law)
