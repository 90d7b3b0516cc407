"""Messages go out once; a door that is shut is tried again, and given up in the end."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from learning.actions import notice_deliveries, notice_settings, notices, sms_backends
from learning.models import Membership, Notice, NoticeDelivery, Organisation, Person, Role
from learning.rules.notices import TRIES_MAX, Channel, NoticeKind, delay_after
from tests.factories import learning as make
from tests.factories import notices as make_notices
from tests.factories.learning import NOON
from tests.factories.notices import GATHERED, HOUR, MINUTE

pytestmark = pytest.mark.django_db

State = NoticeDelivery.State
#: 02:00 in Kaifeng.
NIGHT = dt.datetime(2026, 11, 19, 18, 0, tzinfo=dt.UTC)


class Phone:
    """A provider that remembers, and may be out of order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.is_broken = False

    def send(self, *, phone: str, text: str, key: str) -> None:
        if self.is_broken:
            raise sms_backends.SmsFailed
        self.sent.append((phone, text, key))


@pytest.fixture(autouse=True)
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    phone = Phone()
    monkeypatch.setattr(sms_backends, "backend", lambda: phone)
    return phone


@pytest.fixture
def reader(ada: Person) -> Person:
    Person.objects.filter(pk=ada.pk).update(phone="13800000001")
    ada.refresh_from_db()
    return ada


def break_mail(monkeypatch: pytest.MonkeyPatch, method: str, error: Exception) -> None:
    def refuse(*_args: Any) -> Any:
        raise error

    monkeypatch.setattr(EmailBackend, method, refuse)


def only() -> NoticeDelivery:
    return NoticeDelivery.objects.get()


def test_sending_sends_each_once(reader: Person, phone: Phone) -> None:
    make_notices.confirmed(reader)
    make_notices.returned(reader)
    make_notices.planned()
    for _time in range(3):
        make_notices.send()

    assert len(mail.outbox) == 2
    assert len(phone.sent) == 1
    assert make_notices.states() == ["sent"] * 3
    assert set(NoticeDelivery.objects.values_list("sent_at", flat=True)) == {GATHERED}


def test_what_gathers_waits_for_its_time_and_what_is_urgent_does_not(reader: Person) -> None:
    make_notices.confirmed(reader)
    make_notices.returned(reader)
    make_notices.planned()
    make_notices.send(NOON)

    assert [message.subject for message in mail.outbox] == ["开封市人社局退回了这 6.0 学时：数据安全"]


def test_one_person_gets_one_mail_an_hour_of_what_is_not_urgent(reader: Person) -> None:
    at = GATHERED
    for _number in range(24):
        make_notices.confirmed(reader, now=at)
        make_notices.planned(at)
        make_notices.send(at)
        at += 5 * MINUTE

    times = sorted(at for at in NoticeDelivery.objects.values_list("sent_at", flat=True) if at)
    assert len(times) == 2
    assert times[1] - times[0] >= HOUR


