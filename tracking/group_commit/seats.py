"""Seats: one open session of one connection, and what it has still to write and to say."""

from collections.abc import Sequence
from typing import Protocol

from tracking import access
from tracking.models import batch
from tracking.protocol import CloseCode, ErrorCode
from tracking.protocol.limits import SILENT_IDLE_MS, SILENT_PLAYING_MS
from tracking.rules.chain import LedgerLine
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.viewing import PLAYING, WAITING, Viewing


class Player(Protocol):
    """The socket's side of a seat."""

    async def tell(self, texts: Sequence[str]) -> None:
        """Send what may be said now that the write behind it is committed."""

    async def dismiss(self, error: ErrorCode | None, close: CloseCode | None) -> None:
        """Say why, if there is a reason, and close the socket; None closes it normally."""


class Seat:
    """One open session of one connection, and what it has still to write and to say."""

    __slots__ = (
        "checked_ms",
        "ending",
        "fate",
        "heard_ms",
        "is_gone",
        "is_lost",
        "lines",
        "player",
        "row",
        "texts",
        "told_heartbeat_ms",
        "viewing",
        "watcher",
    )

    def __init__(self, player: Player, row: batch.SessionRow, watcher: access.Watcher, viewing: Viewing) -> None:
        """Take a seat; nothing is dirty yet."""
        self.player = player
        self.row = row
        self.watcher = watcher
        self.viewing = viewing
        self.heard_ms = viewing.live.mark_ms
        #: When it was last made sure that its learner still may watch.
        self.checked_ms = self.heard_ms
        self.lines: list[LedgerLine] = []
        self.texts: list[str] = []
        self.ending: batch.Ending | None = None
        self.fate = ProvisionalFate.KEPT
        #: How often this player believes it should beat; None: as usual.
        self.told_heartbeat_ms: int | None = None
        self.is_gone = False
        #: A write of it was lost: what follows in its chain may never be written.
        self.is_lost = False

    def is_silent(self, now_ms: int) -> bool:
        """Say whether nothing was heard for longer than the player's state allows."""
        is_busy = self.viewing.live.state in (PLAYING, WAITING)
        return now_ms - self.heard_ms > (SILENT_PLAYING_MS if is_busy else SILENT_IDLE_MS)
