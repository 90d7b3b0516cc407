import datetime as dt

import pytest

from assessments.actions import attempts
from assessments.models import Answer, Attempt
from assessments.rules.eligibility import Refusal
from learning.models import CreditEntry, Evidence, Person
from learning.rules.digests import digest_of
from tests.factories import assessments as make
from tests.factories.learning import NOON, EditionFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
BELL = NOON + 30 * MINUTE


def answer(
    attempt: Attempt, position: int = 1, *, choices: str = "B", revision: int = 1, now: dt.datetime = NOON
) -> Answer:
    return attempts.save_answer(
        attempt=attempt, position=position, choices=list(choices), is_flagged=False, revision=revision, now=now
    )


def answer_all_right(attempt: Attempt) -> None:
    for position, letters in attempt.right_letters().items():
        answer(attempt, position, choices="".join(letters))


# start ----------------------------------------------------------------------------


def test_start_freezes_paper_key_and_deadline(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada, exam_minutes=30)

    attempt = attempts.start(enrolment=enrolment, now=NOON)

    assert (attempt.number, attempt.state, attempt.started_at, attempt.deadline_at) == (1, "open", NOON, BELL)
    assert (len(attempt.paper), attempt.max_points) == (5, 25)
    assert attempt.paper_digest == digest_of({"paper": attempt.paper, "key": attempt.key, "seed": attempt.seed})


def test_start_adds_extra_time(ada: Person, bureau: object) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=NOON, extra_time_percent=50)

    assert attempt.deadline_at == NOON + 45 * MINUTE


def test_start_in_a_second_tab_returns_the_same_attempt(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)

    first = attempts.start(enrolment=enrolment, now=NOON)
    second = attempts.start(enrolment=enrolment, now=NOON + MINUTE)

    assert (second.pk, second.paper, second.deadline_at) == (first.pk, first.paper, first.deadline_at)


def test_start_paper_survives_a_changed_bank(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)
    attempt = attempts.start(enrolment=enrolment, now=NOON)
    edition = enrolment.edition

    edition.base.questions.update(answer=["A"], stem_zh="改")
    answer_all_right(attempt)

    assert attempts.submit(attempt=attempt, now=NOON).score_percent == 100
    assert "改" not in str(Attempt.objects.get().paper)


def test_start_gives_a_resit_another_paper(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada, bank_count=10)
    first = attempts.submit(attempt=attempts.start(enrolment=enrolment, now=NOON), now=NOON)

    second = attempts.start(enrolment=enrolment, now=NOON + MINUTE)

    assert second.number == 2
    assert set(first.question_ids()) & set(second.question_ids()) == set()


def test_start_closes_an_overdue_attempt_first(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)
    first = attempts.start(enrolment=enrolment, now=NOON)

    second = attempts.start(enrolment=enrolment, now=BELL + MINUTE)

    first.refresh_from_db()
    assert (first.state, first.submitted_at, second.number) == ("expired", BELL, 2)


def refused(enrolment: object, now: dt.datetime = NOON) -> tuple[Refusal, ...]:
    with pytest.raises(attempts.NotEligible) as refusal:
        attempts.start(enrolment=enrolment, now=now)  # type: ignore[arg-type]
    return refusal.value.reasons


def test_start_refuses_while_lectures_are_missing_and_says_which(ada: Person, requirement: object) -> None:
    enrolment = EnrolmentFactory(person=ada)
    make.bank(enrolment)

    assert refused(enrolment) == (Refusal.LESSONS_MISSING,)
    assert attempts.door(enrolment=enrolment, now=NOON).missing_lesson_numbers == (1, 2)


def test_start_refuses_when_attempts_are_used(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada, attempts_max=1)
    attempts.submit(attempt=attempts.start(enrolment=enrolment, now=NOON), now=NOON)

    assert refused(enrolment) == (Refusal.ATTEMPTS_USED,)


def test_start_refuses_after_a_pass(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)
    attempt = attempts.start(enrolment=enrolment, now=NOON)
    answer_all_right(attempt)
    attempts.submit(attempt=attempt, now=NOON)

    assert refused(enrolment) == (Refusal.ALREADY_PASSED,)


def test_start_refuses_the_day_after_the_cut_off_in_local_time(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)
    cutoff_midnight = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)

    assert attempts.door(enrolment=enrolment, now=cutoff_midnight - MINUTE).is_open
    assert refused(enrolment, cutoff_midnight) == (Refusal.YEAR_CLOSED,)


def test_start_refuses_a_bank_that_is_too_small(ada: Person, bureau: object) -> None:
    assert refused(make.ready(ada, bank_count=4)) == (Refusal.BANK_TOO_SMALL,)


def test_start_refuses_another_bases_questions(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada, bank_count=4)
    make.QuestionFactory(course_key=enrolment.course_key)

    assert refused(enrolment) == (Refusal.BANK_TOO_SMALL,)


def test_start_refuses_a_course_without_an_exam(ada: Person, bureau: object) -> None:
    enrolment = EnrolmentFactory(person=ada, edition=EditionFactory(exam_required=False))

    assert refused(enrolment) == (Refusal.NO_EXAM,)


# save_answer ------------------------------------------------------------------------


