"""Why a lesson's seconds are the number they are: its story, from the ledger alone.

The same page for the learner, for the base that audits the hours and the bureau that confirms them;
it says as whom it is read. Asked by htmx it is a fragment; the same lines are had as a file.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from learning.access import signed_in
from learning.models import CreditEntry, Enrolment, Lesson, Membership, Person, Role
from tracking import access
from tracking.rules.runs import runs_of_mask
from tracking.rules.timeline import SessionStory, StretchKind, TimelineStretch
from tracking.views.lesson_chapters import Chapter, chapters_of, sums_of
from tracking.views.lesson_words import StoryLine, circumstances_of, instant, lines_of

#: Shorter pauses are in the sums, but not marked on the strip.
_WORTH_MARKING_MS: Final = 3_000
_STRIPS_MAX: Final = 3
#: More visits than these are in the file only; the newest of them stand open.
_VISITS_MAX: Final = 40
_NUMBER: Final = {StretchKind.STILL: 1, StretchKind.AGAIN: 2, StretchKind.VOIDED: 3, StretchKind.WAITING: 4}
#: What spreadsheets take for a formula, full-width forms included (RELIABILITY S14).
_FORMULA_STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a strip, in per cent of its length; `number` names the line of the subtraction."""

    kind: str
    x: str
    middle: str
    width: str
    number: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One session as it is shown."""

    chapter: Chapter
    opened_at: datetime
    ended_at: datetime
    parts: list[Part]
    lines: list[StoryLine]

    @property
    def story(self) -> SessionStory:
        """The session's sums."""
        return self.chapter.story

    @property
    def cuts(self) -> list[Part]:
        """The parts that were not credited and are long enough to be marked."""
        return [part for part in self.parts if part.number]


@login_required
@require_safe
def lesson_why(request: HttpRequest, enrolment_id: int, number: int) -> HttpResponse:
    """Tell the story of one lesson; whoever may not read it finds nothing."""
    enrolment, lesson = _asked(request, enrolment_id, number)
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "tracking/lesson_why_story.html" if is_fragment else "tracking/lesson_why.html"
    return render(request, template, _context(signed_in(request), enrolment, lesson))


