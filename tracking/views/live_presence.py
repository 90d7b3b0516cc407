"""Live presence: a base sees who is watching which of its lectures now, and who may need help.

Asked by htmx it is a fragment, renewed every 15 s; without JavaScript the same page with a plain
link to load it anew. The figures say as of when they are. Source: DOMAIN §6, Base.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Case, Q, Value, When
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from learning.access import has_role, signed_in
from learning.models import Edition, Lesson, Organisation, Role
from learning.models.clock import database_now
from tracking.models import Coverage, LiveViewing
from tracking.models.live_presence import Doing, LessonCount, LivePresenceQuerySet, Trouble, live_presence
from tracking.rules.viewing import SeenSeconds, effective_coverage

PAGE_SIZE: Final = 25
RENEW_S: Final = 15
_STUCK: Final = "stuck"
_ROLES: Final = (Role.AUDITOR, Role.ADMINISTRATOR)

DOING_WORDS: Final[dict[str, object]] = {
    Doing.PLAYING: pgettext_lazy("viewing", "playing"),
    Doing.CHECK: _("presence check open"),
    Doing.WAITING: _("waiting for the video"),
    Doing.HIDDEN: _("page in the background"),
    Doing.PAUSED: pgettext_lazy("viewing", "paused"),
}
#: The same, as narrow as a column; in the order of `Doing`.
COLUMN_WORDS: Final = (
    pgettext_lazy("column", "Playing"),
    pgettext_lazy("column", "Check"),
    pgettext_lazy("column", "Waiting"),
    pgettext_lazy("column", "Hidden"),
    pgettext_lazy("column", "Paused"),
)
TROUBLE_WORDS: Final[dict[str, object]] = {
    Trouble.MISSED: _("missed a presence check; nothing is credited until one is passed"),
    Trouble.DEFERRED: _("much more is claimed than can be credited"),
    Trouble.STALLED: _("playing, but no new second for 5 minutes"),
}
ORDER_WORDS: Final[dict[str, object]] = {
    "help": _("Help first"),
    "longest": _("Longest first"),
    "name": _("By name"),
    "lesson": _("By lecture"),
}
_URGENCY: Final = Case(
    *(When(trouble=trouble.value, then=Value(rank)) for rank, trouble in enumerate(Trouble) if trouble.value),
    default=Value(len(Trouble)),
)
_LONGEST: Final = ("session__opened_ms", "pk")
ORDERS: Final[dict[str, tuple[str | Case, ...]]] = {
    "help": (_URGENCY, *_LONGEST),
    "longest": _LONGEST,
    "name": ("person__full_name", "pk"),
    "lesson": ("session__enrolment__course_key", "session__lesson__number", *_LONGEST),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. Anything it does not know, it takes as unsaid."""

    course_key: str
    doing: str
    order: str
    page: str

    @classmethod
    def parse(cls, data: QueryDict) -> "Asked":
        """Read the address."""
        doing, order = data.get("doing", ""), data.get("order", "")
        return cls(
            course_key=data.get("course", "").replace("\x00", "")[:50],
            doing=doing if doing in {*Doing.values, _STUCK} else "",
            order=order if order in ORDERS else "help",
            page=data.get("page", "")[:9],
        )

    def address(self, **changes: str) -> str:
        """Return the query string of this view with changes; an empty value leaves it out."""
        said = {"course": self.course_key, "doing": self.doing, "order": "" if self.order == "help" else self.order}
        return urlencode({name: value for name, value in {**said, **changes}.items() if value})


@dataclass(frozen=True, slots=True)
class Viewer:
    """One who watches now."""

    live: LiveViewing
    lesson: Lesson
    doing: str
    trouble: str
    covered_s: int
    opened_at: datetime
    quiet_s: int


@dataclass(frozen=True, slots=True)
class LessonLine:
    """One lesson and how many watch it."""

    lesson: Lesson
    count: LessonCount


@dataclass(slots=True)
class CourseLine:
    """One course, its lessons being watched, and their sums."""

    edition: Edition
    count: int = 0
    stuck: int = 0
    by_doing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Doing.values, 0))
    lessons: list[LessonLine] = field(default_factory=list)


