"""What leaves the house: in the reader's language, in one piece, and nothing that is nobody else's business."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.core import mail

from learning.actions import notice_channels, notice_settings, sms_backends
from learning.models import NoticeDelivery, Person
from learning.rules.notices import Channel, NoticeKind
from tests.factories import notices as make_notices
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db

ID_NUMBER = "410203198802032626"


@pytest.fixture
def reader(ada: Person) -> Person:
    ada.phone = "13800000001"
    ada.set_id_number(ID_NUMBER)
    ada.save()
    return ada


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent as text messages."""
    said: list[str] = []

    class Phone:
        def send(self, *, phone: str, text: str, key: str) -> None:
            said.append(text)

    monkeypatch.setattr(sms_backends, "backend", Phone)
    return said


def sent(now: Any = make_notices.GATHERED) -> EmailMessage:
    """Lay out, send, and return the one mail as a mail program reads it."""
    make_notices.planned()
    make_notices.send(now)
    (message,) = mail.outbox
    read: EmailMessage = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    return read


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def in_english(person: Person) -> None:
    notice_settings.choose(person_id=person.pk, wanted=[], kinds=[], language="en")


def test_a_mail_says_it_as_text_and_as_a_page_and_leads_there(reader: Person) -> None:
    notice = make_notices.confirmed(reader)
    message = sent()

    assert message["Subject"] == "已确认 6.0 学时：数据安全"
    for kind in ("plain", "html"):
        assert "阿达，您好" in body(message, kind)
        assert "由开封市人社局确认，计入 2026 年度。" in body(message, kind)
        assert f"http://127.0.0.1:8000/me/messages/{notice.pk}/" in body(message, kind)


def test_a_mail_is_in_the_readers_language(reader: Person) -> None:
    in_english(reader)
    notice = make_notices.confirmed(reader)
    message = sent()

    assert message["Subject"] == "6.0 hours confirmed: Data security"
    assert "Dear Ada," in body(message, "plain")
    assert f"/en/me/messages/{notice.pk}/" in body(message, "plain")
    assert '<html lang="en">' in body(message, "html")


def test_several_travel_in_one_mail_oldest_first(reader: Person) -> None:
    make_notices.confirmed(reader, title_zh="甲")
    make_notices.confirmed(reader, title_zh="乙")
    message = sent()

    assert message["Subject"] == "2 条学时消息"
    text = body(message, "plain")
    assert text.index("甲") < text.index("乙")


def test_a_mail_says_how_to_stop_it_and_that_a_machine_wrote_it(reader: Person) -> None:
    make_notices.confirmed(reader)
    message = sent()

    address = message["List-Unsubscribe"].strip(" <>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    token = address.removeprefix("http://127.0.0.1:8000/me/messages/stop/").strip("/")
    assert notice_settings.read_stop_link(token) == (reader.pk, [NoticeKind.CONFIRMED])
    assert address in body(message, "plain")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028"])
def test_a_title_begins_no_header_of_its_own(reader: Person, break_: str) -> None:
    make_notices.confirmed(reader, title_zh=f"数据{break_}Bcc: everyone@example.test")
    message = sent()

    assert message["Bcc"] is None
    assert message["Subject"].strip() == "已确认 6.0 学时：数据 Bcc: everyone@example.test"
    assert mail.outbox[0].recipients() == [reader.email]


def test_a_title_is_no_markup_in_the_page_and_itself_in_the_text(reader: Person) -> None:
    make_notices.confirmed(reader, title_zh="<b>A&B</b>")
    message = sent()

    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in body(message, "html")
    assert "<b>A&B</b>" in body(message, "plain")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_no_message_of_any_kind_carries_an_id_number(
    reader: Person, texts: list[str], kind: NoticeKind, language: str
) -> None:
    notice_settings.choose(
        person_id=reader.pk, wanted=[(kind, each) for each in Channel], kinds=[kind], language=language
    )
    make_notices.told(
        reader,
        kind,
        reason="other",
        serial="KF-1",
        by_serial="KF-1-2",
        closes_on="2026-12-31",
        state="earned",
        slug="base",
        count=2,
        working_days=5,
        oldest_on="2026-11-01",
    )
    message = sent()

    everything = message.as_string() + body(message, "plain") + body(message, "html") + texts[0]
    assert ID_NUMBER not in everything
    assert reader.masked_id_number() not in everything
    assert "%(" not in everything


def test_a_text_message_is_short_and_names_nobody(reader: Person, texts: list[str]) -> None:
    make_notices.returned(reader, title_zh="极长的课程标题" * 20)
    sent(NOON)

    assert texts == ["【学时簿】阿*，您有 1 条新消息。 http://127.0.0.1:8000/me/messages/"]
    assert len(texts[0]) <= notice_channels.SMS_MAX_CHARACTERS


def test_a_text_message_is_in_the_readers_language(reader: Person, texts: list[str]) -> None:
    in_english(reader)
    make_notices.returned(reader)
    sent(NOON)

    assert texts[0].startswith("[Hourbook] A*, 1 message waits for you.")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_text_message_has_its_whole_link_or_none(
    reader: Person, texts: list[str], language: str, settings: Any
) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://jxjy.rsj.kaifeng.gov.cn.example"
    notice_settings.choose(person_id=reader.pk, wanted=[], kinds=[], language=language)
    make_notices.returned(reader)
    sent(NOON)

    (said,) = texts
    assert "https" not in said or said.endswith("/me/messages/")
    assert len(said) <= (notice_channels.SMS_MAX_ASCII if said.isascii() else notice_channels.SMS_MAX_CHARACTERS)
    assert said.isascii() == said.endswith("/en/me/messages/")


def test_a_provider_is_told_the_same_key_again(reader: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = []

    class Phone:
        def send(self, *, phone: str, text: str, key: str) -> None:
            keys.append(key)
            if len(keys) == 1:
                raise sms_backends.SmsFailed

    monkeypatch.setattr(sms_backends, "backend", Phone)
    make_notices.returned(reader)
    make_notices.planned()
    make_notices.send(NOON)
    make_notices.send(NOON + make_notices.HOUR)

    delivery = NoticeDelivery.objects.get(channel=Channel.SMS)
    assert keys == [f"notice-{delivery.pk}"] * 2
