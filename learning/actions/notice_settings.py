"""How a person wants to be told: by which channels of what, and in which language.

A message's own link turns e-mail of its kinds off without signing in: a signed text that
opens nothing else. On the site everything is told whatever is chosen. Source: RFC 8058.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.core import signing
from django.db import transaction

from learning.models import NoticeSettings, Person
from learning.rules.notices import Channel, NoticeKind, channels_of, usual_channels

_SALT = "notice-stop"
#: A link in an old message works this long.
_LINK_AGE = timedelta(days=365)


class BadLink(Exception):
    """The link is none of ours, or too old."""


def of(person: Person) -> NoticeSettings:
    """Return the person's settings; who chose nothing has the usual ones."""
    return NoticeSettings.objects.filter(person=person).first() or NoticeSettings(person=person)


@transaction.atomic
def choose(
    *, person_id: int, wanted: Collection[tuple[NoticeKind, Channel]], kinds: Iterable[NoticeKind], language: str
) -> None:
    """Keep the person's choice for these kinds; only what differs from the usual is written down."""
    held = _held(person_id)
    for kind in kinds:
        channels = {channel for channel in Channel if (kind, channel) in wanted}
        held.chosen.pop(kind, None)
        if channels != usual_channels(kind):
            held.chosen[kind] = sorted(channels)
    held.language = language
    held.save()


@transaction.atomic
def stop_email(*, person_id: int, kinds: Iterable[NoticeKind]) -> None:
    """Send no more e-mail of these kinds; a second call changes nothing."""
    held = _held(person_id)
    for kind in kinds:
        held.chosen[kind] = sorted(channels_of(kind, held.chosen) - {Channel.EMAIL})
    held.save()


def _held(person_id: int) -> NoticeSettings:
    """Return the row, made at first use, locked until the transaction ends."""
    NoticeSettings.objects.get_or_create(person_id=person_id)
    return NoticeSettings.objects.select_for_update().get(person_id=person_id)


def stop_link(person_id: int, kinds: Iterable[NoticeKind]) -> str:
    """Return the text in a message's link by which its reader stops such e-mails."""
    return signing.dumps([person_id, sorted(set(kinds))], salt=_SALT)


def read_stop_link(text: str) -> tuple[int, list[NoticeKind]]:
    """Return whom a link is for and what it stops. Raises: BadLink."""
    try:
        person_id, kinds = signing.loads(text, salt=_SALT, max_age=_LINK_AGE)
        return int(person_id), [NoticeKind(kind) for kind in kinds]
    except (signing.BadSignature, TypeError, ValueError) as mistake:
        raise BadLink from mistake
