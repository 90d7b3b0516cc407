from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from learning.models import Edition, Enrolment, Person
from tests.factories import tracking as make
from tests.factories.tracking import NOON_MS, Learner
from tracking.actions import endings, openings, tickets, viewings
from tracking.models import Coverage, LiveViewing, ViewingEntry, ViewingSession, batch
from tracking.models.batch import commit, snapshot
from tracking.models.live_viewing import RULE_COLUMNS
from tracking.protocol import Beat, PreviousClaims
from tracking.rules import crediting
from tracking.rules.chain import first_broken_index
from tracking.rules.refusals import Sealed, SessionEnded
from tracking.rules.runs import runs_of_mask

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def watch(
    at: Learner, opened: viewings.OpenedViewing, claims: list[tuple[int, int]], *, now_ms: int, state: str = "p"
) -> None:
    """Send one beat through the rule and the batch, as a socket does."""
    viewing = opened.viewing
    said = Beat(viewing.live.sequence + 1, tuple(claims), now_ms - NOON_MS, 0, state, 0)
    result = crediting.beat(viewing, said, now_ms=now_ms, epoch=viewing.live.epoch)
    assert commit([snapshot(opened.row, viewing, result.lines)])


def lines_of(session: ViewingSession) -> list[str]:
    return [entry.kind for entry in ViewingEntry.objects.filter(session=session)]


def test_open_begins_a_session_from_nothing(at: Learner) -> None:
    opened = at.open()

    session = ViewingSession.objects.get()
    assert (opened.facts.sequence, opened.facts.confirmed_s, opened.facts.resume_s) == (0, 0, 0)
    assert opened.facts.duration_s == 60
    assert lines_of(session) == ["open"]
    assert LiveViewing.objects.get().session_id == session.pk


def test_open_spends_the_ticket(at: Learner) -> None:
    ticket = at.read_ticket()
    viewings.open_viewing(ticket=ticket, said=make.opening(), device_label="", now_ms=NOON_MS)

    with pytest.raises(tickets.TicketRefused):
        viewings.open_viewing(ticket=ticket, said=make.opening(), device_label="", now_ms=NOON_MS)

    assert ViewingSession.objects.count() == 1


def test_open_on_a_busy_lease_is_refused_and_keeps_the_ticket(at: Learner) -> None:
    at.open()
    ticket = at.read_ticket()

    with pytest.raises(viewings.LeaseBusy) as busy:
        viewings.open_viewing(
            ticket=ticket, said=make.opening(device="phone"), device_label="", now_ms=NOON_MS + 44_000
        )

    assert json.loads(busy.value.who) == {
        "label": "Windows · Edge",
        "since_ms": 44_000,
        "lesson": at.lesson.title,
        "number": 1,
    }
    taken = viewings.open_viewing(
        ticket=ticket, said=make.opening(device="phone", is_takeover=True), device_label="", now_ms=NOON_MS + 44_000
    )
    assert taken.facts.epoch == 2


@pytest.mark.parametrize("silence_ms", [45_000, 600_000])
def test_open_after_silence_needs_no_take_over(at: Learner, silence_ms: int) -> None:
    at.open()

    assert at.open(device="phone", now_ms=NOON_MS + silence_ms).facts.epoch == 2


def test_open_after_a_detached_connection_needs_no_take_over(at: Learner) -> None:
    opened = at.open()
    batch.detach([(at.person.pk, opened.facts.epoch)])

    assert at.open(device="phone", now_ms=NOON_MS + 1_000).facts.epoch == 2


def test_take_over_ends_the_first_session_at_that_instant(at: Learner) -> None:
    first = at.open()
    watch(at, first, [(0, 10)], now_ms=NOON_MS + 10_000)

    second = at.open(device="phone", is_takeover=True, now_ms=NOON_MS + 15_000)

    ended = ViewingSession.objects.get(pk=first.row.session_id)
    begun = ViewingSession.objects.get(pk=second.row.session_id)
    assert (ended.ended_ms, ended.end_reason, ended.new_s) == (NOON_MS + 15_000, "preempt", 10)
    assert begun.opened_ms == ended.ended_ms
    assert lines_of(ended) == ["open", "seg", "seg", "end:preempt"]
    assert (second.facts.confirmed, second.facts.resume_s) == ([(0, 10)], 10)


