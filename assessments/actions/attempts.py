"""Sitting an exam: start, answer, hand in, or run out of time.

Every change of an attempt is one guarded update of its row, so of two tabs, a
tab and a sweep, or a save and a hand-in, exactly one wins, and an answer is
either scored or refused: never acknowledged and forgotten. `now` is always the
database's clock; what a browser believes about time decides nothing.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from assessments.models import Answer, Attempt, Question
from assessments.models.attempt import key_facts, paper_digest, paper_facts
from assessments.rules import deadlines, eligibility, papers, scoring
from assessments.rules.eligibility import Refusal
from learning.actions import credits, evidence
from learning.models import Enrolment
from learning.rules.digests import digest_of, instant

SEED_BITS = 62


class NotEligible(Exception):
    """The attempt may not start; `reasons` says why."""

    def __init__(self, *reasons: Refusal) -> None:
        """Keep the reasons, the most final first."""
        super().__init__(*reasons)
        self.reasons = reasons


class AttemptClosed(Exception):
    """The attempt is over: handed in, or the bell has rung. Nothing changed."""


class NotAnswerable(Exception):
    """The paper has no such question, or the question no such answer."""


@dataclass(frozen=True, slots=True)
class Door:
    """What stands between a learner and the paper."""

    reasons: tuple[Refusal, ...]
    missing_lesson_numbers: tuple[int, ...]

    @property
    def is_open(self) -> bool:
        """Whether an attempt may start."""
        return not self.reasons


def door(*, enrolment: Enrolment, now: datetime) -> Door:
    """Say whether a new attempt may start now, and if not, everything that is missing."""
    lacking = credits.lacking(enrolment)
    edition = enrolment.edition
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    is_over = enrolment.status in {Enrolment.Status.EXPIRED, Enrolment.Status.WITHDRAWN}
    standing = eligibility.Standing(
        exam_required=edition.exam_required,
        has_passed=edition.exam_required and not lacking.exam,
        is_year_closed=is_over or not enrolment.requirement.as_calendar().takes_study(today),
        missing_lesson_numbers=lacking.lesson_numbers,
        attempts_used=Attempt.objects.of(enrolment).count(),
        attempts_max=edition.attempts_max,
        bank_count=Question.objects.of_course(edition.course_key, edition.base).count(),
        question_count=edition.exam_question_count,
    )
    return Door(reasons=eligibility.refusals(standing), missing_lesson_numbers=lacking.lesson_numbers)


@transaction.atomic
def start(*, enrolment: Enrolment, now: datetime, extra_time_percent: int = 0, network_key: bytes = b"") -> Attempt:
    """Open an attempt with a fresh paper, or return the one that is open already.

    An open attempt whose bell has rung is closed first. `network_key`: of `rules.networks`.

    Raises: NotEligible, with every reason.
    """
    _lock_place(enrolment.pk)
    running = Attempt.objects.of(enrolment).open().first()
    if running is not None and not deadlines.is_late(deadline_at=running.deadline_at, now=now):
        return running
    if running is not None:
        expire(attempt=running, now=now)
    reasons = door(enrolment=enrolment, now=now).reasons
    if reasons:
        raise NotEligible(*reasons)
    attempt = _with_paper(enrolment, seed=secrets.randbits(SEED_BITS))
    attempt.extra_time_percent = extra_time_percent
    attempt.network_key = network_key or None
    attempt.started_at = now
    attempt.deadline_at = deadlines.deadline(
        started_at=now, minutes=enrolment.edition.exam_minutes, extra_time_percent=extra_time_percent
    )
    try:
        with transaction.atomic():
            attempt.save(force_insert=True)
    except IntegrityError:
        # Another tab won the race; its attempt is the one.
        return Attempt.objects.of(enrolment).open().get()
    return attempt


def _lock_place(enrolment_id: int) -> None:
    """Lock the enrolment until the transaction ends; always before its attempt, so that nobody waits in a circle."""
    Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment_id)


def _with_paper(enrolment: Enrolment, *, seed: int) -> Attempt:
    """Return an unsaved attempt with a paper drawn for it, its number following the last."""
    earlier = list(Attempt.objects.of(enrolment))
    edition = enrolment.edition
    paper = papers.draw(
        [question.in_bank() for question in Question.objects.of_course(edition.course_key, edition.base)],
        count=edition.exam_question_count,
        seed=seed,
        seen_ids={question_id for attempt in earlier for question_id in attempt.question_ids()},
        previous_ids=earlier[-1].question_ids() if earlier else (),
    )
    facts, key = paper_facts(paper), key_facts(paper)
    return Attempt(
        enrolment=enrolment,
        number=len(earlier) + 1,
        paper=facts,
        key=key,
        seed=seed,
        paper_digest=paper_digest(paper=facts, key=key, seed=seed),
        max_points=sum(question.points for question in paper.questions),
    )


@transaction.atomic
def save_answer(
    *, attempt: Attempt, position: int, choices: Sequence[str], is_flagged: bool, revision: int, now: datetime
) -> Answer:
    """Save an answer; return what is saved, which is the answer unless a newer one was.

    An older or equal revision is acknowledged and ignored, so a resend after a
    lost reply changes nothing. Exactly at the bell is on time.

    Raises: AttemptClosed; NotAnswerable.
    """
    question = next((row for row in attempt.questions() if row.position == position), None)
    if question is None or not papers.is_answerable(question, choices):
        raise NotAnswerable(position)
    # NB: this update is also the lock that keeps a hand-in from scoring without the answer.
    touched = Attempt.objects.filter(pk=attempt.pk).open().on_time(now).update(last_position=position)
    if touched != 1:
        raise AttemptClosed(attempt.pk)
    facts = {"choices": sorted(choices), "is_flagged": is_flagged, "revision": revision, "saved_at": now}
    newer = Answer.objects.filter(attempt_id=attempt.pk, position=position, revision__lt=revision).update(**facts)
    if newer:
        return Answer.objects.get(attempt_id=attempt.pk, position=position)
    answer, _made = Answer.objects.get_or_create(attempt_id=attempt.pk, position=position, defaults=facts)
    return answer


@transaction.atomic
def submit(*, attempt: Attempt, now: datetime) -> Attempt:
    """Hand the attempt in, score it, and record the pass if it is one.

    Raises: AttemptClosed, when it is over already or the bell has rung.
    """
    _lock_place(attempt.enrolment_id)
    Attempt.objects.select_for_update().get(pk=attempt.pk)
    now = _in_order(attempt, now)
    facts = {"state": Attempt.State.SUBMITTED, "submitted_at": now, **_score(attempt)}
    closed = Attempt.objects.filter(pk=attempt.pk).open().on_time(now).update(**facts)
    if closed != 1:
        raise AttemptClosed(attempt.pk)
    return _record_if_passed(attempt, now=now)


@transaction.atomic
def expire(*, attempt: Attempt, now: datetime) -> Attempt:
    """Close an attempt whose bell has rung, at the bell; otherwise return it as it stands.

    Whoever notices first closes it; all saved answers are scored. Source:
    RELIABILITY §5.13.
    """
    _lock_place(attempt.enrolment_id)
    Attempt.objects.select_for_update().get(pk=attempt.pk)
    facts = {"state": Attempt.State.EXPIRED, "submitted_at": attempt.deadline_at, **_score(attempt)}
    closed = Attempt.objects.filter(pk=attempt.pk).overdue(now).update(**facts)
    if closed != 1:
        return Attempt.objects.get(pk=attempt.pk)
    return _record_if_passed(attempt, now=now)


def expire_overdue(*, enrolment: Enrolment, now: datetime) -> None:
    """Close this enrolment's attempt if its bell has rung: what every door of the room does first."""
    for attempt in Attempt.objects.of(enrolment).overdue(now):
        expire(attempt=attempt, now=now)


