from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from asgiref.sync import async_to_sync
from django.conf import LazySettings
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from learning.models import Lesson, Membership, Person, Role
from tests.factories import learning as make_learning
from tests.factories import tracking as make
from tests.factories.tracking import Learner

pytestmark = pytest.mark.django_db
BODY = bytes(range(256)) * 4


@pytest.fixture
def at(ada: Person, tmp_path: Path, settings: LazySettings) -> Learner:
    settings.MEDIA_ROOT = tmp_path
    at = make.learner(ada)
    for name in (at.lesson.media_name, at.lesson.captions_zh_name):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(BODY)
    return at


def body_of(answer: HttpResponseBase) -> bytes:
    async def read() -> bytes:
        pieces = cast("AsyncIterator[bytes]", cast("StreamingHttpResponse", answer).streaming_content)
        return b"".join([piece async for piece in pieces])

    return async_to_sync(read)()


def video(at: Learner) -> str:
    return reverse("tracking:video", args=[at.enrolment.course_key, 1])


def fetch(client: Client, address: str, **headers: str) -> HttpResponseBase:
    return cast("HttpResponseBase", client.get(address, headers=headers))


def test_whole_file(at: Learner) -> None:
    answer = fetch(at.client, video(at))

    assert (answer.status_code, answer["Content-Length"], answer["Accept-Ranges"]) == (200, "1024", "bytes")
    assert answer["Content-Type"] == "video/mp4"
    assert body_of(answer) == BODY


@pytest.mark.parametrize(
    ("asked", "given", "start", "end"),
    [
        ("bytes=0-0", "bytes 0-0/1024", 0, 1),
        ("bytes=100-199", "bytes 100-199/1024", 100, 200),
        ("bytes=1000-", "bytes 1000-1023/1024", 1000, 1024),
        ("bytes=1000-9999", "bytes 1000-1023/1024", 1000, 1024),
        ("bytes=-24", "bytes 1000-1023/1024", 1000, 1024),
        ("bytes=-9999", "bytes 0-1023/1024", 0, 1024),
    ],
)
def test_range(at: Learner, asked: str, given: str, start: int, end: int) -> None:
    answer = fetch(at.client, video(at), range=asked)

    assert (answer.status_code, answer["Content-Range"]) == (206, given)
    assert answer["Content-Length"] == str(end - start)
    assert body_of(answer) == BODY[start:end]


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=9-5", "bytes=-0"])
def test_range_that_is_not_there(at: Learner, asked: str) -> None:
    answer = fetch(at.client, video(at), range=asked)

    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */1024")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "nonsense"])
def test_range_we_do_not_read_is_answered_with_the_whole_file(at: Learner, asked: str) -> None:
    answer = fetch(at.client, video(at), range=asked)

    assert (answer.status_code, body_of(answer)) == (200, BODY)


def test_head_sends_no_body(at: Learner) -> None:
    answer = cast("HttpResponseBase", at.client.head(video(at)))

    assert (answer.status_code, answer["Content-Length"]) == (200, "1024")


def test_captions_are_text(at: Learner) -> None:
    answer = fetch(at.client, reverse("tracking:captions", args=[at.enrolment.course_key, 1, "zh"]))

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    body_of(answer)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_captions_that_are_not_there_are_404(at: Learner, language: str) -> None:
    assert (
        fetch(at.client, reverse("tracking:captions", args=[at.enrolment.course_key, 1, language])).status_code == 404
    )


def test_poster_that_is_not_there_is_404(at: Learner) -> None:
    assert fetch(at.client, reverse("tracking:poster", args=[at.enrolment.course_key, 1])).status_code == 404


@pytest.mark.parametrize("who", ["anonymous", "cy", "another base's editor", "own base's learner-less clerk"])
def test_outsiders_get_404(at: Learner, cy: Person, who: str) -> None:
    client = Client()
    if who != "anonymous":
        client.force_login(cy)
    if who == "another base's editor":
        Membership.objects.create(person=cy, organisation=make_learning.BaseFactory(), role=Role.EDITOR)
    if who == "own base's learner-less clerk":
        Membership.objects.create(person=cy, organisation=at.enrolment.edition.base, role=Role.CLERK)

    assert fetch(client, video(at)).status_code == 404


@pytest.mark.parametrize("role", [Role.EDITOR, Role.AUDITOR])
def test_staff_of_the_base_may_look(at: Learner, cy: Person, role: Role) -> None:
    Membership.objects.create(person=cy, organisation=at.enrolment.edition.base, role=role)
    client = Client()
    client.force_login(cy)

    assert fetch(client, video(at)).status_code == 200


def test_file_outside_the_media_folder_is_404(at: Learner, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.mp4").write_bytes(b"secret")
    lesson = Lesson(
        edition=at.enrolment.edition,
        number=9,
        title_zh="越界",
        duration_ms=60_000,
        media_digest="0" * 64,
        media_name="../secret.mp4",
        captions_zh_name="x.vtt",
    )
    lesson.save()

    assert fetch(at.client, reverse("tracking:video", args=[at.enrolment.course_key, 9])).status_code == 404


def test_behind_nginx_the_file_is_handed_over(at: Learner, settings: LazySettings) -> None:
    settings.HOURBOOK_ACCEL_PREFIX = "/protected/"

    answer = fetch(at.client, video(at))

    assert answer["X-Accel-Redirect"] == f"/protected/{at.lesson.media_name}"
