"""A learner whose every act leaves ledger lines: sessions sealed at the end, as the rule wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, UUID, uuid5

from tests.tracking.rules.said import NOON_MS, Said
from tracking.rules import crediting, sessions
from tracking.rules.chain import LedgerLine
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.refusals import Refusal
from tracking.rules.replay import SessionRecord
from tracking.rules.statements import LessonFacts, SealedSession, Statement, Teller
from tracking.rules.viewing import EndedSession, EndReason, LiveViewing, MissedCheck, Policy, SeenSeconds, Viewing

PLATFORM = "https://hours.example.cn"
OWN = f"{PLATFORM}/xapi/extensions/"
DURATION_S, NEEDED_S = 60, 58


def lesson(number: int) -> LessonFacts:
    return LessonFacts(
        registration=uuid5(NAMESPACE_URL, "enrolment"),
        activity=f"{PLATFORM}/lessons/{number}",
        names={"en": f"Lesson {number}"},
        course=f"{PLATFORM}/course",
        course_names={"en": "Course"},
        duration_s=DURATION_S,
        needed_s=NEEDED_S,
    )


@dataclass
class Kept:
    """One session as the ledger keeps it."""

    key: UUID
    media: int
    lines: list[LedgerLine] = field(default_factory=list)
    ended: EndedSession | None = None


class Watcher:
    """One learner at a player; checks fall due every `check_s` credited seconds."""

    def __init__(self, *, mode: MissedCheck = MissedCheck.HOLD, check_s: int = 25, rate_percent: int = 100) -> None:
        self.mode, self.check_s = mode, check_s
        self.policy = Policy(rate_percent=rate_percent, missed_check=mode)
        self.now_ms = NOON_MS
        self.viewing = Viewing(LiveViewing(next_check_s=check_s))
        self.seen: dict[int, SeenSeconds] = {}
        self.kept: list[Kept] = []

    def open(self, media: int = 1) -> None:
        key = UUID(int=len(self.kept) + 1, version=4)
        opening = sessions.Opening(
            str(key), media, DURATION_S, self.policy, self.seen.setdefault(media, SeenSeconds()), b""
        )
        opened = sessions.open_session(self.viewing, opening, now_ms=self.now_ms, draw=lambda: self.check_s)
        if opened.preempted is not None:
            self._close(opened.preempted)
        self.kept.append(Kept(key, media, list(opened.lines)))

    def beat(self, *runs: tuple[int, int], wait_s: float = 15, state: str = "p") -> None:
        self.now_ms += int(wait_s * 1_000)
        if self.viewing.terms is None:
            self.open()
        live = self.viewing.live
        said = Said(live.sequence + 1, runs, 100_000_000, state)
        self.kept[-1].lines += crediting.beat(self.viewing, said, now_ms=self.now_ms, epoch=live.epoch).lines

    def answer(self, *, is_right: bool = True) -> None:
        self._check(crediting.answer, is_right=is_right, draw=lambda: self.check_s)

    def miss(self) -> None:
        self._check(crediting.miss)

    def leave(self, reason: EndReason = EndReason.BYE) -> None:
        if self.viewing.terms is not None:
            self._close(sessions.end(self.viewing, now_ms=self.now_ms, reason=reason))

    def flush(self, *runs: tuple[int, int]) -> None:
        """Claim late for the newest session that has ended."""
        for kept in reversed(self.kept):
            if kept.ended is not None:
                try:
                    flushed = sessions.flush(self.viewing.live, kept.ended, self.seen[kept.media], list(runs))
                except Refusal:
                    return
                kept.lines += flushed.lines
                return

    def sealed(self) -> list[SealedSession]:
        """End what runs, and return all the sessions."""
        self.leave()
        is_provisional = self.mode is MissedCheck.REWIND
        return [
            SealedSession(kept.key, "0" * 64, lesson(kept.media), "ab" * 32, is_provisional, tuple(kept.lines))
            for kept in self.kept
        ]

    def told(self) -> list[list[Statement]]:
        """End what runs, and return each session's statements."""
        teller = Teller(PLATFORM)
        return [list(teller.tell(session)) for session in self.sealed()]

    def records(self) -> Iterable[SessionRecord]:
        """Return the sessions as the auditor's recomputation reads them."""
        for kept in self.kept:
            assert kept.ended is not None
            is_provisional = self.mode is MissedCheck.REWIND
            yield SessionRecord(str(kept.key), kept.lines, kept.ended.ended_ms, is_provisional)

    def _check(self, verb: object, **facts: object) -> None:
        if self.viewing.terms is None or self.viewing.live.check_ms is None:
            return
        result = verb(self.viewing, now_ms=self.now_ms, epoch=self.viewing.live.epoch, **facts)  # type: ignore[operator]
        self.kept[-1].lines += result.lines
        for seen in self.seen.values():
            if result.fate is ProvisionalFate.CONFIRMED:
                seen.confirmed, seen.provisional = seen.held, 0
            elif result.fate is ProvisionalFate.VOIDED:
                seen.provisional = 0

    def _close(self, ended: sessions.Ended) -> None:
        self.kept[-1].lines += ended.lines
        self.kept[-1].ended = ended.session
