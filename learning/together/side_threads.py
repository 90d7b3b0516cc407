"""A few threads for what sockets may have to wait for: who is signed in, and openings, mostly.

Each keeps its connection from one piece of work to the next: on SQLite to connect costs more than to
open a viewing, and after a storm a hundred thousand players come at once. `close` leaves neither
threads nor connections behind; each connection is closed by the thread that made it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from django.db import Error, connection

# Python's own lock lets one of them compute while the others wait for the database.
_THREADS: Final = 4
_Answer = TypeVar("_Answer")


class SideThreads:
    """Threads that start with the first work; serve one event loop."""

    def __init__(self) -> None:
        """Start nothing."""
        #: How many pieces of work are done or wait to be done.
        self.busy_count = 0
        self._gate = asyncio.Semaphore(_THREADS)
        #: Those at rest; the one that rested last is the first to work again.
        self._idle: list[ThreadPoolExecutor] = []

    async def run(self, work: Callable[[], _Answer]) -> _Answer:
        """Do the work on one of the threads, and return or raise what it does."""
        self.busy_count += 1
        try:
            async with self._gate:
                thread = self._idle.pop() if self._idle else ThreadPoolExecutor(1, "beside-commits")
                try:
                    return await asyncio.get_running_loop().run_in_executor(thread, _on_sound_connection, work)
                finally:
                    self._idle.append(thread)
        finally:
            self.busy_count -= 1

    async def close(self) -> None:
        """Disconnect and end the threads that rest; nobody may be at work."""
        while self._idle:
            thread = self._idle.pop()
            await asyncio.get_running_loop().run_in_executor(thread, disconnect)
            thread.shutdown(wait=False)


def disconnect() -> None:
    """Close this thread's own connection. NB: `connection.close` itself would name the caller's."""
    connection.close()


def _on_sound_connection(work: Callable[[], _Answer]) -> _Answer:
    """Work on the thread's connection, which Django tries first where it is told to; leave no broken one behind."""
    connection.health_check_done = False  # type: ignore[attr-defined]  # its stub lacks it
    try:
        return work()
    except Error:
        connection.close()
        raise