def test_save_answer_keeps_the_newest_revision(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)

    answer(attempt, choices="A", revision=1)
    saved = answer(attempt, choices="C", revision=2, now=NOON + MINUTE)

    assert (saved.choices, saved.revision, saved.saved_at) == (["C"], 2, NOON + MINUTE)
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("revision", [1, 2])
def test_save_answer_acknowledges_but_ignores_an_equal_or_older_revision(ada: Person, revision: int) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)
    answer(attempt, choices="C", revision=2)

    saved = answer(attempt, choices="A", revision=revision, now=NOON + MINUTE)

    assert (saved.choices, saved.revision, saved.saved_at) == (["C"], 2, NOON)


def test_save_answer_twice_changes_nothing(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)

    first = answer(attempt)
    second = answer(attempt, now=NOON + MINUTE)

    assert (second.pk, second.choices, second.saved_at) == (first.pk, ["B"], NOON)


def test_save_answer_exactly_at_the_bell_is_on_time(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)

    assert answer(attempt, now=BELL).saved_at == BELL


def test_save_answer_after_the_bell_is_refused_though_nobody_closed_the_attempt(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)

    with pytest.raises(attempts.AttemptClosed):
        answer(attempt, now=BELL + dt.timedelta(milliseconds=1))

    assert not Answer.objects.exists()


def test_save_answer_after_handing_in_is_refused(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)
    attempts.submit(attempt=attempt, now=NOON)

    with pytest.raises(attempts.AttemptClosed):
        answer(attempt, now=NOON)


@pytest.mark.parametrize(("position", "choices"), [(5, "A"), (0, "A"), (1, "E"), (1, "AB")], ids=str)
def test_save_answer_refuses_what_the_paper_does_not_offer(ada: Person, position: int, choices: str) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)

    with pytest.raises(attempts.NotAnswerable):
        answer(attempt, position, choices=choices)


def test_save_answer_remembers_where_the_learner_was(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)

    answer(attempt, 3)

    assert Attempt.objects.get().last_position == 3


# submit and expire ------------------------------------------------------------------


def test_submit_scores_and_records_the_pass_and_the_credit(ada: Person, bureau: object) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=NOON)
    answer_all_right(attempt)

    closed = attempts.submit(attempt=attempt, now=NOON + MINUTE)

    assert (closed.state, closed.submitted_at, closed.score_points, closed.score_percent, closed.has_passed) == (
        "submitted", NOON + MINUTE, 25, 100, True,
    )  # fmt: skip
    passed = Evidence.objects.get(kind="passed")
    assert passed.facts == {"score_percent": 100, "pass_mark_percent": 60, "attempt": closed.pk}
    assert passed.digest == digest_of(attempts.facts_of(closed))
    assert CreditEntry.objects.get().centihours == 400


def test_submit_below_the_mark_records_nothing(ada: Person, bureau: object) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=NOON)
    answer(attempt, 1, choices="".join(attempt.right_letters()[1]))

    closed = attempts.submit(attempt=attempt, now=NOON)

    assert (closed.score_points, closed.score_percent, closed.has_passed) == (5, 20, False)
    assert not Evidence.objects.filter(kind="passed").exists()
    assert not CreditEntry.objects.exists()


def test_submit_refuses_an_attempt_already_closed(ada: Person, bureau: object) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=NOON)
    answer_all_right(attempt)
    attempts.submit(attempt=attempt, now=NOON)

    with pytest.raises(attempts.AttemptClosed):
        attempts.submit(attempt=attempt, now=NOON + MINUTE)

    assert Attempt.objects.get().submitted_at == NOON
    assert CreditEntry.objects.count() == 1


def test_submit_exactly_at_the_bell_is_on_time_and_later_is_refused(ada: Person) -> None:
    in_time, late = (make.AttemptFactory(enrolment__person=ada) for _number in range(2))

    assert attempts.submit(attempt=in_time, now=BELL).state == "submitted"
    with pytest.raises(attempts.AttemptClosed):
        attempts.submit(attempt=late, now=BELL + dt.timedelta(microseconds=1_000))

    assert Attempt.objects.get(pk=late.pk).state == "open"


def test_expire_closes_at_the_bell_whoever_notices_and_scores_what_was_saved(ada: Person, bureau: object) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=NOON)
    answer_all_right(attempt)

    closed = attempts.expire(attempt=attempt, now=BELL + 90 * MINUTE)

    assert (closed.state, closed.submitted_at, closed.score_percent, closed.has_passed) == ("expired", BELL, 100, True)
    assert CreditEntry.objects.count() == 1


def test_expire_twice_changes_nothing(ada: Person, bureau: object) -> None:
    attempt = attempts.start(enrolment=make.ready(ada), now=NOON)
    answer_all_right(attempt)
    attempts.expire(attempt=attempt, now=BELL + MINUTE)

    again = attempts.expire(attempt=attempt, now=BELL + 2 * MINUTE)

    assert (again.state, again.submitted_at) == ("expired", BELL)
    assert Evidence.objects.filter(kind="passed").count() == 1


def test_expire_leaves_an_attempt_that_still_has_time(ada: Person) -> None:
    attempt = make.AttemptFactory(enrolment__person=ada)

    assert attempts.expire(attempt=attempt, now=BELL).state == "open"
