from __future__ import annotations

import asyncio
from threading import get_ident

import pytest
from django.db import OperationalError, connection

from learning.together.side_threads import SideThreads

pytestmark = pytest.mark.django_db(transaction=True)


def connected() -> tuple[int, object]:
    connection.ensure_connection()
    return get_ident(), connection.connection


async def test_work_finds_the_connection_of_the_work_before() -> None:
    threads = SideThreads()

    first = await threads.run(connected)
    second = await threads.run(connected)
    await threads.close()

    assert first == second
    assert first[0] != get_ident()


async def test_failed_work_leaves_no_broken_connection() -> None:
    def fail() -> None:
        connected()
        raise OperationalError("gone")

    threads = SideThreads()
    with pytest.raises(OperationalError):
        await threads.run(fail)

    assert await threads.run(lambda: connection.connection) is None
    await threads.close()


async def test_closed_threads_leave_no_connection_behind() -> None:
    threads = SideThreads()
    _thread, raw = await threads.run(connected)

    await threads.close()

    assert threads.busy_count == 0
    with pytest.raises(Exception, match="closed"):
        raw.execute("SELECT 1")  # type: ignore[attr-defined]


async def test_more_work_than_threads_waits_its_turn() -> None:
    threads = SideThreads()

    found = await asyncio.gather(*(threads.run(get_ident) for _piece in range(12)))
    await threads.close()

    assert len(found) == 12
    assert len(set(found)) <= 4
