from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection

from learning.models import Edition, Person
from tests.factories import tracking as make
from tests.factories.tracking import NOON_MS, Learner
from tracking import access
from tracking.actions import endings, exchanges, tickets, viewings
from tracking.models import Coverage, LiveViewing, ViewingEntry, ViewingSession
from tracking.models.batch import commit, snapshot
from tracking.protocol import Beat, Bye
from tracking.rules import crediting
from tracking.rules.chain import first_broken_index
from tracking.rules.refusals import BadRange, Sealed, SessionEnded, Superseded


def speech(
    at: Learner, opened: viewings.OpenedViewing, said: Beat, *, after_s: int, epoch: int = 1
) -> exchanges.Speech:
    token = tickets.read_token(opened.facts.fallback_token, person_id=at.person.pk, login_key=at.session_key)
    # As one who was let in by requests has it.
    token = replace(token, epoch=epoch)
    watcher = access.Watcher(at.person.pk, at.enrolment.pk, at.session_key, access.password_mark(at.person))
    return exchanges.Speech(token, watcher, epoch, said, NOON_MS + after_s * 1_000)


def beat(sequence: int, *runs: tuple[int, int], state: str = "p") -> Beat:
    return Beat(sequence, runs, 3_600_000, 0, state, 0)


def held_s(at: Learner) -> int:
    return Coverage.objects.held(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk).confirmed_s


@pytest.fixture
def own(db: None, ada: Person) -> Learner:
    return make.learner(ada)


def test_beat_is_written_before_it_is_answered(own: Learner) -> None:
    opened = own.open()

    done = exchanges.exchange(speech(own, opened, beat(1, (0, 20)), after_s=20))

    assert done == exchanges.Exchanged(['{"t":"ack","q":1,"n":20}'])
    assert (LiveViewing.objects.get().sequence, held_s(own)) == (1, 20)


def test_refused_beat_writes_nothing(own: Learner) -> None:
    opened = own.open()

    with pytest.raises(BadRange):
        exchanges.take_beacon(speech(own, opened, beat(1, (0, 99)), after_s=20))

    live = LiveViewing.objects.get()
    assert (live.epoch, live.attached_ms, live.sequence, live.mark_ms) == (1, NOON_MS, 0, NOON_MS)


@pytest.mark.parametrize("epoch", [0, 2])
def test_another_epoch_is_superseded(own: Learner, epoch: int) -> None:
    opened = own.open()

    with pytest.raises(Superseded):
        exchanges.exchange(speech(own, opened, beat(1, (0, 20)), after_s=20, epoch=epoch))


def test_token_of_a_pre_empted_session_is_superseded_even_under_the_present_epoch(own: Learner) -> None:
    first = own.open()
    own.open(now_ms=NOON_MS + 1_000)

    with pytest.raises(Superseded):
        exchanges.exchange(speech(own, first, beat(1, (0, 20)), after_s=20, epoch=2))


def test_session_sealed_by_silence_is_said_to_be_sealed(own: Learner) -> None:
    opened = own.open()
    endings.end_silent(person_id=own.person.pk, now_ms=NOON_MS + 900_000)

    with pytest.raises(Sealed):
        exchanges.exchange(speech(own, opened, beat(1, (0, 20)), after_s=901))


def test_session_ended_and_not_sealed_is_said_to_be_ended(own: Learner) -> None:
    opened = own.open()
    own.open(now_ms=NOON_MS + 1_000)
    LiveViewing.objects.update(session=None)

    with pytest.raises(SessionEnded):
        exchanges.exchange(speech(own, opened, beat(1), after_s=2))


def test_suspended_course_earns_nothing(own: Learner) -> None:
    opened = own.open()
    Edition.objects.update(status=Edition.Status.SUSPENDED)

    for verb in (exchanges.exchange, exchanges.take_beacon):
        with pytest.raises(exchanges.Lapsed):
            verb(speech(own, opened, beat(1, (0, 20)), after_s=20))

    assert (LiveViewing.objects.get().epoch, held_s(own)) == (1, 0)


def test_beacon_leaves_no_lease_in_the_way_of_another_device(own: Learner) -> None:
    opened = own.open()
    exchanges.take_beacon(speech(own, opened, beat(1, (0, 5)), after_s=5))

    assert own.open(device="phone", now_ms=NOON_MS + 6_000).facts.confirmed_s == 5


def test_beat_of_a_socket_after_the_beacon_passes_no_fence(own: Learner) -> None:
    opened = own.open()
    viewing = opened.viewing
    result = crediting.beat(viewing, beat(1, (0, 15)), now_ms=NOON_MS + 15_000, epoch=1)
    exchanges.take_beacon(speech(own, opened, beat(2, (0, 18), state="i"), after_s=18))

    assert commit([snapshot(opened.row, viewing, result.lines)]) == set()

    exchanges.exchange(speech(own, opened, Bye(3, (), 1, 0, "i", 0, "user"), after_s=19, epoch=2))
    session = ViewingSession.objects.get()
    lines = [entry.as_line(str(session.key)) for entry in session.entries.order_by("line_index")]
    assert first_broken_index(bytes.fromhex(session.header_digest), lines, last_head=bytes(session.head)) is None
    assert (session.new_s, held_s(own)) == (18, 18)


def test_beacon_after_the_sockets_beat_grants_only_what_is_new(own: Learner) -> None:
    opened = own.open()
    result = crediting.beat(opened.viewing, beat(1, (0, 15)), now_ms=NOON_MS + 15_000, epoch=1)
    assert commit([snapshot(opened.row, opened.viewing, result.lines)])

    exchanges.take_beacon(speech(own, opened, beat(2, (0, 18)), after_s=18))

    assert (LiveViewing.objects.get().granted_s, held_s(own)) == (18, 18)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_stand_in_line(at: Learner) -> None:
    opened = at.open()
    speeches = [speech(at, opened, beat(number, (0, 10 * number)), after_s=20) for number in (1, 2)]
    start, ended = threading.Barrier(2), []

    def send(said: exchanges.Speech) -> None:
        start.wait(10)
        try:
            ended.append(exchanges.exchange(said))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(said,)) for said in speeches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    # Whichever came first: the later beat contains the earlier one.
    assert len(ended) == 2
    assert (LiveViewing.objects.get().granted_s, held_s(at)) == (20, 20)
    indices = list(ViewingEntry.objects.order_by("line_index").values_list("line_index", flat=True))
    assert indices == list(range(len(indices)))


@pytest.mark.django_db(transaction=True)
def test_beat_and_beacon_at_once_lose_nothing(at: Learner) -> None:
    opened = at.open()
    start, refused = threading.Barrier(2), []

    def send(is_beacon: bool) -> None:
        start.wait(10)
        try:
            if is_beacon:
                exchanges.take_beacon(speech(at, opened, beat(2, (0, 20)), after_s=20))
            else:
                exchanges.exchange(speech(at, opened, beat(1, (0, 15)), after_s=20))
        except Superseded as error:
            refused.append((is_beacon, error))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(is_beacon,)) for is_beacon in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    # Only the beat may have come too late; the beacon contains it.
    assert [is_beacon for is_beacon, _error in refused] in ([], [False])
    live = LiveViewing.objects.get()
    assert (live.epoch, live.granted_s, held_s(at)) == (2, 20, 20)