@login_required
@require_safe
def live_presence_of_base(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who watches the base's lectures now; to anyone but its auditors and administrators it is not there."""
    base = get_object_or_404(Organisation, slug=slug, kind=Organisation.Kind.BASE)
    person = signed_in(request)
    if not has_role(person, base, *_ROLES):
        raise Http404
    now = database_now()
    now_ms = int(now.timestamp() * 1_000)
    present = live_presence().visible_to(person).at(base).present(now_ms=now_ms).described(now_ms=now_ms)
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "tracking/live_presence_now.html" if is_fragment else "tracking/live_presence.html"
    context = {"base": base, "now": now, "renew_s": RENEW_S} | _context(present, Asked.parse(request.GET), now_ms)
    return render(request, template, context)


def _context(present: LivePresenceQuerySet, asked: Asked, now_ms: int) -> dict[str, object]:
    """Return counts and the asked page; five queries, however many watch."""
    counts = present.by_lesson()
    courses = _courses(counts)
    chosen = [course for course in courses if asked.course_key in {"", course.edition.course_key}]
    page = Paginator(_narrowed(present, asked), PAGE_SIZE).get_page(asked.page)
    return {
        "asked": asked,
        "total": sum(count.count for count in counts),
        "stuck": sum(count.stuck for count in counts),
        "courses": courses,
        "course": chosen[0] if asked.course_key and chosen else None,
        "tabs": _tabs(chosen, asked),
        "orders": [
            (words, asked.address(order="" if code == "help" else code), code) for code, words in ORDER_WORDS.items()
        ],
        "page": page,
        "viewers": _viewers(page, now_ms),
        "address": asked.address(page=asked.page),
        "pager_query": asked.address(),
        "doing_words": DOING_WORDS,
        "column_words": COLUMN_WORDS,
        "trouble_words": TROUBLE_WORDS,
    }


def _narrowed(present: LivePresenceQuerySet, asked: Asked) -> LivePresenceQuerySet:
    """Apply filter and order, and read with each row what a line shows."""
    if asked.course_key:
        present = present.filter(session__enrolment__course_key=asked.course_key)
    if asked.doing == _STUCK:
        present = present.exclude(Q(trouble=Trouble.NONE.value))
    elif asked.doing:
        present = present.filter(Q(doing=asked.doing))
    return present.select_related("person", "session__lesson__edition").order_by(*ORDERS[asked.order])


def _courses(counts: list[LessonCount]) -> list[CourseLine]:
    """Group the counts by edition, the busiest first; one query."""
    lessons = Lesson.objects.select_related("edition").in_bulk([count.lesson_id for count in counts])
    courses: dict[int, CourseLine] = {}
    for count in counts:
        lesson = lessons[count.lesson_id]
        course = courses.setdefault(lesson.edition_id, CourseLine(lesson.edition))
        course.count += count.count
        course.stuck += count.stuck
        for doing, number in count.by_doing.items():
            course.by_doing[doing] += number
        course.lessons.append(LessonLine(lesson, count))
    for course in courses.values():
        course.lessons.sort(key=lambda line: line.lesson.number)
    return sorted(courses.values(), key=lambda course: (-course.count, course.edition.course_key, course.edition.pk))


def _tabs(courses: list[CourseLine], asked: Asked) -> list[tuple[object, int, str, str]]:
    """Return the states to choose from: words, how many, the address, the code."""
    tabs: list[tuple[object, int, str]] = [(pgettext_lazy("viewing", "All"), sum(row.count for row in courses), "")]
    tabs.append((_("May need help"), sum(row.stuck for row in courses), _STUCK))
    tabs += [(DOING_WORDS[doing], sum(row.by_doing[doing] for row in courses), doing) for doing in Doing.values]
    return [(words, count, asked.address(doing=code), code) for words, count, code in tabs]


def _viewers(page: Page[LiveViewing], now_ms: int) -> list[Viewer]:
    """Return the page's lines, each with the seconds saved; one query."""
    rows = list(page.object_list)
    sessions = [row.session for row in rows if row.session is not None]
    stored = {
        (row.enrolment_id, row.lesson_id): row.stored()
        for row in Coverage.objects.filter(
            enrolment_id__in=[session.enrolment_id for session in sessions],
            lesson_id__in=[session.lesson_id for session in sessions],
        )
    }
    return [_viewer(row, stored, now_ms) for row in rows]


def _viewer(row: LiveViewing, stored: dict[tuple[int, int], SeenSeconds], now_ms: int) -> Viewer:
    session = row.session
    if session is None:
        raise LookupError(row.pk)
    held = stored.get((session.enrolment_id, session.lesson_id), SeenSeconds())
    # Set by `described`.
    doing, trouble = row.doing, row.trouble  # type: ignore[attr-defined]
    return Viewer(
        live=row,
        lesson=session.lesson,
        doing=doing,
        trouble=trouble,
        covered_s=effective_coverage(row.as_rule(), session.terms(), held).confirmed_s,
        opened_at=datetime.fromtimestamp(session.opened_ms / 1_000, tz=UTC),
        quiet_s=max(0, now_ms - row.heard_ms) // 1_000,
    )
