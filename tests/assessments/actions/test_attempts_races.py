"""Races with real threads and real transactions: on whichever database the run uses."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from assessments import ledger_check
from assessments.actions import attempts
from assessments.models import Answer, Attempt
from learning.models import CreditEntry, Enrolment, Evidence, Person
from tests.factories import assessments as make
from tests.factories import learning
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db(transaction=True)
AFTER_THE_BELL = NOON + dt.timedelta(hours=2)
THREADS = 6


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads that start together; return what each gave, or the refusal it met."""
    gate = threading.Barrier(len(acts))
    given: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            given[number] = act()
        except Exception as refusal:  # noqa: BLE001 -- the refusal is the outcome under test
            given[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@pytest.fixture
def enrolment(bureau: object) -> Enrolment:
    ada: Person = learning.PersonFactory(full_name="阿达")
    return make.ready(ada)


def test_start_from_many_tabs_opens_one_attempt(enrolment: Enrolment) -> None:
    given = at_once(*[lambda: attempts.start(enrolment=enrolment, now=NOON).pk] * THREADS)

    assert given == [Attempt.objects.get().pk] * THREADS


def test_submit_from_many_tabs_wins_once(enrolment: Enrolment) -> None:
    attempt = attempts.start(enrolment=enrolment, now=NOON)
    for position, letters in attempt.right_letters().items():
        make.AnswerFactory(attempt=attempt, position=position, choices=list(letters))

    given = at_once(*[lambda: attempts.submit(attempt=attempt, now=NOON).state] * THREADS)

    assert given.count("submitted") == 1
    assert sum(isinstance(item, attempts.AttemptClosed) for item in given) == THREADS - 1
    assert (Evidence.objects.filter(kind="passed").count(), CreditEntry.objects.count()) == (1, 1)


def test_submit_that_waited_for_an_answer_ends_no_earlier_than_it(enrolment: Enrolment) -> None:
    attempt = attempts.start(enrolment=enrolment, now=NOON)
    make.AnswerFactory(attempt=attempt, saved_at=NOON + dt.timedelta(minutes=2))

    closed = attempts.submit(attempt=attempt, now=NOON + dt.timedelta(minutes=1))

    assert closed.submitted_at == NOON + dt.timedelta(minutes=2)
    assert list(ledger_check.differences()) == []


def test_expire_noticed_by_many_records_one_pass(enrolment: Enrolment) -> None:
    attempt = attempts.start(enrolment=enrolment, now=NOON)
    for position, letters in attempt.right_letters().items():
        make.AnswerFactory(attempt=attempt, position=position, choices=list(letters))

    given = at_once(*[lambda: attempts.expire(attempt=attempt, now=AFTER_THE_BELL).state] * THREADS)

    assert given == ["expired"] * THREADS
    assert (Evidence.objects.filter(kind="passed").count(), CreditEntry.objects.count()) == (1, 1)


def test_save_answer_of_many_revisions_leaves_the_highest(enrolment: Enrolment) -> None:
    attempt = attempts.start(enrolment=enrolment, now=NOON)

    def save(revision: int) -> Callable[[], object]:
        return lambda: (
            attempts.save_answer(
                attempt=attempt,
                position=1,
                choices=["ABCD"[revision % 4]],
                is_flagged=False,
                revision=revision,
                now=NOON,
            ).revision
        )

    at_once(*[save(revision) for revision in range(1, THREADS + 1)])

    assert list(Answer.objects.values_list("revision", "choices")) == [(THREADS, ["ABCD"[THREADS % 4]])]


def test_save_answer_against_a_hand_in_is_scored_or_refused(enrolment: Enrolment) -> None:
    attempt = attempts.start(enrolment=enrolment, now=NOON)
    right = list(attempt.right_letters()[1])

    saved, _submitted = at_once(
        lambda: attempts.save_answer(
            attempt=attempt, position=1, choices=right, is_flagged=False, revision=1, now=NOON
        ),
        lambda: attempts.submit(attempt=attempt, now=NOON),
    )

    was_acknowledged = isinstance(saved, Answer)
    assert was_acknowledged or isinstance(saved, attempts.AttemptClosed)
    assert Attempt.objects.get().score_points == (5 if was_acknowledged else 0)


def test_a_hand_in_and_a_fresh_start_never_wait_for_each_other(
    enrolment: Enrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = attempts.start(enrolment=enrolment, now=NOON)
    for position, letters in attempt.right_letters().items():
        make.AnswerFactory(attempt=attempt, position=position, choices=list(letters))
    expire, has_begun, is_handed_in = attempts.expire, threading.Event(), threading.Event()

    def slow(*, attempt: Attempt, now: dt.datetime) -> Attempt:
        has_begun.set()
        # Long enough for the hand-in to take its locks, if it can.
        is_handed_in.wait(1)
        return expire(attempt=attempt, now=now)

    def hand_in() -> Attempt:
        has_begun.wait(30)
        closed = attempts.submit(attempt=attempt, now=NOON + dt.timedelta(minutes=1))
        is_handed_in.set()
        return closed

    monkeypatch.setattr(attempts, "expire", slow)
    given = at_once(lambda: attempts.start(enrolment=enrolment, now=AFTER_THE_BELL), hand_in)

    assert [type(outcome) for outcome in given] == [attempts.NotEligible, Attempt]
    assert CreditEntry.objects.filter(enrolment=enrolment).count() == 1