def _in_order(attempt: Attempt, now: datetime) -> datetime:
    """Return the instant of an act on this locked attempt: now, or that of its last answer if later.

    Who waits for a lock has read the clock before the one it waits for is done.
    """
    last: datetime | None = attempt.answers.aggregate(last=Max("saved_at"))["last"]
    return max(now, last or now)


def _score(attempt: Attempt) -> dict[str, object]:
    """Return the columns of a closed attempt's score, from the answers as they stand."""
    score = scoring.score(
        key=attempt.right_letters(),
        points={question.position: question.points for question in attempt.questions()},
        answers=dict(Answer.objects.filter(attempt_id=attempt.pk).values_list("position", "choices")),
    )
    return {
        "score_points": score.points,
        "score_percent": score.percent,
        "has_passed": score.has_passed(pass_mark_percent=attempt.enrolment.edition.pass_mark_percent),
    }


def _record_if_passed(attempt: Attempt, *, now: datetime) -> Attempt:
    closed = Attempt.objects.select_related("enrolment__edition", "enrolment__person").get(pk=attempt.pk)
    if closed.has_passed:
        evidence.record_passed(
            enrolment=closed.enrolment,
            score_percent=closed.score_percent or 0,
            attempt_id=closed.pk,
            digest=digest_of(facts_of(closed)),
            now=now,
        )
    return closed


def facts_of(attempt: Attempt) -> dict[str, object]:
    """Return what the digest of a PASSED evidence covers: paper, answers, score and times."""
    answers = attempt.answers.order_by("position").values_list("position", "choices")
    return {
        "enrolment": attempt.enrolment_id,
        "number": attempt.number,
        "paper": attempt.paper_digest,
        "answers": {str(position): letters for position, letters in answers},
        "score_points": attempt.score_points,
        "max_points": attempt.max_points,
        "started_at": instant(attempt.started_at),
        "submitted_at": instant(attempt.submitted_at) if attempt.submitted_at else "",
    }
