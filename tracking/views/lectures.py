"""The lecture room: one lesson, what is credited of it, and all the player needs to begin.

The page is complete without JavaScript (coverage, receipt, transcript, the course's lectures);
only playing needs it. It shows what the server holds and adds nothing up that it does not.
"""

from dataclasses import dataclass
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from learning.models import Lesson, Person
from learning.models.clock import database_now
from learning.rules.hours import centihours_of_seconds
from tracking import access
from tracking.actions import tickets
from tracking.models import Coverage
from tracking.rules.runs import Run, count_seconds, mask_of_run, runs_of_mask
from tracking.rules.viewing import SeenSeconds
from tracking.views.transcripts import transcript

#: The real length of a credit hour; a rule with another says so on the page.
USUAL_HOUR_SECONDS = 2_700


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of the coverage bar: `kind` is credited, awaiting or lost."""

    kind: str
    from_s: int
    to_s: int

    @property
    def length_s(self) -> int:
        """Its width."""
        return self.to_s - self.from_s


@dataclass(frozen=True, slots=True)
class Receipt:
    """Position − not credited − awaiting = credited, in whole seconds."""

    position_s: int
    lost: list[Run]
    lost_s: int
    awaiting_s: int
    credited_s: int
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class LectureRow:
    """A line of the course's list; `state` is done, doing or todo."""

    lesson: Lesson
    state: str
    is_current: bool
    credited_s: int
    centihours: int


def receipt_of(seen: SeenSeconds, duration_s: int) -> Receipt:
    """Return the receipt of what the server holds. The player draws the same arithmetic live."""
    provisional = seen.provisional & ~seen.confirmed
    position_s = seen.held.bit_length()
    lost = mask_of_run(0, position_s) & ~seen.held if position_s else 0
    pieces = [
        Piece(kind, from_s, to_s)
        for kind, mask in (("credited", seen.confirmed), ("awaiting", provisional), ("lost", lost))
        for from_s, to_s in runs_of_mask(mask)
    ]
    return Receipt(
        position_s=min(position_s, duration_s),
        lost=runs_of_mask(lost),
        lost_s=count_seconds(lost),
        awaiting_s=count_seconds(provisional),
        credited_s=seen.confirmed_s,
        pieces=sorted(pieces, key=lambda piece: piece.from_s),
    )


@login_required
@require_safe
def lecture(request: HttpRequest, course_key: str, number: int) -> HttpResponse:
    """Show the lecture room; a course the visitor is not enrolled in is not there."""
    place = access.place_of(cast("Person", request.user), course_key, number)
    if place is None:
        raise Http404
    return render(request, "tracking/lecture.html", _room(request, place))


def _room(request: HttpRequest, place: access.Place) -> dict[str, object]:
    """Return all the page shows."""
    enrolment, lesson = place.enrolment, place.lesson
    edition = enrolment.edition
    held = Coverage.objects.held_by_lesson(enrolment)
    rows = _rows(place, held)
    seen = held.get(lesson.pk, SeenSeconds())
    obstacle = access.obstacle(place, now=database_now())
    language, cues = transcript(lesson, get_language() or "")
    last = len(rows)
    return {
        "enrolment": enrolment,
        "edition": edition,
        "lesson": lesson,
        "rows": rows,
        "receipt": receipt_of(seen, lesson.duration_s),
        "lesson_centihours": _centihours(place, lesson.duration_s),
        "credited_centihours": _centihours(place, seen.confirmed_s),
        "course_credited_centihours": _centihours(place, sum(row.credited_s for row in rows)),
        "others_s": sum(row.credited_s for row in rows if not row.is_current),
        "is_complete": seen.confirmed_s >= lesson.needed_s,
        "resume_s": Coverage.objects.resume_s(enrolment_id=enrolment.pk, lesson=lesson),
        "have": [list(run) for run in runs_of_mask(seen.confirmed)],
        "provisional": [list(run) for run in runs_of_mask(seen.provisional)],
        "obstacle": obstacle.value if obstacle else "",
        "ticket": "" if obstacle else _ticket(request, place),
        "cues": cues,
        "cue_language": language,
        "is_hour_unusual": edition.hour_seconds != USUAL_HOUR_SECONDS,
        "next_row": rows[lesson.number] if lesson.number < last else None,
        "unfinished": [row for row in rows if row.state != "done" and not row.is_current],
        "exam_href": _exam_href(enrolment.pk) if edition.exam_required else "",
        "requirement": enrolment.requirement,
        "first_speed": _speed(enrolment.requirement.first_rate_percent),
        "review_speed": _speed(enrolment.requirement.review_rate_percent),
    }


def _ticket(request: HttpRequest, place: access.Place) -> str:
    """Return the page's first ticket."""
    return tickets.issue(place, session_key=request.session.session_key, language=get_language() or "")


def _rows(place: access.Place, held: dict[int, SeenSeconds]) -> list[LectureRow]:
    """Return the course's lectures in order, each with what is credited of it."""
    rows = []
    for lesson in place.enrolment.edition.lessons.order_by("number"):
        lesson.edition = place.enrolment.edition
        credited_s = held.get(lesson.pk, SeenSeconds()).confirmed_s
        state = "done" if credited_s >= lesson.needed_s else "doing" if credited_s else "todo"
        centihours = _centihours(place, credited_s if state == "doing" else lesson.duration_s)
        rows.append(LectureRow(lesson, state, lesson.pk == place.lesson.pk, credited_s, centihours))
    return rows


def _centihours(place: access.Place, seconds: int) -> int:
    return centihours_of_seconds(seconds, hour_seconds=place.enrolment.edition.hour_seconds)


def _speed(percent: int) -> str:
    """Show a rate as the controls do: 1.0, 1.25."""
    whole, rest = divmod(percent, 100)
    return f"{whole}.{rest:02d}".removesuffix("0")


def _exam_href(enrolment_id: int) -> str:
    """Return the exam's address; nothing where exams are not installed."""
    try:
        return reverse("assessments:exam", args=[enrolment_id])
    except NoReverseMatch:
        return ""
