"""Why a lesson's seconds are the number they are: its timeline, from the ledger alone.

For the learner, for the base that audits the hours and the bureau that confirms them. Asked by
htmx it is a fragment, otherwise a page.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from learning.models import Enrolment, Lesson, Person
from tracking import access
from tracking.models import LiveViewing, ViewingEntry, ViewingSession
from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.runs import runs_of_mask
from tracking.rules.timeline import SessionStory, StretchKind, TimelineStretch, story_of

#: Shorter pauses are in the sums, but not marked on the strip.
_WORTH_MARKING_MS: Final = 3_000
_STRIPS_MAX: Final = 3
_NUMBER: Final = {StretchKind.STILL: 1, StretchKind.AGAIN: 2}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a strip, in per cent of its length; `number` names the line of the subtraction."""

    kind: str
    x: str
    middle: str
    width: str
    start_at: datetime
    end_at: datetime
    number: int
    from_s: int = 0
    to_s: int = 0


@dataclass(frozen=True, slots=True)
class Chapter:
    """One session as it is shown."""

    session: ViewingSession
    story: SessionStory
    opened_at: datetime
    ended_at: datetime
    parts: list[Part]

    @property
    def cuts(self) -> list[Part]:
        """The parts that were not credited and are long enough to be marked."""
        return [part for part in self.parts if part.number]


@dataclass(frozen=True, slots=True)
class Sums:
    """The subtraction over all sessions; open − still − again = credited."""

    open_s: int
    still_s: int
    again_s: int
    credited_s: int
    late_s: int


@login_required
@require_safe
def lesson_why(request: HttpRequest, enrolment_id: int, number: int) -> HttpResponse:
    """Tell the story of one lesson; whoever may not read it finds nothing."""
    enrolment = access.why_enrolment(cast("Person", request.user), enrolment_id)
    lesson = enrolment.edition.lessons.filter(number=number).first() if enrolment else None
    if enrolment is None or lesson is None:
        raise Http404
    lesson.edition = enrolment.edition
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "tracking/lesson_why_story.html" if is_fragment else "tracking/lesson_why.html"
    return render(request, template, _context(request, enrolment, lesson))


def _context(request: HttpRequest, enrolment: Enrolment, lesson: Lesson) -> dict[str, object]:
    """Return all the page shows."""
    chapters, mask = _chapters(enrolment, lesson)
    sums = Sums(
        open_s=sum(chapter.story.open_s for chapter in chapters),
        still_s=sum(chapter.story.still_s for chapter in chapters),
        again_s=sum(chapter.story.shown_again_s for chapter in chapters),
        credited_s=sum(chapter.story.credited_s for chapter in chapters),
        late_s=sum(chapter.story.late_s for chapter in chapters),
    )
    return {
        "enrolment": enrolment,
        "lesson": lesson,
        "is_own": request.user.pk == enrolment.person_id,
        "chapters": chapters,
        "strips": _telling(chapters)[-_STRIPS_MAX:],
        "sums": sums,
        "uncredited_s": sums.open_s - sums.credited_s,
        "is_watched": sums.credited_s >= lesson.needed_s,
        "covered": [
            (f"{from_s * 100 / lesson.duration_s:.3f}", f"{(to_s - from_s) * 100 / lesson.duration_s:.3f}")
            for from_s, to_s in runs_of_mask(mask)
        ],
        "needed_x": f"{lesson.needed_s * 100 / lesson.duration_s:.3f}",
        "has_deferred": any(chapter.story.has_deferred for chapter in chapters),
        "requirement": enrolment.requirement,
    }


def _telling(chapters: list[Chapter]) -> list[Chapter]:
    """Return the sessions with something to show: a page opened and left again is only in the list."""
    return [chapter for chapter in chapters if chapter.story.credited_s or chapter.cuts] or chapters


def _chapters(enrolment: Enrolment, lesson: Lesson) -> tuple[list[Chapter], int]:
    """Return the lesson's sessions in time, and the mask of what they cover."""
    sessions = list(ViewingSession.objects.of_lesson(enrolment_id=enrolment.pk, lesson_id=lesson.pk))
    lines: dict[int, list[LedgerLine]] = {session.pk: [] for session in sessions}
    keys = {session.pk: str(session.key) for session in sessions}
    for row in ViewingEntry.objects.filter(session__in=lines).order_by("session_id", "line_index"):
        lines[row.session_id].append(row.as_line(keys[row.session_id]))
    live = LiveViewing.objects.filter(session__in=lines).first()
    chapters: list[Chapter] = []
    mask = 0
    for session in sessions:
        ended_ms = session.ended_ms
        if ended_ms is None and live is not None:
            ended_ms = live.mark_ms
            lines[session.pk] += _open_segment(live, keys[session.pk])
        ended_ms = max(session.opened_ms, ended_ms or 0)
        story, mask = story_of(lines[session.pk], opened_ms=session.opened_ms, ended_ms=ended_ms, seen=mask)
        parts = [_part(story, stretch) for stretch in story.stretches]
        chapters.append(Chapter(session, story, _at(session.opened_ms), _at(ended_ms), parts))
    return chapters, mask


def _open_segment(live: LiveViewing, session_key: str) -> list[LedgerLine]:
    """Return the open segment as the line it will become."""
    if not live.segment_beat_count:
        return []
    return [
        LedgerLine(
            session_key,
            live.line_count,
            LineKind.SEGMENT,
            live.segment_start_ms,
            live.segment_end_ms,
            live.segment_accrued_ms,
            live.segment_from_s,
            live.segment_to_s,
            live.segment_new_s,
            live.segment_deferred_s,
        )
    ]


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
        start_at=_at(stretch.start_ms),
        end_at=_at(stretch.end_ms),
        number=_NUMBER.get(stretch.kind, 0) if is_marked else 0,
        from_s=stretch.from_s,
        to_s=stretch.to_s,
    )


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1_000, tz=UTC)
