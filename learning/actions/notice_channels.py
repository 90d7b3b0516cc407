"""The channels: one e-mail or text message in the reader's language, written and handed over.

An e-mail says what the page says, and leads there; a text message says only that there is
something to read. Neither carries an ID number or an office's free words. Names in headers
are one line, whatever a title holds. Source: RFC 2369, RFC 3834, RFC 8058.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from learning.actions import notice_settings, sms_backends
from learning.models import Notice, NoticeDelivery
from learning.rules.notices import Channel, NoticeKind

#: What a provider sends as one part: in any script, and of plain ASCII.
SMS_MAX_CHARACTERS, SMS_MAX_ASCII = 70, 160


class Unavailable(Exception):
    """The mail server does not answer; nothing is wrong with the message."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What messages leave by in one turn: a mail connection kept open, and the text message provider."""

    mail: BaseEmailBackend
    sms: sms_backends.SmsBackend

    def send(self, delivery: NoticeDelivery, notices: Sequence[Notice], *, language: str) -> None:
        """Hand over one message.

        Raises: Unavailable; whatever else the door refuses it with.
        """
        with translation.override(language):
            if delivery.channel == Channel.SMS:
                self.sms.send(phone=delivery.person.phone or "", text=_text(delivery, notices), key=_key(delivery))
                return
            message = _mail(delivery, notices, connection=self.mail)
        try:
            self.mail.open()
        except OSError as error:
            raise Unavailable(type(error).__name__) from error
        try:
            message.send()
        except BaseException:
            # What the server still expects of this message is not the next one's trouble.
            self.mail.close()
            raise


def _key(delivery: NoticeDelivery) -> str:
    return f"notice-{delivery.pk}"


def _address(name: str, *arguments: object) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL}{reverse(name, args=arguments)}"


def _facts(delivery: NoticeDelivery, notices: Sequence[Notice]) -> dict[str, object]:
    return {
        "person": delivery.person,
        "notices": notices,
        "count": len(notices),
        "site": settings.WAGTAILADMIN_BASE_URL,
    }


def _mail(
    delivery: NoticeDelivery, notices: Sequence[Notice], *, connection: BaseEmailBackend
) -> EmailMultiAlternatives:
    """Write the e-mail, as text and as a page; a second try is the same message, by its id."""
    kinds = {NoticeKind(notice.kind) for notice in notices}
    stop = _address("learning:messages-stop", notice_settings.stop_link(delivery.person_id, kinds))
    facts = {**_facts(delivery, notices), "stop": stop}
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    message = EmailMultiAlternatives(
        subject=_one_line("learning/mail/subject.txt", facts),
        body=render_to_string("learning/mail/notices.txt", facts),
        to=[delivery.person.email or ""],
        connection=connection,
        headers={
            "Message-ID": f"<{_key(delivery)}@{host}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("learning/mail/notices.html", facts), "text/html")
    return message


def _text(delivery: NoticeDelivery, notices: Sequence[Notice]) -> str:
    """Write the text message: one part, and nothing of a person but the first character of their name.

    The address stands there whole or not at all: half of one leads nowhere.
    """
    words = _one_line("learning/mail/sms.txt", _facts(delivery, notices))
    text = f"{words} {_address('learning:messages')}"
    most = SMS_MAX_ASCII if text.isascii() else SMS_MAX_CHARACTERS
    return text if len(text) <= most else words[:most]


def _one_line(template: str, facts: dict[str, object]) -> str:
    """Return the words on one line: a break in a title must not begin a header of its own."""
    return " ".join(render_to_string(template, facts).split())
