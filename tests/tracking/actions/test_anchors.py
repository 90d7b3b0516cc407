from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from learning.actions.anchor_backends import AnchorFailed, FileAnchor, MailAnchor, TimestampAnchor
from learning.actions.anchors import facts_of
from learning.models import Person
from learning.rules.digests import digest_of
from tests.factories import ledger, timestamps
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.timestamps import Authority
from tracking.actions import roots, seals
from tracking.demo import history
from tracking.models import Anchor, DailyRoot

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(ada: Person) -> list[DailyRoot]:
    """Two days with roots: one seal, none."""
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 60, NOON - 3 * ledger.DAY)
    seals.give_seals(now=NOON - 2 * ledger.DAY)
    return roots.close_days(now=NOON)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    try:
        made = timestamps.make(tmp_path / "authority")
    except timestamps.MissingOpenssl as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))
    with timestamps.serving(made) as served:
        yield served


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "roots.txt"


def test_anchor_leaves_every_root_once_in_the_file(signed: list[DailyRoot], file: Path, settings: Any) -> None:
    settings.ROOT_ANCHORS = {"file": {"path": str(file)}}

    assert [roots.anchor_roots(now=NOON) for _ in range(2)] == [2, 0]

    assert file.read_text().splitlines() == [root.line() for root in signed]
    anchor = Anchor.objects.get(root=signed[0])
    assert (anchor.backend, anchor.receipt) == ("file", signed[0].line())
    assert anchor.digest == digest_of(facts_of(anchor))


def test_file_takes_a_line_once_and_begins_a_line_of_its_own(signed: list[DailyRoot], file: Path) -> None:
    file.parent.mkdir()
    file.write_text("half a li")

    for root in (*signed, *signed):
        FileAnchor(str(file)).leave(root)

    assert file.read_text() == "\n".join(["half a li", *(root.line() for root in signed), ""])


def test_file_that_cannot_be_written_is_a_failure(signed: list[DailyRoot], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(AnchorFailed):
        FileAnchor(str(tmp_path / "folder")).leave(signed[0])


def test_mail_says_the_line_in_both_languages(signed: list[DailyRoot]) -> None:
    receipt = MailAnchor(["regulator@example.test"]).leave(signed[0])

    (message,) = mail.outbox
    assert message.to == ["regulator@example.test"]
    assert signed[0].line() in message.body.splitlines()
    assert "Keep this message" in message.body
    assert receipt == f"{message.extra_headers['Message-ID']} regulator@example.test"


def test_mail_has_a_well_formed_id_whoever_it_is_from(signed: list[DailyRoot], settings: Any) -> None:
    """A sender may have a name; servers refuse an id with a stray bracket."""
    settings.DEFAULT_FROM_EMAIL = "学时簿 <no-reply@hours.example>"

    receipt = MailAnchor(["a@example.org"]).leave(signed[0])

    (message,) = mail.outbox
    assert message.extra_headers["Message-ID"].endswith("@hours.example>")
    assert receipt == f"{message.extra_headers['Message-ID']} a@example.org"


def test_mail_that_is_not_taken_is_a_failure(signed: list[DailyRoot], settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with pytest.raises(AnchorFailed):
        MailAnchor(["regulator@example.test"]).leave(signed[0])


def test_timestamp_is_one_that_openssl_takes(signed: list[DailyRoot], authority: Authority) -> None:
    receipt = TimestampAnchor(authority.url, str(authority.certificate)).leave(signed[0])

    reply = base64.b64decode(receipt)
    assert authority.verify(signed[0].facts().text().encode(), reply)
    assert not authority.verify(signed[1].facts().text().encode(), reply)


@pytest.mark.parametrize("fault", ["away", "nonsense", "redirect", "replay"])
def test_timestamp_refuses_any_other_answer(signed: list[DailyRoot], authority: Authority, fault: str) -> None:
    anchor = TimestampAnchor(authority.url, str(authority.certificate))
    anchor.leave(signed[0])
    authority.fault = fault

    with pytest.raises(AnchorFailed):
        anchor.leave(signed[0])


def test_timestamp_refuses_a_strange_authority(signed: list[DailyRoot], authority: Authority, tmp_path: Path) -> None:
    stranger = timestamps.make(tmp_path / "stranger", "Stranger")

    with pytest.raises(AnchorFailed):
        TimestampAnchor(authority.url, str(stranger.certificate)).leave(signed[0])


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.test/", "example.test"])
def test_timestamp_is_asked_over_http_only(url: str) -> None:
    with pytest.raises(ValueError, match=url):
        TimestampAnchor(url)


def test_a_place_that_is_away_holds_up_nobody_else(
    signed: list[DailyRoot], authority: Authority, file: Path, settings: Any
) -> None:
    settings.ROOT_ANCHORS = {"timestamp": {"url": authority.url}, "file": {"path": str(file)}}
    authority.fault = "away"

    assert roots.anchor_roots(now=NOON) == 2
    assert len(authority.asked) == 1

    authority.fault = ""
    assert roots.anchor_roots(now=NOON + dt.timedelta(minutes=10)) == 2
    assert Anchor.objects.count() == 4


def test_audit_takes_the_stamp_and_finds_a_false_one(
    signed: list[DailyRoot], authority: Authority, tmp_path: Path, settings: Any
) -> None:
    settings.ROOT_ANCHORS = {"timestamp": {"url": authority.url, "certificate": str(authority.certificate)}}
    roots.anchor_roots(now=NOON)
    assert ledger.findings().differences == []

    stranger = timestamps.make(tmp_path / "stranger", "Stranger")
    forged = base64.b64encode(stranger.stamp(authority.asked[0])).decode()
    anchor = Anchor.objects.get(root=signed[0])
    anchor.receipt = forged
    anchor.digest = digest_of(facts_of(anchor))
    with ledger.lifted("tracking_anchor"):
        Anchor.objects.filter(pk=anchor.pk).update(receipt=anchor.receipt, digest=anchor.digest)
        (found,) = ledger.findings().differences

    assert found.startswith(f"anchor 'timestamp' of {signed[0].day}: its time stamp is not genuine")
