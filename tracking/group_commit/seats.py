"""Seats: one open session of one connection, and what it has still to write and to say."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, Protocol

from tracking import access
from tracking.models import batch
from tracking.protocol import CloseCode, ErrorCode
from tracking.protocol.limits import HEARTBEAT_MS, SILENT_IDLE_MS, SILENT_PLAYING_MS
from tracking.rules.chain import LedgerLine
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.viewing import PLAYING, WAITING, Viewing

_BEATS_MISSED: Final = 3


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
        "is_sent_elsewhere",
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
        #: How often this player believes it should beat; None: it was not welcomed yet.
        self.told_heartbeat_ms: int | None = None
        self.is_gone = False
        #: It was asked to come back to another process: once is enough.
        self.is_sent_elsewhere = False
        #: A write of it was lost: what follows in its chain may never be written.
        self.is_lost = False

    @property
    def mark(self) -> batch.Mark:
        """What its writes are named by."""
        return (self.row.person_id, self.viewing.live.epoch)

    @property
    def is_welcome(self) -> bool:
        """Say whether its player was told that it is open; nothing else may come before that."""
        return self.told_heartbeat_ms is not None

    def news_of_heartbeat(self, asked_ms: int) -> int | None:
        """Return how often to beat, if the player believes something else."""
        if (self.told_heartbeat_ms or HEARTBEAT_MS) == asked_ms:
            return None
        self.told_heartbeat_ms = asked_ms
        return asked_ms

    def is_silent(self, now_ms: int) -> bool:
        """Say whether nothing was heard for longer than the player's state allows."""
        allowed_ms = SILENT_PLAYING_MS if self.viewing.live.state in (PLAYING, WAITING) else SILENT_IDLE_MS
        # NB: who was asked to beat less often is not silent for doing so.
        asked_ms = self.told_heartbeat_ms or HEARTBEAT_MS
        return now_ms - self.heard_ms > max(allowed_ms, _BEATS_MISSED * asked_ms)


class Seating:
    """All who sit. A storm brings thousands a second, and each is found without a look at the others."""

    def __init__(self) -> None:
        """Nobody sits."""
        self._by_person: dict[int, list[Seat]] = {}

    def __iter__(self) -> Iterator[Seat]:
        """Go through all seats."""
        return chain.from_iterable(self._by_person.values())

    def __len__(self) -> int:
        """Count the persons who sit."""
        return len(self._by_person)

    def add(self, seat: Seat) -> None:
        """Let a seat be taken; a second call does nothing."""
        seats = self._by_person.setdefault(seat.row.person_id, [])
        if seat not in seats:
            seats.append(seat)

    def discard(self, seat: Seat) -> None:
        """Let a seat go; a second call does nothing."""
        left = [other for other in self.of(seat.row.person_id) if other is not seat]
        if left:
            self._by_person[seat.row.person_id] = left
        else:
            self._by_person.pop(seat.row.person_id, None)

    def of(self, person_id: int) -> Sequence[Seat]:
        """Return the seats of one person: one, or more for the moment of a take-over."""
        return self._by_person.get(person_id, ())

    def superseded_in(self, person_id: int, *, epoch: int) -> list[Seat]:
        """Return a person's seats whose timeline was taken over since."""
        return [seat for seat in self.of(person_id) if seat.viewing.live.epoch < epoch]
