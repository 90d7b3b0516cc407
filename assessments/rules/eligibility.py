"""Eligibility: whether this learner may sit the exam now.

Answers with every reason against it, so that the door can say what is missing.
"""

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why an attempt may not start."""

    NO_EXAM = "no_exam"
    ALREADY_PASSED = "already_passed"
    YEAR_CLOSED = "year_closed"
    ATTEMPTS_USED = "attempts_used"
    LESSONS_MISSING = "lessons_missing"
    BANK_TOO_SMALL = "bank_too_small"


@dataclass(frozen=True, slots=True)
class Standing:
    """What eligibility asks of an enrolment."""

    exam_required: bool
    has_passed: bool
    is_year_closed: bool
    missing_lesson_numbers: tuple[int, ...]
    attempts_used: int
    attempts_max: int
    bank_count: int
    question_count: int


def refusals(standing: Standing) -> tuple[Refusal, ...]:
    """Return every reason against starting, the most final first; empty: they may start.

    Where there is no exam, or nothing left to sit, that is the only reason.

    Source: DOMAIN §4.6 (hours met opens the exam; passed; exhausted), R21, R35.
    """
    if not standing.exam_required:
        return (Refusal.NO_EXAM,)
    if standing.has_passed:
        return (Refusal.ALREADY_PASSED,)
    found: list[Refusal] = []
    if standing.is_year_closed:
        found.append(Refusal.YEAR_CLOSED)
    if standing.attempts_used >= standing.attempts_max:
        found.append(Refusal.ATTEMPTS_USED)
    if standing.missing_lesson_numbers:
        found.append(Refusal.LESSONS_MISSING)
    if standing.question_count < 1 or standing.bank_count < standing.question_count:
        found.append(Refusal.BANK_TOO_SMALL)
    return tuple(found)
