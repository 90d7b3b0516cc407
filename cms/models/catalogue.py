"""The catalogue: which current editions answer a visitor's filters.

Lists editions, because hours and lectures are theirs; a course is listed while its
page is live. Search is substring search on the words of a course: that finds Chinese
words, which Wagtail's database search does not (it cuts at spaces), and a city's
catalogue of some hundred courses needs no index. A larger one would segment by
characters into an indexed field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict

from cms.models.course_page import CoursePage
from learning.actions.enrolments import local_year
from learning.models import Edition, Organisation, PublicTopic
from learning.rules.eligibility import SENIOR_LEVELS, Tier
from learning.rules.requirements import SubjectKind, TitleLevel

LONGEST_QUERY = 60


class Sort(StrEnum):
    """Orders of the list."""

    NEWEST = "newest"
    FEWEST_HOURS = "fewest"
    MOST_HOURS = "most"


_ORDERS = {
    Sort.NEWEST: ("-published_at", "course_key"),
    Sort.FEWEST_HOURS: ("approved_centihours", "course_key"),
    Sort.MOST_HOURS: ("-approved_centihours", "course_key"),
}


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """What was asked; anything unknown in the address counts as not asked."""

    text: str = ""
    subject: str = ""
    level: str = ""
    base: str = ""
    sort: Sort = Sort.NEWEST

    @classmethod
    def parse(cls, said: QueryDict) -> CatalogueQuery:
        """Read the address's query."""
        return cls(
            text=" ".join(said.get("q", "").replace("\x00", "").split())[:LONGEST_QUERY],
            subject=_one_of(said.get("subject", ""), SubjectKind),
            level=_one_of(said.get("level", ""), TitleLevel),
            base=said.get("base", "").replace("\x00", "").strip(),
            sort=Sort(_one_of(said.get("sort", ""), Sort) or Sort.NEWEST),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.text or self.subject or self.level or self.base)


def _one_of(value: str, words: type[StrEnum]) -> str:
    return value if value in {word.value for word in words} else ""


def offered() -> QuerySet[Edition]:
    """Return the current edition of every course whose page is live."""
    keys = CoursePage.objects.live().values("slug")
    return Edition.objects.current().filter(course_key__in=keys)


def found(query: CatalogueQuery) -> QuerySet[Edition]:
    """Return the editions that pass every filter, in the order asked, base and lecture count included."""
    rows = offered().select_related("base").annotate(lesson_count=Count("lessons"))
    if query.subject:
        rows = rows.filter(subject_kind=query.subject)
    if query.base:
        rows = rows.filter(base__slug=query.base)
    if query.level:
        rows = rows.annotate(levels=Cast("target_levels", TextField())).filter(_is_for(query.level))
    for word in query.text.split():
        rows = rows.filter(_speaks_of(word))
    return rows.order_by(*_ORDERS[query.sort])


def _is_for(level: str) -> Q:
    """Match courses for this title level. Source: R3; R25 (a county base does not teach seniors)."""
    match = Q(levels="[]") | Q(levels__contains=f'"{level}"')
    if level in SENIOR_LEVELS:
        match &= ~Q(base__tier=Tier.COUNTY)
    return match


def _speaks_of(word: str) -> Q:
    pages = CoursePage.objects.live().filter(
        Q(summary_zh__icontains=word)
        | Q(summary_en__icontains=word)
        | Q(goals_zh__icontains=word)
        | Q(goals_en__icontains=word)
        | Q(teacher_zh__icontains=word)
        | Q(teacher_en__icontains=word)
    )
    return (
        Q(title_zh__icontains=word)
        | Q(title_en__icontains=word)
        | Q(base__name_zh__icontains=word)
        | Q(base__name_en__icontains=word)
        | Q(course_key__in=pages.values("slug"))
    )


def bases_offering() -> QuerySet[Organisation]:
    """Return the bases that have a course in the catalogue."""
    return Organisation.objects.filter(pk__in=offered().values("base_id"))


def summaries(course_keys: list[str]) -> dict[str, CoursePage]:
    """Return one live page per course key, for the words that editions do not hold."""
    return {page.slug: page for page in CoursePage.objects.live().filter(slug__in=course_keys)}


@dataclass(frozen=True, slots=True)
class TopicDoor:
    """A public topic of the year and the courses that teach it."""

    topic: PublicTopic
    editions: tuple[Edition, ...]


def public_topics(*, now: datetime) -> list[TopicDoor]:
    """Return this year's public topics that have a course, in the order they were set (R4)."""
    rows = offered().filter(topic__year=local_year(now)).select_related("topic", "base")
    courses: dict[int, list[Edition]] = {}
    topics: dict[int, PublicTopic] = {}
    for edition in rows.order_by("topic_id", "course_key"):
        if edition.topic is not None:
            topics[edition.topic.pk] = edition.topic
            courses.setdefault(edition.topic.pk, []).append(edition)
    return [TopicDoor(topics[key], tuple(courses[key])) for key in topics]