def test_a_beat_of_the_first_device_is_fenced_after_the_take_over(at: Learner) -> None:
    first = at.open()
    at.open(device="phone", is_takeover=True, now_ms=NOON_MS + 5_000)
    viewing = first.viewing
    crediting.beat(viewing, Beat(1, ((0, 5),), 5_000, 5, "p", 0), now_ms=NOON_MS + 5_000, epoch=viewing.live.epoch)

    assert commit([snapshot(first.row, viewing, ())]) == set()

    assert Coverage.objects.held(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk).confirmed_s == 0


def test_resume_continues_with_the_open_segment_and_the_last_sequence(at: Learner) -> None:
    opened = at.open()
    watch(at, opened, [(0, 12)], now_ms=NOON_MS + 12_000)

    again = at.open(resume=opened.facts.session_key, now_ms=NOON_MS + 40_000)

    assert (again.facts.session_key, again.facts.epoch) == (opened.facts.session_key, opened.facts.epoch + 1)
    assert (again.facts.sequence, again.facts.confirmed, again.facts.resume_s) == (1, [(0, 12)], 12)
    watch(at, again, [(12, 30)], now_ms=NOON_MS + 40_000)
    assert Coverage.objects.held(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk).confirmed_s == 30


def test_resume_of_an_unknown_session_is_refused(at: Learner) -> None:
    at.open()

    with pytest.raises(SessionEnded):
        at.open(resume="00000000-0000-4000-8000-000000000000")


def test_resume_of_another_lessons_session_is_refused(at: Learner) -> None:
    opened = at.open()
    second = Learner(at.person, at.enrolment, at.enrolment.edition.lessons.get(number=2), at.client)

    with pytest.raises(SessionEnded):
        second.open(resume=opened.facts.session_key)


def test_open_credits_what_a_dead_session_had_still_to_claim(at: Learner) -> None:
    first = at.open()
    watch(at, first, [(0, 10)], now_ms=NOON_MS + 10_000)
    previous = PreviousClaims(first.facts.session_key, ((10, 20),))

    second = at.open(previous=previous, now_ms=NOON_MS + 30_000)

    # Of the ten seconds two are granted: the player's own account of its play time ends there.
    assert second.late is None
    assert second.facts.resume_s == 12, "late seconds are acknowledged seconds"
    assert runs_of_mask(second.viewing.seen.confirmed) == [(0, 12)]
    assert lines_of(ViewingSession.objects.get(pk=first.row.session_id)) == [
        "open",
        "seg",
        "seg",
        "end:preempt",
        "late",
    ]


def test_open_refuses_late_claims_of_a_sealed_session(at: Learner) -> None:
    first = at.open()
    endings.end_silent(person_id=at.person.pk, now_ms=NOON_MS + 900_000)

    second = at.open(previous=PreviousClaims(first.facts.session_key, ((0, 5),)), now_ms=NOON_MS + 900_001)

    assert isinstance(second.late, Sealed)
    assert second.facts.confirmed_s == 0


def test_open_refuses_a_withdrawn_place(at: Learner) -> None:
    Enrolment.objects.update(status=Enrolment.Status.WITHDRAWN)
    ticket = tickets.Ticket(at.person.pk, at.enrolment.pk, at.lesson.pk, "n", "", "")

    with pytest.raises(viewings.MayNotWatch):
        viewings.open_viewing(ticket=ticket, said=make.opening(), device_label="", now_ms=NOON_MS)


def test_open_refuses_a_suspended_edition(at: Learner) -> None:
    ticket = at.read_ticket()
    Edition.objects.update(status=Edition.Status.SUSPENDED)

    with pytest.raises(viewings.MayNotWatch):
        viewings.open_viewing(ticket=ticket, said=make.opening(), device_label="", now_ms=NOON_MS)


def test_end_silent_ends_at_the_last_word_and_fences_the_connection(at: Learner) -> None:
    opened = at.open()
    watch(at, opened, [(0, 8)], now_ms=NOON_MS + 8_000)
    batch.detach([(at.person.pk, 1)])

    assert not endings.end_silent(person_id=at.person.pk, now_ms=NOON_MS + 907_999)
    assert endings.end_silent(person_id=at.person.pk, now_ms=NOON_MS + 908_000)

    session = ViewingSession.objects.get()
    assert (session.ended_ms, session.end_reason, session.new_s) == (NOON_MS + 8_000, "timeout", 8)
    assert session.sealed_ms == NOON_MS + 908_000
    assert Coverage.objects.get().covered_s == 8
    assert LiveViewing.objects.get().epoch == 2


