"""The committer's one thread and connection, and its patience with the database.

A batch's values are absolute, so whatever became of a write that failed, it is simply written again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple, TypeVar

from django.db import InterfaceError, OperationalError

from learning.together import disconnect
from tracking.models import batch
from tracking.protocol.limits import COMMIT_HELD_MS

logger = logging.getLogger(__name__)

_RETRY_S: Final = 0.5
_Answer = TypeVar("_Answer")


class Committed(NamedTuple):
    """Whose writes passed the fence, and whose were left out."""

    passed: set[batch.Mark]
    lapsed: set[batch.Mark]


class Writer:
    """One thread with one connection; `close` leaves neither behind."""

    def __init__(self) -> None:
        """Start no thread before there is work."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="group-commit")

    async def close(self) -> None:
        """Disconnect and end the thread."""
        await self.in_thread(disconnect)
        self._thread.shutdown(wait=False)

    async def in_thread(self, work: Callable[[], _Answer]) -> _Answer:
        """Do work on the thread's connection, once."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def commit_held(
        self, writes: Sequence[batch.Write], *, lapsed: Callable[[], set[batch.Mark]], since_s: float | None = None
    ) -> Committed:
        """Write until it is written, for 30 s at most, all but whoever has lapsed, which is asked in the same breath.

        A write no database takes holds back no other.

        Raises: Error, when the database stayed away.
        """

        def write_all() -> Committed:
            gone = lapsed()
            return Committed(batch.commit([write for write in writes if write.mark not in gone]), gone)

        try:
            return await self.held(write_all, since_s=since_s)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # a value no driver takes is not always django.db's Error
            if len(writes) == 1:
                raise
            return await self._commit_each(writes, await self.held(lapsed, since_s=since_s))

    async def held(self, work: Callable[[], _Answer], *, since_s: float | None = None) -> _Answer:
        """Ask the database until it answers, for 30 s at most since `since_s` (by the loop; None: since now).

        Raises: Error, when it stayed away.
        """
        loop = asyncio.get_running_loop()
        give_up_s = (loop.time() if since_s is None else since_s) + COMMIT_HELD_MS / 1_000
        while True:
            try:
                return await self.in_thread(work)
            except (OperationalError, InterfaceError) as error:
                if loop.time() >= give_up_s:
                    raise
                logger.warning("The database did not take a batch: %s", error)
                await self.in_thread(disconnect)
                await asyncio.sleep(_RETRY_S)

    async def _commit_each(self, writes: Sequence[batch.Write], gone: set[batch.Mark]) -> Committed:
        """Write one by one, so that one bad row cannot hold back the rest; a bad one passes no fence."""
        passed: set[batch.Mark] = set()
        for write in writes:
            if write.mark in gone:
                continue
            try:
                passed |= await self.held(partial(batch.commit, [write]))
            except Exception:  # as above
                logger.exception("A write of person %d was refused by the database", write.mark[0])
        return Committed(passed, gone)
