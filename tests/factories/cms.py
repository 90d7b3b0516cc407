"""Factories of cms: a laid site, a desk, a course page ready to publish."""

from __future__ import annotations

import importlib
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.core.files.base import ContentFile
from wagtail.models import Site

from cms.actions import desks
from cms.models import CoursePage, Lecture, LectureMedia
from learning.models import Edition, Organisation
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make

#: Imported by name: a module that starts with a digit cannot be imported by statement.
LAY_SITE = "cms.migrations.0002_lay_site"


def lay_site() -> Site:
    """Make what is missing of what migrate makes, by the same function."""
    importlib.import_module(LAY_SITE).lay(apps)
    cache.clear()
    return Site.objects.get(is_default_site=True)


def media(base: Organisation, *, seconds: int = 60, **facts: Any) -> LectureMedia:
    """Return the files of a lecture, as if measured."""
    number = LectureMedia.objects.count() + 1
    return LectureMedia.objects.create(
        **{
            "title": f"课件{number}",
            "collection": desks.collection_of(base),
            "video": f"lectures/file-{number}.mp4",
            "captions_zh": f"lectures/file-{number}.zh.vtt",
            "captions_en": f"lectures/file-{number}.en.vtt",
            "poster": f"lectures/file-{number}.jpg",
            "duration_ms": seconds * 1_000,
            "sha256": f"{number:064d}",
        }
        | facts
    )


def course_page(base: Organisation | None = None, *, seconds: tuple[int, ...] = (60, 60), **facts: Any) -> CoursePage:
    """Return a draft public course of two lectures of 60 s, on its base's shelf; 4.0 hours at 30 s."""
    base = base or make.BaseFactory()
    shelf = desks.open_desk(base)
    number = CoursePage.objects.count() + 1
    is_public = facts.get("subject_kind", SubjectKind.PUBLIC) == SubjectKind.PUBLIC
    page = CoursePage(
        **{
            "title": f"数据安全{number}",
            "title_en": f"Data security {number}",
            "slug": f"data-security-{number}",
            "base": base,
            "subject_kind": SubjectKind.PUBLIC,
            "topic": make.PublicTopicFactory() if is_public else None,
            "approved_centihours": 400,
            "summary_zh": "怎样保护个人信息",
            "summary_en": "How to protect personal data",
            "goals_zh": "分清数据等级\n处理泄露",
            "goals_en": "Tell levels of data apart\nDeal with a leak",
            "teacher_zh": "周老师",
            "teacher_en": "Ms Zhou",
            "teacher_title_zh": "教授",
            "teacher_title_en": "Professor",
            "live": False,
        }
        | facts
    )
    page.lectures = [
        Lecture(sort_order=at, title_zh=f"第{at}讲", title_en=f"Lecture {at}", media=media(base, seconds=length))
        for at, length in enumerate(seconds, start=1)
    ]
    shelf.add_child(instance=page)
    return page


def published(page: CoursePage | None = None, **facts: Any) -> Edition:
    """Publish a page by the real road and return its edition."""
    page = page or course_page(**facts)
    page.save_revision(clean=False).publish()
    return Edition.objects.current().get(course_key=page.slug)


def vtt(text: str = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.000\n你好\n") -> ContentFile[bytes]:
    """Return a caption file."""
    return ContentFile(text.encode(), name="captions.vtt")
