"""Seats without a socket: what the committer tells a player, and what it has still to write."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from channels.db import database_sync_to_async as in_thread

from tests.factories.tracking import NOON_MS, Learner
from tracking import access, group_commit
from tracking.hearing import Heard
from tracking.models import LiveViewing
from tracking.protocol import Beat, CloseCode, ErrorCode
from tracking.rules import crediting


class Socket:
    """The far side of a seat: remembers what it was told, and how it ended."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.end: tuple[ErrorCode | None, CloseCode | None] | None = None
        self.news = asyncio.Event()

    async def tell(self, texts: Sequence[str]) -> None:
        self.heard.extend(texts)
        self.news.set()

    async def dismiss(self, error: ErrorCode | None, close: CloseCode | None) -> None:
        self.end = (error, close)
        self.news.set()

    async def told(self) -> None:
        await asyncio.wait_for(self.news.wait(), 10)
        self.news.clear()


async def seat_of(at: Learner, socket: Socket) -> group_commit.Seat:
    opened = await in_thread(at.open)()
    watcher = access.Watcher(at.person.pk, at.enrolment.pk, at.session_key, access.password_mark(at.person))
    seat = group_commit.Seat(socket, opened.row, watcher, opened.viewing)
    group_commit.committer().admit(seat)
    return seat


def beat(seat: group_commit.Seat, claims: tuple[tuple[int, int], ...], *, after_s: int, state: str = "p") -> None:
    viewing = seat.viewing
    said = Beat(viewing.live.sequence + 1, claims, after_s * 1_000, 0, state, 0)
    result = crediting.beat(viewing, said, now_ms=NOON_MS + after_s * 1_000, epoch=viewing.live.epoch)
    group_commit.committer().mark(seat, Heard(result.lines, [f"ack {result.sequence}"]))


async def live_of(at: Learner) -> LiveViewing:
    return await in_thread(LiveViewing.objects.get)(pk=at.person.pk)
