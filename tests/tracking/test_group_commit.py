from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import IntegrityError, OperationalError

from tests.factories import tracking as make
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tests.tracking.seats import Socket, beat, live_of, seat_of
from tracking import group_commit, ledger_check
from tracking.group_commit import writing
from tracking.models import Coverage, LiveViewing, ViewingEntry, batch
from tracking.models.batch import Mark, Write
from tracking.protocol import CloseCode, ErrorCode

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "committer")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_RETRY_S", 0.01)


async def test_nothing_is_said_before_the_commit(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket()
    seat = await seat_of(at, socket)
    order: list[str] = []
    commit = batch.commit

    def slow(writes: Sequence[Write]) -> set[Mark]:
        passed = commit(writes)
        order.append(f"committed, heard {len(socket.heard)}")
        return passed

    monkeypatch.setattr(batch, "commit", slow)
    beat(seat, ((0, 10),), after_s=10)
    await socket.told()

    assert order == ["committed, heard 0"]
    assert socket.heard == ["ack 1"]
    assert (await live_of(at)).sequence == 1


async def test_beats_of_one_batch_are_one_transaction_and_all_acknowledged(
    at: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await in_thread(make.learner)()
    sockets = Socket(), Socket()
    seats = [await seat_of(at, sockets[0]), await seat_of(other, sockets[1])]
    sizes: list[int] = []
    commit = batch.commit

    def counted(writes: Sequence[Write]) -> set[Mark]:
        sizes.append(len(writes))
        return commit(writes)

    monkeypatch.setattr(batch, "commit", counted)
    for after_s in (5, 10):
        for seat in seats:
            beat(seat, ((0, after_s),), after_s=after_s)
    await sockets[0].told()
    await sockets[1].told()

    assert sizes == [2]
    assert [socket.heard for socket in sockets] == [["ack 1", "ack 2"]] * 2


async def test_write_without_its_fence_is_not_acknowledged_and_leaves_no_line(at: Learner) -> None:
    socket = Socket()
    seat = await seat_of(at, socket)
    await in_thread(LiveViewing.objects.update)(epoch=7)
    lines_before = await in_thread(ViewingEntry.objects.count)()

    beat(seat, ((0, 10),), after_s=10, state="p")
    await socket.told()

    assert (socket.heard, socket.end) == ([], (ErrorCode.SUPERSEDED, CloseCode.SUPERSEDED))
    assert await in_thread(ViewingEntry.objects.count)() == lines_before
    assert await in_thread(Coverage.objects.count)() == 0
    assert (await live_of(at)).sequence == 0


async def test_one_fenced_write_does_not_hold_back_the_others(at: Learner) -> None:
    other = await in_thread(make.learner)()
    fenced, sound = Socket(), Socket()
    fenced_seat, sound_seat = await seat_of(at, fenced), await seat_of(other, sound)
    await in_thread(LiveViewing.objects.filter(pk=at.person.pk).update)(epoch=7)

    beat(fenced_seat, ((0, 10),), after_s=10)
    beat(sound_seat, ((0, 10),), after_s=10)
    await fenced.told()
    await sound.told()

    assert (fenced.heard, sound.heard) == ([], ["ack 1"])


@pytest.mark.usefixtures("quick")
async def test_batch_is_held_while_the_database_is_away(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket()
    seat = await seat_of(at, socket)
    commit, failures = batch.commit, iter([True, True, True, False])

    def away(writes: Sequence[Write]) -> set[Mark]:
        if next(failures):
            raise OperationalError("away")
        return commit(writes)

    monkeypatch.setattr(batch, "commit", away)
    beat(seat, ((0, 10),), after_s=10)
    await socket.told()

    assert (socket.heard, socket.end) == (["ack 1"], None)
    assert (
        await in_thread(Coverage.objects.held)(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk)
    ).confirmed_s == 10


@pytest.mark.usefixtures("quick")
async def test_commit_of_unknown_outcome_is_written_again_without_harm(
    at: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = Socket()
    seat = await seat_of(at, socket)
    commit, failures = batch.commit, iter([True, False])

    def lost_answer(writes: Sequence[Write]) -> set[Mark]:
        passed = commit(writes)
        if next(failures):
            raise OperationalError("the commit happened, its answer was lost")
        return passed

    monkeypatch.setattr(batch, "commit", lost_answer)
    beat(seat, ((0, 10),), after_s=10)
    await socket.told()

    assert socket.heard == ["ack 1"]
    kinds = await in_thread(lambda: [row.kind for row in ViewingEntry.objects.all()])()
    assert kinds == ["open", "seg"]
    assert (await in_thread(Coverage.objects.get)()).covered_s == 10


@pytest.mark.usefixtures("quick")
async def test_players_are_told_to_come_back_when_the_database_stays_away(
    at: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "COMMIT_HELD_MS", 50)
    socket = Socket()
    seat = await seat_of(at, socket)

    def away(_writes: Sequence[Write]) -> set[Mark]:
        raise OperationalError("away")

    monkeypatch.setattr(batch, "commit", away)
    beat(seat, ((0, 10),), after_s=10)
    await socket.told()

    assert (socket.heard, socket.end) == ([], (ErrorCode.DATABASE_UNAVAILABLE, CloseCode.TRY_LATER))
    assert (await live_of(at)).sequence == 0


async def test_one_row_the_database_refuses_does_not_hold_back_the_others(
    at: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await in_thread(make.learner)()
    bad, sound = Socket(), Socket()
    bad_seat, sound_seat = await seat_of(at, bad), await seat_of(other, sound)
    commit = batch.commit

    def refusing(writes: Sequence[Write]) -> set[Mark]:
        if any(write.mark[0] == at.person.pk for write in writes):
            raise IntegrityError("a bad row")
        return commit(writes)

    monkeypatch.setattr(batch, "commit", refusing)
    beat(bad_seat, ((0, 10),), after_s=10)
    beat(sound_seat, ((0, 10),), after_s=10)
    await bad.told()
    await sound.told()

    assert (bad.heard, sound.heard) == ([], ["ack 1"])


@pytest.mark.usefixtures("quick")
async def test_no_later_line_is_written_after_a_lost_one(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "COMMIT_HELD_MS", 0)
    socket = Socket()
    seat = await seat_of(at, socket)
    commit, tried = batch.commit, []

    def away_once(writes: Sequence[Write]) -> set[Mark]:
        tried.append(len(writes))
        if len(tried) == 1:
            # The player goes on talking while its first lines are being lost.
            loop.call_soon_threadsafe(lambda: beat(seat, ((10, 20),), after_s=20, state="p"))
            raise OperationalError("away")
        return commit(writes)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(batch, "commit", away_once)
    beat(seat, ((0, 10),), after_s=10, state="p")
    await socket.told()
    await group_commit.committer().finished()

    assert socket.end == (ErrorCode.DATABASE_UNAVAILABLE, CloseCode.TRY_LATER)
    assert (await live_of(at)).sequence == 0
    assert await in_thread(lambda: list(ledger_check.differences()))() == []


async def test_a_value_no_driver_takes_does_not_end_the_committer(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    other = await in_thread(make.learner)()
    bad, sound = Socket(), Socket()
    bad_seat, sound_seat = await seat_of(at, bad), await seat_of(other, sound)
    commit = batch.commit

    def refusing(writes: Sequence[Write]) -> set[Mark]:
        if any(write.mark[0] == at.person.pk for write in writes):
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return commit(writes)

    monkeypatch.setattr(batch, "commit", refusing)
    beat(bad_seat, ((0, 10),), after_s=10)
    beat(sound_seat, ((0, 10),), after_s=10)
    await bad.told()
    await sound.told()

    assert (bad.heard, sound.heard) == ([], ["ack 1"])


async def test_a_seat_that_left_while_it_sat_down_is_not_kept(at: Learner) -> None:
    seat = await seat_of(at, Socket())
    committer = group_commit.committer()

    committer.leave(seat)
    await committer.join(seat)

    await asyncio.wait_for(committer.finished(), 5)


async def test_what_was_said_before_leaving_is_still_written(at: Learner) -> None:
    socket = Socket()
    seat = await seat_of(at, socket)
    beat(seat, ((0, 10),), after_s=10)

    group_commit.committer().leave(seat)
    await group_commit.committer().finished()

    assert socket.heard == []
    assert (await live_of(at)).sequence == 1


async def test_no_acknowledgement_passes_a_failing_database_on_the_wire(
    at: Learner, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = await Player(at).connect()
    await player.open()
    clock.pass_s(15)
    commit, is_away = batch.commit, True

    def away(writes: Sequence[Write]) -> set[Mark]:
        if is_away:
            raise OperationalError("away")
        return commit(writes)

    monkeypatch.setattr(batch, "commit", away)
    await player.beat([0, 15])
    is_silent = await player.socket.receive_nothing(timeout=0.6)
    is_away = False

    assert is_silent
    assert await player.hear() == {"t": "ack", "q": 1, "n": 15}
    await player.leave()
