"""How far a learner is in a course: fragments for other pages, and the way back into a lecture.

Seconds come from the one question `Coverage.objects.held_by_lesson`, open segment included.
"""

from dataclasses import dataclass
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from learning.models import Enrolment, Lesson, Person
from tracking.models import Coverage
from tracking.rules.viewing import SeenSeconds


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """One lesson and how many of its seconds are credited."""

    lesson: Lesson
    covered_s: int

    @property
    def is_watched(self) -> bool:
        """Whether the needed share is covered."""
        return self.covered_s >= self.lesson.needed_s

    @property
    def missing_s(self) -> int:
        """Seconds still needed."""
        return max(0, self.lesson.needed_s - self.covered_s)


@login_required
@require_safe
def course_progress(request: HttpRequest, course_key: str) -> HttpResponse:
    """Show the signed-in learner's lessons, covered and needed: a fragment of the course page."""
    enrolment = (
        Enrolment.objects.of(cast("Person", request.user))
        .filter(course_key=course_key)
        .select_related("edition")
        .order_by("-year", "-enrolled_at")
        .first()
    )
    if enrolment is None:
        raise Http404
    rows = lessons_of(enrolment)
    context = {"enrolment": enrolment, "rows": rows, "next_row": next_of(rows)}
    return render(request, "tracking/course_progress.html", context)


@login_required
@require_safe
def resume(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Lead back into the lecture to go on with; asked by htmx, show it instead."""
    enrolments = Enrolment.objects.of(cast("Person", request.user)).select_related("edition")
    enrolment = enrolments.filter(pk=enrolment_id).first()
    rows = lessons_of(enrolment) if enrolment else []
    if enrolment is None or not rows:
        raise Http404
    row = next_of(rows) or rows[-1]
    if request.headers.get("HX-Request") == "true":
        return render(request, "tracking/resume.html", {"enrolment": enrolment, "row": row})
    return redirect("tracking:lecture", course_key=enrolment.course_key, number=row.lesson.number)


def lessons_of(enrolment: Enrolment) -> list[LessonProgress]:
    """Return every lesson of the enrolment's edition, in order; three queries."""
    held = Coverage.objects.held_by_lesson(enrolment)
    rows = []
    for lesson in enrolment.edition.lessons.order_by("number"):
        lesson.edition = enrolment.edition
        rows.append(LessonProgress(lesson, held.get(lesson.pk, SeenSeconds()).confirmed_s))
    return rows


def next_of(rows: list[LessonProgress]) -> LessonProgress | None:
    """Return the lesson to go on with: one begun before one not begun; None when all are watched."""
    unwatched = [row for row in rows if not row.is_watched]
    return next((row for row in unwatched if row.covered_s), unwatched[0] if unwatched else None)
