"""What must hold of the crediting rule whatever is sent: I1 to I7, each by its name.

Judged on the product alone, by a witness who counts for himself and by the ledger: these would find
a fault that the model shares. I8 has a generator of its own (test_honest_viewer).
Source: TRACKING §2, Invariants.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tracking.rules.chain import LedgerLine
from tracking.rules.replay import Fault, Replayed, SessionRecord, replay
from tracking.rules.runs import mask_of_runs
from tracking.rules.segments import close_segment
from tracking.rules.viewing import LiveViewing, MissedCheck, SessionTerms

if TYPE_CHECKING:
    from tests.tracking.rules.lockstep import Lockstep

_NAME_OF: dict[Fault, str] = {
    Fault.OVER_WALL: "I1",
    Fault.OVER_BUDGET: "I1",
    Fault.OUTSIDE_MEDIA: "I2",
    Fault.OVERLAP: "I4",
    Fault.NO_OPENING: "I6",
}


class Broken(AssertionError):
    """An invariant does not hold."""

    def __init__(self, name: str, what: object) -> None:
        """Keep which."""
        super().__init__(f"{name}: {what}")
        self.name = name


def hold(name: str, is_held: bool, what: object = "") -> None:
    """Raise Broken unless an invariant holds."""
    if not is_held:
        raise Broken(name, what)


@dataclass
class Stay:
    """One session as the witness saw it: server time at its door, and the seconds granted in it."""

    opened_ms: int
    rate_percent: int
    last_ms: int
    granted_s: int = 0


@dataclass
class Witness:
    """Counts from the outside: what was said, what was granted, and what the clock showed."""

    stays: dict[str, Stay] = field(default_factory=dict)
    confirmed: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    acknowledged: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    since_pass_s: int = 0

    def note_open(self, before: str, key: str, now_ms: int, rate_percent: int) -> None:
        """Note that a session begins, and that the one before it, if any ran, ends."""
        self.note_time(before, now_ms)
        self.stays[key] = Stay(now_ms, rate_percent, now_ms)

    def note_time(self, key: str, now_ms: int) -> None:
        """Note what the clock showed while a session ran."""
        if key in self.stays:
            self.stays[key].last_ms = max(self.stays[key].last_ms, now_ms)

    def note_grant(self, key: str, added: int) -> None:
        """Note what a message added to a session, be it a late claim."""
        self.stays[key].granted_s += added.bit_count()
        self.since_pass_s += added.bit_count()

    def note_beat(self, terms: SessionTerms, claims: Any, result: Any) -> None:
        """Note what a beat added, and what its player now believes it holds."""
        self.note_grant(terms.session_key, result.added)
        if not result.is_repeat:
            self.acknowledged[terms.media_key] |= mask_of_runs(claims) & ~result.deferred

    def note_decision(self, world: "Lockstep", *, is_void: bool) -> None:
        """Note that a check was passed, or that the provisional seconds are void."""
        self.since_pass_s = 0
        if is_void:
            for media in self.acknowledged:
                self.acknowledged[media] &= world.seen_of(media).confirmed


def hold_all(world: "Lockstep") -> None:
    """Check every invariant that can be seen between two messages."""
    replayed = replay(records(world))
    for finding in replayed.findings:
        raise Broken(_NAME_OF[finding.fault], finding)
    i1_credit_costs_wall_time(world)
    i2_confirmed_seconds_only_grow(world)
    i4_no_second_counts_twice(world, replayed)
    i5_what_was_acknowledged_is_held(world)
    i6_the_ledger_says_the_same(world, replayed)
    i7_credit_waits_for_a_check(world)


def i1_credit_costs_wall_time(world: "Lockstep") -> None:
    """Per session, and per learner over all sessions; no slack."""
    stays = world.witness.stays.values()
    for stay in stays:
        hold("I1", stay.granted_s * 100_000 <= stay.rate_percent * (stay.last_ms - stay.opened_ms), stay)
    if stays:
        wall_ms = max(stay.last_ms for stay in stays) - min(stay.opened_ms for stay in stays)
        highest_percent = max(stay.rate_percent for stay in stays)
        granted_s = sum(stay.granted_s for stay in stays)
        hold("I1", granted_s * 100_000 <= highest_percent * wall_ms, (granted_s, wall_ms))


def i2_confirmed_seconds_only_grow(world: "Lockstep") -> None:
    """And lie within the media."""
    for media, duration_s in world.durations_s.items():
        seen = world.seen_of(media)
        hold("I2", world.witness.confirmed[media] & ~seen.confirmed == 0, media)
        hold("I2", seen.held >> duration_s == 0, media)
        world.witness.confirmed[media] = seen.confirmed


def i4_no_second_counts_twice(world: "Lockstep", replayed: Replayed) -> None:
    """Under HOLD every new second is one more second held; under REWIND void ones may be earned again."""
    held_s = sum(world.seen_of(media).held.bit_count() for media in world.store.coverage)
    is_exact = world.mode is MissedCheck.HOLD
    hold("I4", replayed.new_s == held_s if is_exact else replayed.new_s >= held_s, (replayed.new_s, held_s))


def i5_what_was_acknowledged_is_held(world: "Lockstep") -> None:
    """Also after a crash; a void alone takes back, and only what was provisional."""
    for media, mask in world.witness.acknowledged.items():
        hold("I5", mask & ~world.seen_of(media).held == 0, media)


def i6_the_ledger_says_the_same(world: "Lockstep", replayed: Replayed) -> None:
    """Coverage recomputed from the lines, the open segment among them, is the coverage stored."""
    for media in world.store.coverage:
        seen = world.seen_of(media)
        hold("I6", replayed.confirmed[media] == seen.confirmed, media)
        # NB: a segment's run may include seconds confirmed before.
        hold("I6", replayed.provisional[media] & ~seen.confirmed == seen.provisional, media)


def i7_credit_waits_for_a_check(world: "Lockstep") -> None:
    """No more than a minute of credit beyond the check that is due."""
    most_s = world.viewing.live.next_check_s + 60
    hold("I7", world.witness.since_pass_s <= most_s, (world.witness.since_pass_s, most_s))


def records(world: "Lockstep") -> list[SessionRecord]:
    """Return the ledgers as an auditor would be given them."""
    live = world.viewing.live
    found = []
    for key, lines in world.store.ledgers.items():
        ended = world.store.ended.get(key)
        found.append(
            SessionRecord(
                key,
                lines,
                live.mark_ms if ended is None else ended.ended_ms,
                is_provisional=world.mode is MissedCheck.REWIND,
                open_segment=_open_segment(live) if live.session_key == key else None,
            )
        )
    return found


def _open_segment(live: LiveViewing) -> LedgerLine | None:
    """Return the open segment as the line it would become."""
    closed: list[LedgerLine] = []
    close_segment(live.copy(), closed)
    return closed[0] if closed else None
