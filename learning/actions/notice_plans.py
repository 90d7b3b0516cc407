"""Plans: what was told is laid out into messages, by what each person chose.

One batch is one transaction: it takes notices nobody laid out yet, puts those that are not
urgent into the one message that gathers for their reader, and gives urgent ones messages of
their own. As many statements for a thousand people as for one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from learning.models import Notice, NoticeDelivery, NoticeDeliveryItem, Person
from learning.rules.notices import (
    GATHERING,
    ONE_MESSAGE_IN,
    STALE_AFTER,
    URGENT,
    Channel,
    NoticeKind,
    channels_of,
)

BATCH_SIZE: Final = 1_000

#: Whose message by which channel.
Box = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One notice by one channel."""

    notice: Notice
    channel: Channel

    @property
    def box(self) -> Box:
        """Whose message it travels in."""
        return (self.notice.person_id, self.channel)

    @property
    def is_urgent(self) -> bool:
        """Whether it travels alone."""
        return self.notice.kind in URGENT


@transaction.atomic
def plan_next(*, now: datetime) -> int:
    """Lay out the next batch; return how many notices were looked at.

    A second planner passes by what this one holds; nothing is laid out twice.
    """
    # NB: SQLite has no row locks and ignores the clause; its transactions exclude one another.
    fresh = list(Notice.objects.unplanned().select_for_update(skip_locked=True)[:BATCH_SIZE])
    ways = _ways(fresh, now=now)
    held = _gatherers({way.box for way in ways if not way.is_urgent}, now=now)
    # A message that was claimed just now takes nothing more; what was meant for it is next.
    late = {way.notice.pk for way in ways if not way.is_urgent and way.box not in held}
    ways = [way for way in ways if way.notice.pk not in late]
    alone = [way for way in ways if way.is_urgent]
    singles = NoticeDelivery.objects.bulk_create(
        NoticeDelivery(person_id=way.notice.person_id, channel=way.channel, collects=False, next_at=now)
        for way in alone
    )
    carried = [*zip(alone, singles, strict=True), *((way, held[way.box]) for way in ways if not way.is_urgent)]
    NoticeDeliveryItem.objects.bulk_create(
        NoticeDeliveryItem(delivery=delivery, notice=way.notice, channel=way.channel) for way, delivery in carried
    )
    Notice.objects.filter(pk__in=[notice.pk for notice in fresh if notice.pk not in late]).update(planned_at=now)
    return len(fresh)


def _ways(fresh: Collection[Notice], *, now: datetime) -> list[Way]:
    """Return by which channels each travels; none for what is stale, or whose reader has no such address."""
    people = Person.objects.filter(pk__in={notice.person_id for notice in fresh}, is_active=True)
    found = {
        pk: ({Channel.EMAIL: email, Channel.SMS: phone}, chosen or {})
        for pk, email, phone, chosen in people.values_list("pk", "email", "phone", "notice_settings__chosen")
    }
    ways = []
    for notice in fresh:
        if notice.person_id not in found or now - notice.created_at > STALE_AFTER:
            continue
        addresses, chosen = found[notice.person_id]
        wanted = channels_of(NoticeKind(notice.kind), chosen)
        ways += [Way(notice, channel) for channel in Channel if channel in wanted and addresses[channel]]
    return ways


def _gatherers(boxes: Collection[Box], *, now: datetime) -> dict[Box, NoticeDelivery]:
    """Return the message that gathers for each box, opened where none is, locked until the transaction ends."""
    people = {person_id for person_id, _channel in boxes}
    after = _sent_lately(people, now=now)
    # In one order: of two planners who open the same, one waits, and neither for the other.
    NoticeDelivery.objects.bulk_create(
        [
            NoticeDelivery(
                person_id=person_id,
                channel=channel,
                collects=True,
                next_at=max(now + GATHERING, after.get((person_id, channel), now)),
            )
            for person_id, channel in sorted(boxes)
        ],
        ignore_conflicts=True,
    )
    rows = NoticeDelivery.objects.gathering().filter(person_id__in=people).order_by("person_id", "channel")
    return {(row.person_id, row.channel): row for row in rows.select_for_update()}


def _sent_lately(people: Iterable[int], *, now: datetime) -> dict[Box, datetime]:
    """Return until when each box has had its message of the hour."""
    sent = NoticeDelivery.objects.filter(person_id__in=people, collects=True, sent_at__gt=now - ONE_MESSAGE_IN)
    rows = sent.order_by().values_list("person_id", "channel").annotate(last=Max("sent_at"))
    return {(person_id, channel): last + ONE_MESSAGE_IN for person_id, channel, last in rows}
