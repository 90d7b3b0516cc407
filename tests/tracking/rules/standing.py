"""The product's little store, and where both worlds must stand: identical, within the invariants.

Source: TRACKING §2, Invariants.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracking.rules.chain import LedgerLine
from tracking.rules.replay import SessionRecord, replay
from tracking.rules.segments import close_segment
from tracking.rules.viewing import EndedSession, LiveViewing, MissedCheck, Policy, SeenSeconds, SessionTerms

if TYPE_CHECKING:
    from tests.tracking.rules.lockstep import Lockstep


@dataclass
class Store:
    """What would survive `kill -9`: rows as they stood at the last commit."""

    live: LiveViewing
    terms: SessionTerms | None = None
    coverage: dict[int, SeenSeconds] = field(default_factory=dict)
    ledgers: dict[str, list[LedgerLine]] = field(default_factory=dict)
    ended: dict[str, EndedSession] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)


def compare(world: "Lockstep") -> None:
    """Compare the live row, the seconds held and the ledgers of product and model."""
    theirs = world.core.st.live
    ours = world.viewing.live
    assert _row(ours) == (
        theirs.sid or "",
        theirs.epoch,
        theirs.seq,
        theirs.state,
        theirs.t_mark,
        theirs.bucket,
        theirs.granted,
        theirs.pt,
        theirs.since_pass,
        theirs.next_check,
        theirs.chk,
    )
    assert _segment(ours) == (theirs.seg or [0] * 9)
    for media in set(world.core.st.cov) | set(world.store.coverage):
        seen = world.seen_of(media)
        assert seen.confirmed == world.core.st.cov.get(media, 0)
        assert seen.provisional == world.core.st.prov.get(media, 0)
    assert set(world.store.ledgers) == set(world.core.st.sess)
    for key in world.store.ledgers:
        _compare_ledger(world, key)


def _compare_ledger(world: "Lockstep", key: str) -> None:
    theirs = world.core.st.sess[key]
    texts = [line.text() for line in world.store.ledgers[key]]
    assert texts == [entry.line() for entry in theirs.entries]
    ended = world.store.ended.get(key)
    if ended is None:
        assert theirs.ended is None
        assert world.viewing.live.head == theirs.head
    else:
        assert (ended.ended_ms, ended.left_ms) == (theirs.ended, theirs.left)
        assert (ended.head, ended.line_count) == (theirs.head, len(theirs.entries))


def hold_against_invariants(world: "Lockstep") -> None:
    """Check I1, I2, I4, I6 and I7 on the product alone, from its ledger."""
    replayed = replay(records(world))
    # I1 and I4: no session over its wall time or budget, none overlapping another.
    assert replayed.findings == []
    held_s = 0
    for media in world.store.coverage:
        seen = world.seen_of(media)
        # I2: confirmed seconds only grow.
        assert world.confirmed_before.get(media, 0) & ~seen.confirmed == 0
        world.confirmed_before[media] = seen.confirmed
        # I6: the ledger alone says the same.
        assert replayed.confirmed[media] == seen.confirmed
        # NB: a segment's run may include seconds confirmed before.
        assert replayed.provisional[media] & ~seen.confirmed == seen.provisional
        held_s += seen.held.bit_count()
    if world.mode is MissedCheck.HOLD:
        assert replayed.new_s == held_s
    # I7, by a counter of the world's own.
    assert world.since_pass_s <= world.viewing.live.next_check_s + 60


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


def _row(live: LiveViewing) -> tuple[object, ...]:
    return (
        live.session_key,
        live.epoch,
        live.sequence,
        live.state,
        live.mark_ms,
        live.bucket_ms,
        live.granted_s,
        live.played_ms,
        live.since_pass_s,
        live.next_check_s,
        live.check_ms,
    )


def _segment(live: LiveViewing) -> list[int]:
    return [
        live.segment_from_s,
        live.segment_to_s,
        live.segment_start_ms,
        live.segment_end_ms,
        live.segment_accrued_ms,
        live.segment_new_s,
        live.segment_deferred_s,
        live.segment_flags,
        live.segment_beat_count,
    ]
