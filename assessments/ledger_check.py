"""The part of assessments in `verify_ledger`: every sitting judged again from its frozen paper (I7).

Shares no code with the exam room: hashes, scores and counts the minutes by its own hand. What is
still being sat is judged by its paper, its bell and the times of its answers. Source: DESIGN D9.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from assessments.models import Answer, Attempt
from learning.models import Evidence

_CHUNK = 500


def differences() -> Iterator[str]:
    """Yield one sentence for every figure of an exam that its paper and answers do not bear out."""
    yield from _of(Attempt.objects.all().order_by("pk"), Evidence.objects.filter(kind="passed").order_by("pk"))


def differences_since(at: datetime) -> Iterator[str]:
    """Yield those of sittings that were begun, answered or handed in since, and of what was passed since."""
    young = Q(started_at__gte=at) | Q(submitted_at__gte=at) | Q(answers__saved_at__gte=at)
    passed = Evidence.objects.filter(kind="passed", recorded_at__gte=at)
    yield from _of(Attempt.objects.filter(young).distinct().order_by("pk"), passed.order_by("pk"))


def _of(attempts: QuerySet[Attempt], passed: QuerySet[Evidence]) -> Iterator[str]:
    for attempt in attempts.select_related("enrolment__edition").prefetch_related("answers").iterator(_CHUNK):
        answers = sorted(attempt.answers.all(), key=lambda answer: answer.position)
        for fault in (*_paper(attempt), *_times(attempt, answers), *_score(attempt, answers)):
            yield f"attempt {attempt.pk} (enrolment {attempt.enrolment_id}, {attempt.number}): {fault}"
    for item in passed.iterator(_CHUNK):
        for fault in _proof(item):
            yield f"evidence {item.pk}: {fault}"


def _sha256_of(facts: object) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _paper(attempt: Attempt) -> Iterator[str]:
    """Judge what the sitting is measured against."""
    if attempt.paper_digest != _sha256_of({"paper": attempt.paper, "key": attempt.key, "seed": attempt.seed}):
        yield "its paper is not the one that was drawn"
    edition = attempt.enrolment.edition
    if attempt.number > edition.attempts_max:
        yield f"is more than the {edition.attempts_max} allowed"
    if attempt.max_points != sum(question["points"] for question in attempt.paper):
        yield f"max_points is {attempt.max_points}, not what its paper gives"
    seconds = -(-edition.exam_minutes * 60 * (100 + attempt.extra_time_percent) // 100)
    if attempt.deadline_at != attempt.started_at + timedelta(seconds=seconds):
        yield f"its bell is not {seconds} s after its start"


def _times(attempt: Attempt, answers: list[Answer]) -> Iterator[str]:
    """Judge when it was answered and handed in: no answer outside the sitting."""
    ended_at = attempt.submitted_at or attempt.deadline_at
    for answer in answers:
        if not attempt.started_at <= answer.saved_at <= ended_at:
            yield f"answer {answer.position} was saved outside of it"
    if attempt.state != "open" and not attempt.started_at <= ended_at <= attempt.deadline_at:
        yield "was handed in outside of its time"


def _score(attempt: Attempt, answers: list[Answer]) -> Iterator[str]:
    """Judge the score: what the frozen key gives for the answers as they stand."""
    points = {question["position"]: question["points"] for question in attempt.paper}
    given = {answer.position: answer.choices for answer in answers}
    for position in sorted(given.keys() - points.keys()):
        yield f"answer {position} is to no question of its paper"
    if attempt.state == "open":
        return
    right = [int(position) for position, letters in attempt.key.items() if letters and _same(given, position, letters)]
    reached, whole = sum(points[position] for position in right), sum(points.values())
    percent = reached * 100 // whole if whole else 0
    has_passed = whole > 0 and reached * 100 >= attempt.enrolment.edition.pass_mark_percent * whole
    stored = (attempt.score_points, attempt.score_percent, attempt.has_passed)
    if stored != (reached, percent, has_passed):
        yield f"score is {stored}, its answers give {(reached, percent, has_passed)}"
    elif has_passed and not Evidence.objects.filter(enrolment_id=attempt.enrolment_id, kind="passed").exists():
        yield "was passed and has no evidence"


def _same(given: dict[int, list[str]], position: str, letters: list[str]) -> bool:
    return set(given.get(int(position), ())) == set(letters)


def _proof(item: Evidence) -> Iterator[str]:
    """Judge an evidence by the sitting it names."""
    attempt = Attempt.objects.filter(pk=item.facts.get("attempt")).first()
    if attempt is None or attempt.enrolment_id != item.enrolment_id:
        yield f"names attempt {item.facts.get('attempt')}, which is none of its enrolment"
        return
    if not attempt.has_passed or item.facts.get("score_percent") != attempt.score_percent:
        yield f"score_percent is {item.facts.get('score_percent')}, attempt {attempt.pk} has {attempt.score_percent}"
    if item.digest != _sha256_of(_facts(attempt)):
        yield f"its digest is not that of attempt {attempt.pk}"
    if attempt.submitted_at is not None and item.recorded_at < attempt.submitted_at:
        yield f"is older than the end of attempt {attempt.pk}"


def _facts(attempt: Attempt) -> dict[str, object]:
    answers = attempt.answers.order_by("position")
    return {
        "enrolment": attempt.enrolment_id,
        "number": attempt.number,
        "paper": attempt.paper_digest,
        "answers": {str(answer.position): answer.choices for answer in answers},
        "score_points": attempt.score_points,
        "max_points": attempt.max_points,
        "started_at": _utc(attempt.started_at),
        "submitted_at": _utc(attempt.submitted_at) if attempt.submitted_at else "",
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
