"""Departures: whose connections are gone, noted in the database for many at once.

A node that fails or drains loses everybody in the same second; a thread and a connection for each
would be the storm's worst part. A lease that is not freed lapses by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable

from django.db import Error

from tracking.group_commit.seats import Seat
from tracking.group_commit.writing import Writer
from tracking.models import batch

logger = logging.getLogger(__name__)


class Departures:
    """Those who left since the last commit, and who waits until that is written."""

    def __init__(self) -> None:
        """Nobody has left."""
        self._marks: list[batch.Mark] = []
        self._written: asyncio.Future[None] | None = None

    @property
    def are_due(self) -> bool:
        """Whether anything is to be written."""
        return bool(self._marks)

    def note(self, seat: Seat) -> Awaitable[None]:
        """Note that the seat's connection is gone; wait for what is returned until its lease stands in nobody's way."""
        self._marks.append(seat.mark)
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        # Shielded: one who is cancelled must not cancel what the others wait for.
        return asyncio.shield(self._written)

    async def write(self, writer: Writer) -> None:
        """Free the leases of all of them."""
        marks, written = self._marks, self._written
        self._marks, self._written = [], None
        try:
            await writer.in_thread(lambda: batch.detach(marks))
        except Error:
            logger.warning("Could not free the leases of %d who left", len(marks), exc_info=True)
        finally:
            if written is not None:
                written.set_result(None)
