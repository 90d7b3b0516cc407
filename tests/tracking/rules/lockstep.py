"""A learner's world run twice, by the specification's model and by the product, in step.

After every message both must stand identically: seconds held, live row, ledger lines, heads.
The product side keeps a little store and writes only what the rule's callers are told to write,
so that `crash` shows whether that is enough. Rules are reached through `law`, so that a test may
put a damaged one in.
"""

import contextlib
import copy
import importlib
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from tests.tracking.rules import standing
from tests.tracking.rules.said import NOON_MS, Said
from tests.tracking.rules.standing import Store
from tracking.rules import crediting, sessions
from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.presence import NO_CHECK_S
from tracking.rules.refusals import Refusal
from tracking.rules.runs import runs_of_mask
from tracking.rules.viewing import (
    EndReason,
    LiveViewing,
    MissedCheck,
    Policy,
    SeenSeconds,
    Viewing,
    effective_coverage,
)

reference: Any = importlib.import_module("tests.tracking.oracle.reference")

THE_LAW = SimpleNamespace(
    open_session=sessions.open_session,
    resume=sessions.resume,
    beat=crediting.beat,
    answer=crediting.answer,
    miss=crediting.miss,
    bye=sessions.bye,
    end=sessions.end,
    flush=sessions.flush,
)

# The model tells a stale epoch's answer that no check is open; the product says why.
SAME_REFUSAL = {"superseded": "no_check", "bad_runs": "bad_msg"}


