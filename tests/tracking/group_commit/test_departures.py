from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import OperationalError

from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.seats import Socket, live_of, seat_of
from tracking import group_commit
from tracking.models import batch
from tracking.models.batch import Mark

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "committer")]


async def test_many_who_leave_at_once_are_one_write(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    other = await in_thread(make.learner)()
    seats = [await seat_of(at, Socket()), await seat_of(other, Socket())]
    sizes: list[int] = []
    detach = batch.detach

    def counted(marks: Sequence[Mark]) -> None:
        sizes.append(len(marks))
        detach(marks)

    monkeypatch.setattr(batch, "detach", counted)
    await asyncio.gather(*(group_commit.committer().depart(seat) for seat in seats))

    assert sizes == [2]
    assert [(await live_of(one)).attached_ms for one in (at, other)] == [None, None]


async def test_departure_under_an_older_epoch_frees_no_lease(at: Learner) -> None:
    seat = await seat_of(at, Socket())
    await in_thread(lambda: at.open(is_takeover=True, device="phone"))()

    await group_commit.committer().depart(seat)

    assert (await live_of(at)).attached_ms is not None


async def test_departure_waits_for_no_database(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = await seat_of(at, Socket())

    def away(_marks: Sequence[Mark]) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(batch, "detach", away)
    await asyncio.wait_for(group_commit.committer().depart(seat), 10)

    assert (await live_of(at)).attached_ms is not None