def test_a_mail_that_is_tried_again_keeps_the_next_one_waiting(reader: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_notices.confirmed(reader)
    make_notices.planned()
    with monkeypatch.context() as patch:
        break_mail(patch, "send_messages", smtplib.SMTPDataError(451, b"later"))
        make_notices.send()
    make_notices.confirmed(reader, now=GATHERED)
    make_notices.planned(GATHERED)

    make_notices.send(GATHERED + HOUR)
    assert make_notices.states() == ["sent", "waiting"]
    make_notices.send(GATHERED + 2 * HOUR)
    assert make_notices.states() == ["sent", "sent"]


def test_what_was_read_on_the_site_is_not_sent(reader: Person) -> None:
    make_notices.confirmed(reader)
    make_notices.planned()
    notices.mark_read(Notice.objects.visible_to(reader), now=NOON)
    make_notices.send()

    assert (mail.outbox, only().state) == ([], State.DROPPED)


def test_what_was_stopped_meanwhile_is_not_sent(reader: Person) -> None:
    make_notices.confirmed(reader)
    make_notices.told(reader, NoticeKind.ISSUED, serial="KF-1")
    make_notices.planned()
    notice_settings.stop_email(person_id=reader.pk, kinds=[NoticeKind.CONFIRMED])
    make_notices.send()

    assert [message.subject for message in mail.outbox] == ["您的 2026 年度证书已颁发"]


def test_what_an_office_was_told_is_not_sent_to_who_left_it(ben: Person, unit: Organisation) -> None:
    notice = make_notices.told(
        ben, NoticeKind.QUEUE_OVERDUE, state="earned", count=1, working_days=5, oldest_on="2026-11-01", slug="x"
    )
    Notice.objects.filter(pk=notice.pk).update(office=unit)
    make_notices.planned()
    Membership.objects.filter(person=ben, role=Role.ADMINISTRATOR).delete()
    make_notices.send()

    assert (mail.outbox, only().state) == ([], State.DROPPED)


def test_who_has_no_address_any_more_gets_nothing(reader: Person) -> None:
    make_notices.confirmed(reader)
    make_notices.planned()
    Person.objects.filter(pk=reader.pk).update(email=None)
    make_notices.send()

    assert (only().state, only().problem) == (State.DROPPED, notice_deliveries.NO_ADDRESS)


def test_a_refused_mail_is_tried_again_later_and_others_go_on(
    reader: Person, cy: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_notices.returned(reader)
    Person.objects.filter(pk=reader.pk).update(phone=None)
    make_notices.returned(cy)
    make_notices.planned()
    send_messages = EmailBackend.send_messages

    def refuse_one(self: EmailBackend, messages: list[Any]) -> int:
        if messages[0].to == [reader.email]:
            raise smtplib.SMTPRecipientsRefused({reader.email or "": (450, b"busy")})
        return int(send_messages(self, messages) or 0)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse_one)
    with caplog.at_level(logging.WARNING):
        make_notices.send(NOON)

    mine = NoticeDelivery.objects.get(person=reader, channel=Channel.EMAIL)
    assert (mine.state, mine.tries, mine.problem) == (State.SENDING, 1, "SMTPRecipientsRefused")
    assert mine.next_at == NOON + delay_after(1)
    assert [message.to for message in mail.outbox] == [[cy.email]]
    assert str(reader.email) not in caplog.text

    monkeypatch.undo()
    monkeypatch.setattr(sms_backends, "backend", Phone)
    make_notices.send(NOON + delay_after(1))
    mine.refresh_from_db()
    assert (mine.state, mine.tries, mine.problem) == (State.SENT, 2, "")


def test_a_mail_server_that_is_away_stops_the_mails_and_not_the_text_messages(
    reader: Person, cy: Person, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (cy, reader):
        make_notices.returned(person)
    make_notices.planned()
    break_mail(monkeypatch, "open", ConnectionRefusedError("no"))
    make_notices.send(NOON)

    tries = dict(NoticeDelivery.objects.values_list("person", "tries").filter(channel=Channel.EMAIL))
    assert sorted(tries.values()) == [0, 1]
    assert len(phone.sent) == 1


def test_a_mail_server_away_for_two_days_costs_nobody_a_message(
    reader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_notices.returned(reader)
    make_notices.planned()
    with monkeypatch.context() as away:
        break_mail(away, "open", ConnectionRefusedError("no"))
        for hour in range(48):
            make_notices.send(NOON + hour * HOUR)
    make_notices.send(NOON + 54 * HOUR)

    assert len(mail.outbox) == 1
    assert NoticeDelivery.objects.get(channel=Channel.EMAIL).state == State.SENT


def test_a_mail_server_away_for_longer_leaves_what_is_stale(reader: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_notices.returned(reader)
    make_notices.planned()
    break_mail(monkeypatch, "open", ConnectionRefusedError("no"))
    for hour in range(0, 96, 3):
        make_notices.send(NOON + hour * HOUR)

    assert NoticeDelivery.objects.get(channel=Channel.EMAIL).state == State.FAILED


def test_text_messages_that_fail_hold_up_no_mail(reader: Person, phone: Phone) -> None:
    phone.is_broken = True
    make_notices.returned(reader)
    make_notices.planned()
    make_notices.send(NOON)

    assert len(mail.outbox) == 1
    assert NoticeDelivery.objects.get(channel=Channel.SMS).state == State.SENDING

    phone.is_broken = False
    make_notices.send(NOON + HOUR)
    assert len(phone.sent) == 1


def test_after_the_last_try_it_has_failed_for_all_to_see(
    reader: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_notices.confirmed(reader)
    make_notices.planned()
    break_mail(monkeypatch, "send_messages", smtplib.SMTPDataError(550, b"no"))
    at = GATHERED
    with caplog.at_level(logging.ERROR):
        for number in range(1, TRIES_MAX + 3):
            make_notices.send(at)
            at += delay_after(number) if not 13 <= at.hour < 24 else dt.timedelta(hours=11)

    assert (only().state, only().tries, only().problem) == (State.FAILED, TRIES_MAX, "SMTPDataError")
    assert f"Message {only().pk} was given up" in caplog.text


def test_in_quiet_hours_only_urgent_mails_leave(reader: Person, phone: Phone) -> None:
    make_notices.confirmed(reader, now=NIGHT - HOUR)
    make_notices.returned(reader, now=NIGHT)
    make_notices.planned(NIGHT)
    make_notices.send(NIGHT + HOUR)

    assert len(mail.outbox) == 1
    assert phone.sent == []

    make_notices.send(NIGHT + 6 * HOUR)
    assert len(mail.outbox) == 2
    assert len(phone.sent) == 1


def test_no_hour_is_quiet_when_the_setting_says_so(reader: Person, settings: Any) -> None:
    settings.NOTICE_QUIET_HOURS = (0, 0)
    make_notices.confirmed(reader, now=NIGHT - HOUR)
    make_notices.planned(NIGHT - HOUR)
    make_notices.send(NIGHT)

    assert len(mail.outbox) == 1


def test_a_claim_that_lapsed_is_sent_again_under_the_same_id_and_the_late_sender_writes_nothing(
    reader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_notices.confirmed(reader)
    make_notices.planned()
    send_messages = EmailBackend.send_messages
    is_slow = True

    def slowly(self: EmailBackend, messages: list[Any]) -> int:
        nonlocal is_slow
        if is_slow:
            is_slow = False
            # Meanwhile another sender finds the claim lapsed.
            make_notices.send(GATHERED + notice_deliveries.CLAIM)
        return int(send_messages(self, messages) or 0)

    monkeypatch.setattr(EmailBackend, "send_messages", slowly)
    make_notices.send(GATHERED)

    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(ids) == 2
    assert ids[0] == ids[1]
    assert (only().state, only().tries, only().sent_at) == (State.SENT, 2, GATHERED + notice_deliveries.CLAIM)


def test_a_turn_that_is_over_leaves_the_rest(reader: Person) -> None:
    make_notices.returned(reader)
    make_notices.planned()

    assert make_notices.send(NOON, goes_on=lambda: False) == 0
    assert make_notices.states() == ["waiting", "waiting"]


def test_one_persons_trouble_is_not_anothers() -> None:
    people = make.PersonFactory.create_batch(3)
    for person in people:
        make_notices.confirmed(person)
    make_notices.planned()
    make_notices.send()

    assert sorted(message.to[0] for message in mail.outbox) == sorted(str(person.email) for person in people)
