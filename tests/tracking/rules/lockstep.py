"""A learner's world run twice, by the specification's model and by the product, in step.

After every message both must stand identically (standing), and the product within the invariants.
The product side keeps a little store and writes only what the rule's callers are told to write,
so that `crash` shows whether that is enough. Rules are reached through `law`, so that a test may
put a damaged one in; without the model beside it, the invariants alone must find the damage.
"""

import contextlib
import copy
import importlib
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from tests.tracking.rules import invariants, standing
from tests.tracking.rules.invariants import Witness, hold
from tests.tracking.rules.said import NOON_MS, Said
from tests.tracking.rules.standing import Store
from tracking.rules import crediting, sessions
from tracking.rules.chain import LedgerLine
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


class Lockstep:
    """Both worlds, the verbs on them, and what must hold after each."""

    def __init__(
        self,
        *,
        mode: MissedCheck = MissedCheck.HOLD,
        first_check_s: int = NO_CHECK_S,
        law: SimpleNamespace = THE_LAW,
        is_beside_model: bool = True,
    ) -> None:
        """Begin with a learner who never opened a lesson."""
        self.mode, self.law, self.is_beside_model = mode, law, is_beside_model
        self.now_ms = NOON_MS
        self.next_draw_s = first_check_s
        learner = reference.Learner(mode=mode.value)
        learner.live.next_check = first_check_s
        self.core = reference.Core(learner, draw=lambda: self.next_draw_s)
        live = LiveViewing(next_check_s=first_check_s)
        self.viewing = Viewing(live)
        self.store = Store(live.copy())
        self.witness = Witness()
        self.durations_s: dict[int, int] = {}

    def open(self, media: int, duration_s: int, rate_percent: int = 100) -> None:
        """Open a session of a media, ending the running one."""
        key = f"session-{len(self.store.ledgers)}"
        if self.is_beside_model:
            self.core.open(self.now_ms, key, media, duration_s, rate_percent)
        self.durations_s[media], epoch = duration_s, self.viewing.live.epoch
        self.witness.note_open(self.viewing.live.session_key, key, self.now_ms, rate_percent)
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
        hold("I3", self.viewing.live.epoch > epoch, "whoever played before is not fenced")
        self.store.coverage.setdefault(media, SeenSeconds())
        self._commit(key, opened.lines)
        self.check()

    def resume(self, key: str) -> None:
        """Attach again."""
        epoch = self.viewing.live.epoch
        ours, theirs = self._both(
            lambda: self.law.resume(self.viewing, key),
            lambda: self.core.resume(self.now_ms, key)[1],
        )
        assert ours == theirs or not self.is_beside_model
        hold("I3", isinstance(ours, str) or self.viewing.live.epoch > epoch, "the connection left behind is not fenced")
        self._commit(key, [])
        self.check()

    def beat(self, said: Said, epoch: int) -> Any:
        """Send a beat; return the product's answer, or the refusal's code."""
        live, terms = self.viewing.live, self.viewing.terms
        key, is_repeat, is_stale = live.session_key, said.sequence <= live.sequence, epoch != live.epoch
        before = self.snapshot() if is_repeat else None
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
        if self.is_beside_model:
            standing.compare_beats(ours, theirs)
        hold("I3", not is_stale or ours == "superseded", "a stale epoch was heard")
        hold("I3", before is None or self.snapshot() == before, "a repeat changed something")
        if terms is not None and not isinstance(ours, str):
            self._commit(key, ours.lines)
            self.witness.note_beat(terms, said.claims, ours)
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
        key, terms = self.viewing.live.session_key, self.viewing.terms
        ours, theirs = self._both(
            lambda: self.law.bye(self.viewing, said, now_ms=self.now_ms, epoch=epoch),
            lambda: self.core.bye(self.now_ms, epoch, said.sequence, said.claims, said.played_ms),
        )
        if self.is_beside_model:
            standing.compare_beats(ours if isinstance(ours, str) else ours.beat, theirs)
        if terms is not None and not isinstance(ours, str):
            self.witness.note_beat(terms, said.claims, ours.beat)
            self.store.ledgers[key] += ours.beat.lines
            self._commit_end(ours.ended)
        self.check()

    def time_out(self) -> None:
        """End the running session for silence."""
        if self.viewing.terms is None:
            return
        if self.is_beside_model:
            self.core._end(self.now_ms, "timeout")
        self.witness.note_time(self.viewing.live.session_key, self.now_ms)
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
        was_sealed, seen = ended.is_sealed, self.seen_of(ended.terms.media_key)
        ours, theirs = self._both(
            lambda: self.law.flush(self.viewing.live, ended, seen, claims),
            lambda: self.core.flush(self.now_ms, key, claims),
        )
        said = ours if isinstance(ours, str) else {"rem": runs_of_mask(ours.deferred)}
        assert said == theirs or not self.is_beside_model
        if not isinstance(ours, str):
            hold("I3", not was_sealed, "a sealed session took a late claim")
            self.witness.note_grant(key, ours.added)
            self._store_seen(ended.terms.media_key, seen)
            self._commit(key, ours.lines)
        self.check()

    def seal(self, key: str) -> None:
        """Seal an ended session."""
        self.store.ended[key].is_sealed = True
        if self.is_beside_model:
            self.core.st.sess[key].sealed = True

    def check(self) -> None:
        """Compare both worlds whole, then hold the product against the invariants."""
        if self.is_beside_model:
            standing.compare(self)
        invariants.hold_all(self)

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
        if self.is_beside_model:
            assert isinstance(ours, str) == isinstance(theirs, str)
            assert not isinstance(ours, str) or standing.DECISION_REFUSED.get(ours, ours) == theirs
        if isinstance(ours, str):
            self.check()
            return
        for seen in self.store.coverage.values():
            # NB: equal, not identical: a damaged rule brings words of its own.
            if ours.fate == ProvisionalFate.CONFIRMED:
                seen.confirmed, seen.provisional = seen.held, 0
            elif ours.fate == ProvisionalFate.VOIDED:
                seen.provisional = 0
        if ours.fate != ProvisionalFate.KEPT:
            self.witness.note_decision(self, is_void=ours.fate == ProvisionalFate.VOIDED)
        self._commit(key, ours.lines)
        self.check()

    def _both(self, ours_of: Callable[[], Any], theirs_of: Callable[[], Any]) -> tuple[Any, Any]:
        """Return what both sides answer; a refusal as its code, having changed nothing (I3)."""
        before = self.snapshot()
        self.witness.note_time(self.viewing.live.session_key, self.now_ms)
        ours: Any
        theirs: Any
        try:
            ours = ours_of()
        except Refusal as refusal:
            ours = refusal.code
            hold("I3", self.snapshot() == before, "a refused message changed something")
        if not self.is_beside_model:
            return ours, None
        try:
            theirs = theirs_of()
        except reference.Reject as reject:
            theirs = str(reject)
        return ours, theirs
