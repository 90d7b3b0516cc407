"""Ada at her player: the rule's verbs as one learner meets them, with the server's clock to turn."""

from tests.tracking.rules.said import NOON_MS, Said
from tracking.rules import crediting, sessions
from tracking.rules.crediting import BeatResult
from tracking.rules.presence import NO_CHECK_S
from tracking.rules.runs import runs_of_mask
from tracking.rules.viewing import LiveViewing, Policy, SeenSeconds, Viewing

LESSON, OTHER_LESSON = 7, 8


class Ada:
    """One learner and her player, with a clock of the server's to turn."""

    def __init__(self, *, policy: Policy | None = None, next_check_s: int = NO_CHECK_S) -> None:
        """Begin before her first lesson."""
        self.policy = policy or Policy()
        self.now_ms = NOON_MS
        self.viewing = Viewing(LiveViewing(next_check_s=next_check_s))
        self.opened_count = 0

    def open(self, media_key: int = LESSON, *, duration_s: int = 600) -> sessions.Opened:
        """Open a session of a lesson."""
        self.opened_count += 1
        terms, seen = self.viewing.terms, SeenSeconds()
        if terms is not None and terms.media_key == media_key:
            seen = self.viewing.seen
        opening = sessions.Opening(f"s{self.opened_count}", media_key, duration_s, self.policy, seen, b"header")
        return sessions.open_session(self.viewing, opening, now_ms=self.now_ms, draw=lambda: NO_CHECK_S)

    def beat(self, *claims: tuple[int, int], played_s: int = 10_000, wait_s: int = 0, state: str = "p") -> BeatResult:
        """Wait, then send one beat."""
        self.now_ms += wait_s * 1_000
        live = self.viewing.live
        said = Said(live.sequence + 1, claims, played_s * 1_000, state)
        return crediting.beat(self.viewing, said, now_ms=self.now_ms, epoch=live.epoch)

    def answer(self, *, is_right: bool, next_check_s: int = 20) -> crediting.CheckResult:
        """Answer the open check."""
        return crediting.answer(
            self.viewing,
            now_ms=self.now_ms,
            epoch=self.viewing.live.epoch,
            is_right=is_right,
            draw=lambda: next_check_s,
        )

    def miss(self) -> crediting.CheckResult:
        """Let the open check's deadline pass."""
        return crediting.miss(self.viewing, now_ms=self.now_ms, epoch=self.viewing.live.epoch)

    @property
    def confirmed(self) -> list[tuple[int, int]]:
        """The runs she has for good."""
        return runs_of_mask(self.viewing.seen.confirmed)