def test_every_chain_verifies_after_take_overs(at: Learner) -> None:
    for number in range(4):
        opened = at.open(device=f"d{number}", is_takeover=True, now_ms=NOON_MS + number * 20_000)
        watch(at, opened, [(number * 5, number * 5 + 5)], now_ms=NOON_MS + number * 20_000 + 6_000, state="i")
    endings.end_silent(person_id=at.person.pk, now_ms=NOON_MS + 9_000_000)

    for session in ViewingSession.objects.all():
        lines = [entry.as_line(str(session.key)) for entry in session.entries.order_by("line_index")]
        broken = first_broken_index(bytes.fromhex(session.header_digest), lines, last_head=bytes(session.head))
        assert (broken, len(lines)) == (None, session.line_count)
    assert Coverage.objects.get().covered_s == 20


def asking(at: Learner, **said: object) -> openings.Asked:
    return openings.Asked(at.read_ticket(), make.opening(**said), "Windows · Edge")


def test_open_lets_each_of_many_in_or_says_why_not() -> None:
    fresh, returning, busy, withdrawn, spent = (make.learner() for _number in range(5))
    running = returning.open()
    watch(returning, running, [(0, 12)], now_ms=NOON_MS + 12_000)
    busy.open(device="phone", now_ms=NOON_MS + 30_000)
    used = asking(spent)
    viewings.open_viewings([used], now_ms=NOON_MS)
    asked = [asking(fresh), asking(returning, resume=running.facts.session_key), asking(busy), asking(withdrawn), used]
    Enrolment.objects.filter(pk=withdrawn.enrolment.pk).update(status=Enrolment.Status.WITHDRAWN)
    before = set(ViewingSession.objects.values_list("pk", flat=True))

    answers = viewings.open_viewings(asked, now_ms=NOON_MS + 40_000)

    begun, resumed, *refused = answers
    assert isinstance(begun, viewings.OpenedViewing)
    assert isinstance(resumed, viewings.OpenedViewing)
    assert (begun.facts.epoch, begun.facts.confirmed, resumed.facts.epoch) == (1, [], running.facts.epoch + 1)
    assert (resumed.facts.confirmed, resumed.facts.resume_s) == ([(0, 12)], 12)
    assert [type(answer) for answer in refused] == [viewings.LeaseBusy, viewings.MayNotWatch, tickets.TicketRefused]
    assert set(ViewingSession.objects.values_list("pk", flat=True)) - before == {begun.row.session_id}
    assert begun.row.person_id == fresh.person.pk


@pytest.mark.parametrize("is_taken_over", [False, True])
def test_open_asks_as_much_of_three_as_of_one(*, is_taken_over: bool) -> None:
    for at in (learners := [make.learner() for _number in range(5)]):
        watch(at, at.open(), [(0, 12)], now_ms=NOON_MS + 12_000)
    asked_for = [
        _questions([asking(at, is_takeover=is_taken_over, device="phone") for at in some], now_ms=NOON_MS + 90_000)
        for some in (learners[:2], learners[2:])
    ]

    assert len(asked_for[0]) == len(asked_for[1]), "\n".join(asked_for[1])


def _questions(asked: list[openings.Asked], *, now_ms: int) -> list[str]:
    """Return what opening asked the database for, beside what is each one's own."""
    with CaptureQueriesContext(connection) as context:
        answers = viewings.open_viewings(asked, now_ms=now_ms)
    assert all(isinstance(answer, viewings.OpenedViewing) for answer in answers)
    # Where to play on is each one's own question, where the timeline in memory does not say.
    beside = ("learning_cache", "SAVEPOINT", "tracking_viewingpolicy", "tracking_viewingentry")
    return [query["sql"] for query in context if not any(word in query["sql"] for word in beside)]


def test_open_moves_everything_a_timeline_holds() -> None:
    """A column forgotten here would keep the value of the session before."""
    assert {name for name, _kind in batch._ARRIVED} == {*RULE_COLUMNS, "person_id", "session_id", "attached_ms"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows: its writers stand in line")
def test_open_of_many_waits_for_nobody_elsewhere() -> None:
    held, free = make.learner(), make.learner()
    held.open()
    asked = [asking(held, is_takeover=True), asking(free)]

    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        LiveViewing.objects.locked([held.person.pk])
        answers = elsewhere.submit(_opened_elsewhere, asked).result(timeout=20)

    assert answers[0] is None
    assert isinstance(answers[1], viewings.OpenedViewing)
    assert isinstance(viewings.open_viewings(asked[:1], now_ms=NOON_MS)[0], viewings.OpenedViewing)


def _opened_elsewhere(asked: list[openings.Asked]) -> list[viewings.OpenedViewing | Exception | None]:
    try:
        return viewings.open_viewings(asked, now_ms=NOON_MS)
    finally:
        connection.close()
