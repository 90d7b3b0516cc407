"""The page that says why a lecture counts as it does, and the file beside it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import translation

from tests.factories.tracking import Learner


def why(at: Learner, number: int = 1) -> str:
    return reverse("tracking:lesson-why", args=[at.enrolment.pk, number])


def export(at: Learner) -> str:
    return reverse("tracking:lesson-why-export", args=[at.enrolment.pk, 1])


def english(at: Learner) -> Any:
    with translation.override("en"):
        return at.client.get(why(at))


def said(answer: Any, visit: int = 0) -> list[tuple[str, str]]:
    """Return what the lines of a visit say and did, the newest visit first."""
    return [(line.what, line.effect) for line in answer.context["visits"][visit].lines]


def notes(answer: Any, visit: int = 0) -> list[str]:
    return [note for line in answer.context["visits"][visit].lines for note in line.notes]
