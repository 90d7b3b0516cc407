"""Notices: what people are told of, by which channels besides the site, and when a try is made again.

Knows kinds, channels and time; nothing of rows, words or addresses. On the site
everything is told; a channel only carries it further.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final


class NoticeKind(StrEnum):
    """What happened, or is about to."""

    AT_RISK = "at_risk"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REVERSED = "reversed"
    ISSUED = "issued"
    REPLACED = "replaced"
    REVOKED = "revoked"
    SENT_BACK = "sent_back"
    QUEUE_OVERDUE = "queue_overdue"


class Channel(StrEnum):
    """A way to somebody who is not on the site."""

    EMAIL = "email"
    SMS = "sms"


#: What offices are told, not learners.
STAFF_KINDS: Final = frozenset({NoticeKind.SENT_BACK, NoticeKind.QUEUE_OVERDUE})
#: What asks for an answer, or takes something away: it travels at once and alone.
URGENT: Final = frozenset({NoticeKind.RETURNED, NoticeKind.REJECTED, NoticeKind.REVERSED, NoticeKind.REVOKED})
#: Of what is not urgent, one person gets one message of a channel in so long at most.
ONE_MESSAGE_IN: Final = timedelta(hours=1)
#: How long the first waits for others to travel with it.
GATHERING: Final = timedelta(minutes=10)
#: What is older was told on the site long ago: a backlog is not poured out after days of silence.
STALE_AFTER: Final = timedelta(days=3)
#: With the delays below: most of a day.
TRIES_MAX: Final = 12
_FIRST_DELAY: Final = timedelta(minutes=1)
_LONGEST_DELAY: Final = timedelta(hours=6)

#: A person's choices: kind → channels. What is not in it is as usual.
Choices = Mapping[str, Collection[str]]


def usual_channels(kind: NoticeKind) -> frozenset[Channel]:
    """Return the channels of a kind for who chose nothing; a text message costs money, and disturbs."""
    return frozenset(Channel) if kind in URGENT else frozenset({Channel.EMAIL})


def channels_of(kind: NoticeKind, chosen: Choices) -> frozenset[Channel]:
    """Return the channels by which a person wants to be told of this kind."""
    if kind not in chosen:
        return usual_channels(kind)
    return frozenset(channel for channel in Channel if channel in chosen[kind])


def is_quiet(hour: int, *, quiet_from: int, quiet_until: int) -> bool:
    """Say whether this hour of the day is one of rest; the span may pass midnight, and is none when both are equal."""
    if quiet_from <= quiet_until:
        return quiet_from <= hour < quiet_until
    return hour >= quiet_from or hour < quiet_until


def delay_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries in vain, twice as long each time."""
    return min(_FIRST_DELAY * (1 << min(tries - 1, TRIES_MAX)), _LONGEST_DELAY)