@login_required
@require_safe
def lesson_why_export(request: HttpRequest, enrolment_id: int, number: int) -> HttpResponse:
    """Send every line of every visit as CSV; the whole file is built before the first byte leaves."""
    enrolment, lesson = _asked(request, enrolment_id, number)
    chapters, _story = chapters_of(enrolment, lesson)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_header())
    for place, chapter in enumerate(chapters, start=1):
        writer.writerows(_row(place, chapter, line) for line in lines_of(chapter))
    # The mark at the start tells Excel that the file is UTF-8.
    response = HttpResponse("\ufeff" + buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="viewing-{enrolment.pk}-{lesson.number}.csv"'
    return response


def _asked(request: HttpRequest, enrolment_id: int, number: int) -> tuple[Enrolment, Lesson]:
    """Return the place and the lesson. Raises: Http404, when this reader may not know of them."""
    enrolment = access.why_enrolment(signed_in(request), enrolment_id)
    lesson = enrolment.edition.lessons.filter(number=number).first() if enrolment else None
    if enrolment is None or lesson is None:
        raise Http404
    lesson.edition = enrolment.edition
    return enrolment, lesson


def _context(person: Person, enrolment: Enrolment, lesson: Lesson) -> dict[str, object]:
    """Return all the page shows."""
    chapters, story = chapters_of(enrolment, lesson)
    sums = sums_of(chapters)
    visits = [_visit(chapter) for chapter in chapters]
    return {
        "enrolment": enrolment,
        "lesson": lesson,
        "is_own": person.pk == enrolment.person_id,
        "office": _office(person, enrolment),
        "chapters": chapters,
        "visits": visits[::-1][:_VISITS_MAX],
        "older_count": max(0, len(visits) - _VISITS_MAX),
        "strips": _telling(visits)[-_STRIPS_MAX:],
        "sums": sums,
        "is_watched": sums.credited_s >= lesson.needed_s,
        "covered": [
            (f"{from_s * 100 / lesson.duration_s:.3f}", f"{(to_s - from_s) * 100 / lesson.duration_s:.3f}")
            for from_s, to_s in runs_of_mask(story.confirmed)
        ],
        "needed_x": f"{lesson.needed_s * 100 / lesson.duration_s:.3f}",
        "requirement": enrolment.requirement,
    }


def _office(person: Person, enrolment: Enrolment) -> Membership | None:
    """Return as what a reader who is not the learner reads: the base's auditor before the bureau's officer."""
    if person.pk == enrolment.person_id:
        return None
    entries = CreditEntry.objects.filter(enrolment=enrolment)
    auditing = Q(organisation_id=enrolment.edition.base_id) | Q(organisation_id__in=entries.values("auditor_id"))
    return (
        Membership.objects.filter(
            Q(auditing, role__in=[Role.AUDITOR, Role.ADMINISTRATOR])
            | Q(role=Role.OFFICER, organisation_id__in=entries.values("bureau_id")),
            person_id=person.pk,
        )
        .select_related("organisation")
        .order_by("role", "pk")
        .first()
    )


def _telling(visits: list[Visit]) -> list[Visit]:
    """Return the visits with something to show: a page opened and left again is only in the list."""
    return [visit for visit in visits if visit.story.credited_s or visit.cuts] or visits


def _visit(chapter: Chapter) -> Visit:
    story = chapter.story
    parts = [_part(story, stretch) for stretch in story.stretches]
    return Visit(chapter, instant(story.opened_ms), instant(story.ended_ms), parts, lines_of(chapter))


def _part(story: SessionStory, stretch: TimelineStretch) -> Part:
    """Lay a stretch on the strip of its session."""
    whole_ms = max(1, story.ended_ms - story.opened_ms)
    x = (stretch.start_ms - story.opened_ms) * 100 / whole_ms
    width = (stretch.end_ms - stretch.start_ms) * 100 / whole_ms
    is_marked = stretch.end_ms - stretch.start_ms >= _WORTH_MARKING_MS
    return Part(
        kind=stretch.kind.value,
        x=f"{x:.3f}",
        middle=f"{x + width / 2:.3f}",
        width=f"{width:.3f}",
        number=_NUMBER.get(stretch.kind, 0) if is_marked else 0,
    )


def _header() -> list[str]:
    return [
        _("Visit"),
        _("From (Beijing time)"),
        _("To (Beijing time)"),
        _("What happened"),
        _("Notes"),
        _("Lecture from, s"),
        _("Lecture to, s"),
        _("Credited, s"),
        _("Watched again, s"),
        _("Voided, s"),
        _("Claims deferred, s"),
        _("Circumstances"),
        _("Device"),
        _("Ledger lines"),
        _("Session"),
    ]


def _row(place: int, chapter: Chapter, line: StoryLine) -> list[str | int]:
    item = line.happening
    said = circumstances_of(item)
    lines = "" if item.first_line is None else f"{item.first_line}…{item.last_line}"
    return [
        place,
        _moment(item.start_ms),
        _moment(item.end_ms),
        _safe_cell(line.what),
        _safe_cell("; ".join(note for note in line.notes if note not in said)),
        item.from_s,
        item.to_s,
        item.gained_s,
        item.again_s,
        item.lost_s,
        item.deferred_s,
        _safe_cell("; ".join(said)),
        _safe_cell(chapter.session.device_label),
        lines,
        str(chapter.session.key),
    ]


def _moment(ms: int) -> str:
    """Write an instant as spreadsheets sort it, with its milliseconds: two of them may share a second."""
    return localtime(instant(ms)).strftime("%Y-%m-%d %H:%M:%S.") + f"{ms % 1_000:03d}"


def _safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet runs it: a leading quote where it would start a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
