from __future__ import annotations

import pytest

from tests.factories.tracking import Learner
from tests.tracking.seats import Socket, seat_of
from tracking import group_commit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "committer")]


async def test_a_player_that_sits_down_as_the_signal_comes_is_sent_elsewhere_once_and_after_its_welcome(
    at: Learner,
) -> None:
    committer = group_commit.committer()
    seat = await seat_of(at, socket := Socket())

    await committer.drain()
    before_welcome = list(socket.heard)
    seat.told_heartbeat_ms = committer.heartbeat_ms
    await committer.send_elsewhere(seat)
    await committer.drain()

    assert before_welcome == []
    assert socket.heard == ['{"t":"drain","in_ms":120000}']
