from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield
from wagtail.users.models import UserProfile

from cms.actions import desks
from cms.models import CoursePage, LectureMedia
from learning.demo.media import make_lecture
from learning.demo.script import LectureScript, Slide
from learning.models import Edition, Organisation, Person
from tests.factories import cms as make_cms
from tests.factories import learning as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "rule")]


@pytest.fixture
def boss(client: Client) -> Person:
    person = make.PersonFactory(is_staff=True, is_superuser=True)
    UserProfile.objects.create(user=person, preferred_language="en")
    client.force_login(person)
    return person


def _said(page: CoursePage, **changes: Any) -> dict[str, Any]:
    """Return what the editing form would send for this page."""
    lectures = [
        {
            "id": row.pk,
            "title_zh": row.title_zh,
            "title_en": row.title_en,
            "media": row.media_id,
            "check_questions": streamfield([]),
        }
        for row in page.lectures.all()
    ]
    names = [
        "title", "title_en", "slug", "subject_kind", "summary_zh", "summary_en", "goals_zh", "goals_en",
        "teacher_zh", "teacher_en", "teacher_title_zh", "teacher_title_en", "exam_question_count",
        "exam_minutes", "pass_mark_percent", "attempts_max",
    ]  # fmt: skip
    facts = {name: getattr(page, name) for name in names} | {
        "topic": page.topic_id or "",
        "approved_centihours": "4.0",
        "exam_required": "on",
        "lectures": inline_formset(lectures, initial=len(lectures)),
        "comments": inline_formset([]),
    }
    said: dict[str, Any] = nested_form_data(facts | changes)
    return said


def _send(client: Client, page: CoursePage, action: str = "action-publish", **changes: Any) -> Any:
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), _said(page, **changes) | {action: "1"})


def test_publish_from_the_form_writes_an_edition_in_centihours(
    client: Client, boss: Person, base: Organisation
) -> None:
    page = make_cms.course_page(base)

    answer = _send(client, page, approved_centihours="3.5")

    assert answer.status_code == 302
    edition = Edition.objects.get()
    assert (edition.approved_centihours, edition.published_by) == (350, boss)


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "too much credit": ({"approved_centihours": "9"}, "approved_centihours", "more than the measured length"),
    "no topic": ({"topic": ""}, "topic", "Choose which public topic"),
    "out of scope": ({"subject_kind": "professional", "topic": ""}, "subject_kind", "R24"),
    "not a key": ({"slug": "Data_Security"}, "slug", "at most 50"),
    "zero hours": ({"approved_centihours": "0"}, "approved_centihours", "0.1"),
}


@pytest.mark.parametrize(("changes", "field", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_publish_from_the_form_is_refused_in_words(
    client: Client, boss: Person, changes: dict[str, Any], field: str, words: str
) -> None:
    page = make_cms.course_page(make.BaseFactory(profile={"may_teach_professional": False}))

    answer = _send(client, page, **changes)

    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert words in answer.content.decode()
    assert list(Edition.objects.all()) == []


def test_draft_may_be_saved_though_it_may_not_be_published(client: Client, boss: Person, base: Organisation) -> None:
    page = make_cms.course_page(base)

    answer = _send(client, page, action="action-save", approved_centihours="9")

    assert answer.status_code == 302
    assert CoursePage.objects.get(pk=page.pk).get_latest_revision_as_object().approved_centihours == 900
    assert list(Edition.objects.all()) == []


def test_preview_shows_the_draft_and_not_the_edition(client: Client, boss: Person, base: Organisation) -> None:
    page = make_cms.course_page(base)
    make_cms.published(page)
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])

    assert client.post(address, _said(page, title="改过的名称")).json()["is_valid"]
    shown = client.get(address)

    assert "改过的名称" in shown.content.decode()
    assert shown["X-Frame-Options"] == "SAMEORIGIN"


def test_submitting_is_refused_like_publishing(client: Client, boss: Person, base: Organisation) -> None:
    page = make_cms.course_page(base)

    answer = _send(client, page, action="action-submit", approved_centihours="9")

    assert "approved_centihours" in answer.context["form"].errors


def test_form_keeps_the_address_of_a_published_course(client: Client, boss: Person, base: Organisation) -> None:
    page = make_cms.course_page(base)
    make_cms.published(page)

    answer = _send(client, CoursePage.objects.get(pk=page.pk), slug="another-name")

    assert "slug" in answer.context["form"].errors


def test_form_refuses_the_address_of_another_course(client: Client, boss: Person, base: Organisation) -> None:
    taken = make_cms.course_page()
    page = make_cms.course_page(base)

    answer = _send(client, page, slug=taken.slug)

    assert "slug" in answer.context["form"].errors


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real video of three seconds."""
    script = LectureScript("short", "课", 1, "讲", "Lecture", (Slide("题", "Title", ("行",), ("line",), 3),))
    return make_lecture(script, tmp_path_factory.mktemp("lecture")).video_path


def _upload(client: Client, base: Organisation, **changes: Any) -> Any:
    desks.open_desk(base)
    facts = {
        "title": "课件",
        "collection": desks.collection_of(base).pk,
        "captions_zh": make_cms.vtt(),
        "captions_en": make_cms.vtt(),
    }
    return client.post(reverse("lecture-files:add"), facts | changes)


def test_upload_measures_the_video_and_takes_its_first_picture(
    client: Client, boss: Person, base: Organisation, video: Path
) -> None:
    answer = _upload(client, base, video=SimpleUploadedFile("../../evil name.mp4", video.read_bytes()))

    assert answer.status_code == 302
    made = LectureMedia.objects.get()
    assert made.duration_ms // 1_000 == 3
    assert len(made.sha256) == 64
    with made.poster.open() as poster:
        assert poster.read(3) == b"\xff\xd8\xff"
    assert re.fullmatch(r"lectures/[0-9a-f]{24}\.mp4", str(made.video.name))


NOT_FILES: dict[str, tuple[str, bytes, str]] = {
    "not a video": ("video", b"not a video at all", "video.mp4"),
    "captions are not WebVTT": ("captions_zh", b"1\n00:00 --> 00:01\nhello", "captions.vtt"),
    "captions say nothing": ("captions_en", b"WEBVTT\n", "captions.vtt"),
    "captions are not UTF-8": ("captions_zh", b"WEBVTT\n\n00:00 --> 00:01\n\xff\xfe", "captions.vtt"),
}


@pytest.mark.parametrize(("field", "content", "name"), NOT_FILES.values(), ids=NOT_FILES.keys())
@pytest.mark.usefixtures("boss")
def test_upload_refuses_files_that_cannot_be_used(
    client: Client, base: Organisation, video: Path, *, field: str, content: bytes, name: str
) -> None:
    sent = {"video": SimpleUploadedFile("video.mp4", video.read_bytes())}

    answer = _upload(client, base, **(sent | {field: SimpleUploadedFile(name, content)}))

    assert list(answer.context["form"].errors) == [field]
    assert list(LectureMedia.objects.all()) == []


def test_uploaded_files_have_no_address(client: Client, boss: Person, base: Organisation, video: Path) -> None:
    _upload(client, base, video=SimpleUploadedFile("video.mp4", video.read_bytes()))

    made = LectureMedia.objects.get()

    assert client.get(made.video.url).status_code == 404
    assert client.get(f"/media/{made.video.name}").status_code == 404