class Lockstep:
    """Both worlds, the verbs on them, and what must hold after each."""

    def __init__(
        self,
        *,
        mode: MissedCheck = MissedCheck.HOLD,
        first_check_s: int = NO_CHECK_S,
        law: SimpleNamespace = THE_LAW,
    ) -> None:
        """Begin with a learner who never opened a lesson."""
        self.mode, self.law = mode, law
        self.now_ms = NOON_MS
        self.next_draw_s = first_check_s
        learner = reference.Learner(mode=mode.value)
        learner.live.next_check = first_check_s
        self.core = reference.Core(learner, draw=lambda: self.next_draw_s)
        live = LiveViewing(next_check_s=first_check_s)
        self.viewing = Viewing(live)
        self.store = Store(live.copy())
        self.confirmed_before: dict[int, int] = {}
        self.since_pass_s = 0

    def open(self, media: int, duration_s: int, rate_percent: int = 100) -> None:
        """Open a session of a media, ending the running one."""
        key = f"session-{len(self.store.ledgers)}"
        self.core.open(self.now_ms, key, media, duration_s, rate_percent)
        opening = sessions.Opening(
            session_key=key,
            media_key=media,
            duration_s=duration_s,
            policy=Policy(rate_percent=rate_percent, missed_check=self.mode),
            seen=self.seen_of(media),
            header_head=b"",
        )
        # The model knows no first check drawn at an opening; examples test that.
        opened = self.law.open_session(self.viewing, opening, now_ms=self.now_ms, draw=lambda: NO_CHECK_S)
        if opened.preempted is not None:
            self._commit_end(opened.preempted)
        self.store.policies[key] = opening.policy
        self.store.coverage.setdefault(media, SeenSeconds())
        self._commit(key, opened.lines)
        self.check()

    def resume(self, key: str) -> None:
        """Attach again."""
        ours, theirs = self._both(
            lambda: self.law.resume(self.viewing, key),
            lambda: self.core.resume(self.now_ms, key)[1],
        )
        assert ours == theirs
        self._commit(key, [])
        self.check()

    def beat(self, said: Said, epoch: int) -> Any:
        """Send a beat; return the product's answer, or the refusal's code."""
        key = self.viewing.live.session_key
        ours, theirs = self._both(
            lambda: self.law.beat(self.viewing, said, now_ms=self.now_ms, epoch=epoch),
            lambda: self.core.hb(
                self.now_ms,
                epoch,
                said.sequence,
                said.claims,
                said.played_ms,
                said.state,
                said.flags,
            ),
        )
        self._compare_beats(ours, theirs)
        if not isinstance(ours, str):
            self._commit(key, ours.lines)
            self.since_pass_s += ours.added.bit_count()
        self.check()
        return ours

    def crash_in_beat(self, said: Said, epoch: int) -> None:
        """Let the product die between the rule and the commit; the model never hears of it."""
        with contextlib.suppress(Refusal):
            self.law.beat(self.viewing, said, now_ms=self.now_ms, epoch=epoch)
        self.crash()

    def crash(self) -> None:
        """Kill the product's process and load the learner again from the store."""
        live, terms = self.store.live.copy(), self.store.terms
        seen = SeenSeconds()
        if terms is not None:
            seen = effective_coverage(live, terms, self.store.coverage[terms.media_key])
        self.viewing = Viewing(live, terms, seen)
        self.check()

    def bye(self, said: Said, epoch: int) -> None:
        """Send a last beat."""
        key = self.viewing.live.session_key
        ours, theirs = self._both(
            lambda: self.law.bye(self.viewing, said, now_ms=self.now_ms, epoch=epoch),
            lambda: self.core.bye(self.now_ms, epoch, said.sequence, said.claims, said.played_ms),
        )
        self._compare_beats(ours if isinstance(ours, str) else ours.beat, theirs)
        if not isinstance(ours, str):
            self.since_pass_s += ours.beat.added.bit_count()
            self.store.ledgers[key] += ours.beat.lines
            self._commit_end(ours.ended)
        self.check()

    def time_out(self) -> None:
        """End the running session for silence."""
        if self.viewing.terms is None:
            return
        self.core._end(self.now_ms, "timeout")
        ended = self.law.end(self.viewing, now_ms=self.now_ms, reason=EndReason.TIMEOUT)
        self._commit_end(ended)
        self.check()

    def answer(self, epoch: int, *, is_right: bool) -> None:
        """Answer the open check."""
        self._decide(
            lambda: self.law.answer(
                self.viewing,
                now_ms=self.now_ms,
                epoch=epoch,
                is_right=is_right,
                draw=lambda: self.next_draw_s,
            ),
            lambda: self.core.answer(self.now_ms, epoch, is_right),
        )

    def miss(self, epoch: int) -> None:
        """Let the open check's deadline pass."""
        self._decide(
            lambda: self.law.miss(self.viewing, now_ms=self.now_ms, epoch=epoch),
            lambda: self.core.miss(self.now_ms, epoch),
        )

    def flush(self, key: str, claims: Any) -> None:
        """Send late claims for an ended session."""
        ended = self.store.ended.get(key)
        if ended is None:
            return
        seen = self.seen_of(ended.terms.media_key)
        ours, theirs = self._both(
            lambda: self.law.flush(self.viewing.live, ended, seen, claims),
            lambda: self.core.flush(self.now_ms, key, claims),
        )
        if isinstance(ours, str):
            assert ours == theirs
        else:
            assert runs_of_mask(ours.deferred) == theirs["rem"]
            self.since_pass_s += ours.added.bit_count()
            self._store_seen(ended.terms.media_key, seen)
            self._commit(key, ours.lines)
        self.check()

    def seal(self, key: str) -> None:
        """Seal an ended session."""
        ended = self.store.ended.get(key)
        if ended is not None:
            ended.is_sealed = True
            self.core.st.sess[key].sealed = True

    def check(self) -> None:
        """Compare both worlds whole, then hold the product against the invariants."""
        standing.compare(self)
        standing.hold_against_invariants(self)

    def snapshot(self) -> Any:
        """Return everything durable, to compare before and after."""
        return copy.deepcopy((self.viewing, self.store.ledgers, self.store.ended))

    # The product's little store.

    def seen_of(self, media: int) -> SeenSeconds:
        """Return the seconds of a media: the running session's own, or as stored."""
        terms = self.viewing.terms
        if terms is not None and terms.media_key == media:
            return self.viewing.seen
        stored = self.store.coverage.get(media, SeenSeconds())
        return SeenSeconds(stored.confirmed, stored.provisional)

    def _store_seen(self, media: int, seen: SeenSeconds) -> None:
        self.store.coverage[media] = SeenSeconds(seen.confirmed, seen.provisional)

    def _commit(self, key: str, lines: Sequence[LedgerLine]) -> None:
        """Write the live row; and, only when a segment closed, its lines and the coverage."""
        self.store.live, self.store.terms = self.viewing.live.copy(), self.viewing.terms
        if lines:
            self.store.ledgers.setdefault(key, []).extend(lines)
            if self.viewing.terms is not None and key == self.viewing.terms.session_key:
                self._store_seen(self.viewing.terms.media_key, self.viewing.seen)

    def _commit_end(self, ended: Any) -> None:
        key = ended.session.terms.session_key
        self.store.ended[key] = ended.session
        self.store.ledgers[key] += ended.lines
        self._store_seen(ended.session.terms.media_key, ended.seen)
        self._commit(key, [])

    def _decide(self, ours_of: Callable[[], Any], theirs_of: Callable[[], Any]) -> None:
        """Answer or miss on both sides, and apply the fate to the learner's other media."""
        key = self.viewing.live.session_key
        ours, theirs = self._both(ours_of, theirs_of)
        assert isinstance(ours, str) == isinstance(theirs, str)
        if isinstance(ours, str):
            assert SAME_REFUSAL.get(ours, ours) == theirs
            self.check()
            return
        for seen in self.store.coverage.values():
            if ours.fate is ProvisionalFate.CONFIRMED:
                seen.confirmed, seen.provisional = seen.held, 0
            elif ours.fate is ProvisionalFate.VOIDED:
                seen.provisional = 0
        if ours.fate is not ProvisionalFate.KEPT:
            self.since_pass_s = 0
        self._commit(key, ours.lines)
        self.check()

    def _both(self, ours_of: Callable[[], Any], theirs_of: Callable[[], Any]) -> tuple[Any, Any]:
        """Return what both sides answer; a refusal as its code, having changed nothing (I3)."""
        before = self.snapshot()
        ours: Any
        theirs: Any
        try:
            ours = ours_of()
        except Refusal as refusal:
            ours = refusal.code
            assert self.snapshot() == before
        try:
            theirs = theirs_of()
        except reference.Reject as reject:
            theirs = str(reject)
        return ours, theirs

    def _compare_beats(self, ours: Any, theirs: Any) -> None:
        if isinstance(ours, str) or isinstance(theirs, str):
            assert ours == {"bad_runs": "bad_msg"}.get(theirs, theirs)
            return
        assert ours.sequence == theirs["seq"]
        assert runs_of_mask(ours.deferred) == theirs["rem"]
        assert ours.is_repeat == theirs["dup"]
        if not theirs["dup"]:
            assert ours.is_check_open == theirs["chk"]
            assert ours.is_check_issued == (bool(ours.lines) and ours.lines[-1].kind is LineKind.CHECK)
