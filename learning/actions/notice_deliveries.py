"""Deliveries: messages claimed one at a time, handed over, and settled by what became of them.

No transaction is open while a door is spoken to. A sender that dies in between leaves its
claim to lapse, and the message goes out again under the id it had; that is the one way
somebody gets it twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F

from learning.actions import sms_backends
from learning.actions.notice_channels import Doors, Unavailable
from learning.models import Notice, NoticeDelivery, NoticeSettings
from learning.rules.notices import STALE_AFTER, TRIES_MAX, Channel, NoticeKind, channels_of, delay_after, is_quiet

logger = logging.getLogger(__name__)

State = NoticeDelivery.State
#: Longer than the tasks' time limit: whoever holds a claim is gone when it lapses.
CLAIM: Final = timedelta(minutes=20)
#: Why a delivery went nowhere, beside what a door said.
NO_ADDRESS: Final = "no_address"


def send_due(*, now: Callable[[], datetime], goes_on: Callable[[], bool]) -> int:
    """Send what is due, one message after the other, as long as `goes_on`; return how many were claimed."""
    doors = Doors(mail=get_connection(), sms=sms_backends.backend())
    count = 0
    channels = set(Channel)
    try:
        while goes_on() and (delivery := _claim(now(), channels)) is not None:
            count += 1
            try:
                _send(delivery, doors, now=now)
            except Unavailable as trouble:
                # Other e-mails would fare no better: the next turn tries one of them again.
                logger.warning("The mail server is not available: %s", trouble)
                channels.discard(Channel.EMAIL)
    finally:
        doors.mail.close()
    return count


def _claim(now: datetime, channels: Collection[Channel]) -> NoticeDelivery | None:
    """Take the next message by one of these channels for this sender alone, or None."""
    hour = now.astimezone(ZoneInfo(settings.TIME_ZONE)).hour
    quiet_from, quiet_until = settings.NOTICE_QUIET_HOURS
    quiet = is_quiet(hour, quiet_from=quiet_from, quiet_until=quiet_until)
    with transaction.atomic():
        # NB: SQLite has no row locks and ignores the clause; its transactions exclude one another.
        due = NoticeDelivery.objects.due(now, is_quiet=quiet).select_for_update(skip_locked=True, of=("self",))
        found = due.filter(channel__in=channels).first()
        if found is None:
            return None
        taken = NoticeDelivery.objects.filter(pk=found.pk, state__in=NoticeDelivery.OPEN, tries=found.tries)
        taken.update(state=State.SENDING, next_at=now + CLAIM, tries=F("tries") + 1)
    return NoticeDelivery.objects.select_related("person").get(pk=found.pk)


def _send(delivery: NoticeDelivery, doors: Doors, *, now: Callable[[], datetime]) -> None:
    """Hand over one claimed message and settle it. Raises: Unavailable, once it is put off."""
    person = delivery.person
    address = person.email if delivery.channel == Channel.EMAIL else person.phone
    if not address or not person.is_active:
        _settle(delivery, state=State.DROPPED, problem=NO_ADDRESS)
        return
    chosen = NoticeSettings.objects.filter(person=person).first() or NoticeSettings(person=person)
    notices = _still_wanted(delivery, chosen)
    if not notices:
        _settle(delivery, state=State.DROPPED, problem="")
        return
    try:
        doors.send(delivery, notices, language=chosen.language)
    except Exception as error:
        is_away = isinstance(error, Unavailable)
        _put_off(delivery, type(error).__name__, now=now(), is_last=not is_away or _is_stale(notices, now=now()))
        if is_away:
            raise
    else:
        _settle(delivery, state=State.SENT, sent_at=now(), problem="")


def _still_wanted(delivery: NoticeDelivery, chosen: NoticeSettings) -> list[Notice]:
    """Return what the message is about now.

    Nothing the person has stopped since, or may no longer see; of what is not urgent nothing they have read.
    """
    notices = Notice.objects.visible_to(delivery.person).filter(deliveries=delivery).order_by("created_at", "pk")
    if delivery.collects:
        notices = notices.unread()
    return [notice for notice in notices if delivery.channel in channels_of(NoticeKind(notice.kind), chosen.chosen)]


def _is_stale(notices: Collection[Notice], *, now: datetime) -> bool:
    """Say whether even the latest was told on the site so long ago that it need not travel any more."""
    return all(now - notice.created_at > STALE_AFTER for notice in notices)


def _put_off(delivery: NoticeDelivery, problem: str, *, now: datetime, is_last: bool) -> None:
    """Let a failed message wait, longer each time; after so many tries it has failed for good, if one `is_last`."""
    logger.warning("Message %s was not delivered (try %s): %s", delivery.pk, delivery.tries, problem)
    if is_last and delivery.tries >= TRIES_MAX:
        logger.error("Message %s was given up", delivery.pk)
        _settle(delivery, state=State.FAILED, problem=problem)
    else:
        _settle(delivery, next_at=now + delay_after(delivery.tries), problem=problem)


def _settle(delivery: NoticeDelivery, **facts: object) -> None:
    """Write under the fence: nothing, if the claim lapsed and another sender holds the message."""
    NoticeDelivery.objects.filter(pk=delivery.pk, tries=delivery.tries, state=State.SENDING).update(**facts)
