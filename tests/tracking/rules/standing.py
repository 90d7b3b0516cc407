"""The product's little store, and where the two worlds must stand: identical, to the last head of a chain."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.runs import runs_of_mask
from tracking.rules.viewing import EndedSession, LiveViewing, SeenSeconds, SessionTerms

if TYPE_CHECKING:
    from tests.tracking.rules.lockstep import Lockstep

# The model tells a stale epoch's answer that no check is open; the product says why.
DECISION_REFUSED = {"superseded": "no_check"}


@dataclass
class Store:
    """What would survive `kill -9`: rows as they stood at the last commit."""

    live: LiveViewing
    terms: SessionTerms | None = None
    coverage: dict[int, SeenSeconds] = field(default_factory=dict)
    ledgers: dict[str, list[LedgerLine]] = field(default_factory=dict)
    ended: dict[str, EndedSession] = field(default_factory=dict)


def compare_beats(ours: Any, theirs: Any) -> None:
    """Compare the answers to a beat, or the codes of its refusal."""
    if isinstance(ours, str) or isinstance(theirs, str):
        assert ours == {"bad_runs": "bad_msg"}.get(theirs, theirs)
        return
    assert ours.sequence == theirs["seq"]
    assert runs_of_mask(ours.deferred) == theirs["rem"]
    assert ours.is_repeat == theirs["dup"]
    if not theirs["dup"]:
        assert ours.is_check_open == theirs["chk"]
        assert ours.is_check_issued == (bool(ours.lines) and ours.lines[-1].kind is LineKind.CHECK)


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
