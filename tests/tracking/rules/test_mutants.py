"""Damaged rules: each known way to break the crediting rule is seen, by the model and by an invariant.

A mutant is the rule's own source with one passage changed, loaded beside the real one. A passage
that is no longer there fails the test, so a mutant cannot outlive the code it damages.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

import pytest

from tests.tracking.rules.invariants import Broken
from tests.tracking.rules.life import Life
from tests.tracking.rules.lockstep import THE_LAW

LIVES = 60
MODULES = ("segments", "crediting", "sessions")  # in the order in which they import each other


class Mutant(NamedTuple):
    """A passage of one module, what stands there instead, and the invariant that must fall.

    Without one, the damage is a matter of policy (a cap, a tolerance, a notice): no invariant speaks
    of it, and the model alone tells.
    """

    module: str
    passage: str
    instead: str
    breaks: str = ""

    @property
    def damage(self) -> tuple[str, str, str]:
        """What to change, and where."""
        return self.module, self.passage, self.instead


MUTANTS = {
    # The six that the specification names.
    "no_sequence_check": Mutant("crediting", "if said.sequence <= live.sequence:", "if False:", "I3"),
    "no_epoch": Mutant(
        "crediting", "viewing.terms is None or epoch != viewing.live.epoch", "viewing.terms is None", "I3"
    ),
    "gift_at_open": Mutant(
        "sessions",
        "live.mark_ms, live.bucket_ms = opened_ms, 0",
        "live.mark_ms, live.bucket_ms = opened_ms, 2_000",
        "I1",
    ),
    "no_max_now": Mutant("sessions", "opened_ms = max(now_ms, live.mark_ms)", "opened_ms = now_ms", "I4"),
    "voids_kept": Mutant("crediting", "viewing.seen.provisional = 0", "pass", "I6"),
    "flush_not_charged": Mutant("sessions", "session.left_ms -= 1_000 * added_s", "pass", "I1"),
    # The others.
    "mark_goes_back": Mutant(
        "crediting", "if elapsed_ms <= 0:\n        return 0", "elapsed_ms = abs(elapsed_ms)", "I1"
    ),
    "flush_not_counted_to_check": Mutant("sessions", "live.since_pass_s += added_s", "pass", "I7"),
    "flush_after_seal": Mutant("sessions", "if session.is_sealed or", "if", "I3"),
    "bucket_not_charged": Mutant("crediting", "live.bucket_ms -= 1_000 * added_s", "pass", "I1"),
    "no_cap": Mutant(
        "crediting",
        "min(elapsed_ms * terms.policy.rate_percent // 100, room_ms)",
        "elapsed_ms * terms.policy.rate_percent // 100",
    ),
    "play_time_believed": Mutant(
        "crediting",
        "min(said.played_ms, live.mark_ms - terms.opened_ms + PLAYED_SLACK_MS)",
        "said.played_ms",
    ),
    "play_time_ignored": Mutant("crediting", "min(by_wall_s, by_play_s,", "min(by_wall_s,"),
    "presence_ignored": Mutant("crediting", "by_play_s, presence_left_s(live, terms)", "by_play_s", "I7"),
    "check_dropped_at_open": Mutant(
        "sessions",
        "is_check_open = live.check_ms is not None",
        "is_check_open, live.check_ms = False, None",
    ),
    "wrong_answer_passes": Mutant("crediting", "if not is_right:", "if False:", "I6"),
    "provisional_not_confirmed": Mutant(
        "crediting",
        "seen.confirmed, seen.provisional = seen.held, 0",
        "seen.provisional = 0",
        "I5",
    ),
    "provisional_confirmed_at_once": Mutant("crediting", "seen.provisional |= added", "seen.confirmed |= added", "I6"),
    "held_seconds_earn_again": Mutant("crediting", "claimed & ~viewing.seen.held", "claimed", "I4"),
    "deferred_seconds_acknowledged": Mutant("crediting", "deferred = wanted & ~added", "deferred = 0", "I5"),
    "claims_past_the_end_taken": Mutant(
        "crediting", "claimed_mask(said.claims, terms.duration_s)", "claimed_mask(said.claims, 10_000)", "I2"
    ),
    "state_taken_before_validating": Mutant(
        "crediting",
        "    claimed = claimed_mask(said.claims, terms.duration_s)",
        "    live.state = said.state\n    claimed = claimed_mask(said.claims, terms.duration_s)",
        "I3",
    ),
    "segment_bridges_a_gap": Mutant(
        "segments", "<= run[0] <= live.segment_to_s < run[1]", "<= run[0] < run[1] > live.segment_to_s", "I6"
    ),
    "segment_lost_at_end": Mutant(
        "sessions", "close_segment(live, lines)\n    left_ms", "forget_segment(live)\n    left_ms", "I4"
    ),
    "epoch_kept_at_resume": Mutant("sessions", "viewing.live.epoch += 1", "pass", "I3"),
    "epoch_kept_at_open": Mutant(
        "sessions", "terms.session_key, live.epoch + 1, 0", "terms.session_key, live.epoch, 0", "I3"
    ),
    "bucket_kept_at_end": Mutant(
        "sessions",
        'live.session_key, live.state, live.bucket_ms = "", IDLE, 0',
        'live.session_key, live.state = "", IDLE',
    ),
}


def damaged_law(module: str, passage: str, instead: str) -> SimpleNamespace:
    """Return the verbs of the rule with one passage of one module changed."""
    real = {name: sys.modules[name] for name in (f"tracking.rules.{module}" for module in MODULES)}
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


def live_all(law: SimpleNamespace, *, is_beside_model: bool) -> None:
    """Live many lives under a law; raise what is found."""
    for seed in range(LIVES):
        Life(seed, law, is_beside_model=is_beside_model).live()


def falls(invariant: str, law: SimpleNamespace) -> bool:
    """Live many lives under a law, no model beside; say whether this invariant is the first to fall in any."""
    for seed in range(LIVES):
        try:
            Life(seed, law, is_beside_model=False).live()
        except Broken as broken:
            if broken.name == invariant:
                return True
    return False


def test_the_real_rule_is_accepted() -> None:
    live_all(THE_LAW, is_beside_model=True)


def test_a_rule_loaded_afresh_and_unharmed_is_accepted() -> None:
    """A mutant must be caught for its damage, not for being a copy."""
    law = damaged_law("sessions", '"""\n\nfrom ', '"""\n\n\nfrom ')

    live_all(law, is_beside_model=True)
    live_all(law, is_beside_model=False)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_damaged_rule_is_caught_by_the_model(name: str) -> None:
    law = damaged_law(*MUTANTS[name].damage)

    with pytest.raises(AssertionError):
        live_all(law, is_beside_model=True)


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.breaks])
def test_a_damaged_rule_breaks_the_invariant_it_is_named_for(name: str) -> None:
    mutant = MUTANTS[name]

    assert falls(mutant.breaks, damaged_law(*mutant.damage))
