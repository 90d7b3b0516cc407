"""Seals: every sealed session gets the next number, none is left out, none gets two.

A notary, not a judge: what the session says is fixed as it stands, right or wrong; the audit
judges it. All who give numbers or sign roots hold the one head row, so two workers stand in line.
Source: TRACKING §4.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from learning.rules.daily_root import day_start_ms
from learning.rules.digests import digest_of
from tracking.models import Seal, SealHead, ViewingSession
from tracking.models.seal import RECORD_COLUMNS

_BATCH: Final = 500
#: An opening that is not committed yet has a lower id than sessions already seen; it takes no hour.
_FLOOR_MARGIN_MS: Final = 3_600_000


def facts_of(session: ViewingSession, *, number: int, given_ms: int) -> dict[str, object]:
    """Return what a seal's record digest covers: the seal's number and time, the session's whole row."""
    facts: dict[str, object] = {"number": number, "given_ms": given_ms, "session": session.pk}
    for column in RECORD_COLUMNS:
        value = getattr(session, column)
        facts[column] = value if value is None or isinstance(value, int | str) else _text(value)
    return facts


def give_seals(*, now: datetime) -> int:
    """Give every sealed session that has none its seal; return how many were given.

    A second call gives none. `now` is raised to the last seal's time and out of closed days, so
    that times rise with the numbers and a signed day takes no more.
    """
    given = 0
    while count := _give_batch(int(now.timestamp() * 1_000)):
        given += count
    return given


@transaction.atomic
def _give_batch(now_ms: int) -> int:
    head = SealHead.locked()
    waiting = ViewingSession.objects.filter(pk__gt=head.session_floor, sealed_ms__isnull=False, seal__isnull=True)
    sessions = list(waiting.order_by("pk")[:_BATCH])
    if sessions:
        given_ms = _given_ms(head, now_ms)
        seals = [
            _seal_of(session, number=number, given_ms=given_ms)
            for number, session in enumerate(sessions, start=head.number + 1)
        ]
        Seal.objects.bulk_create(seals)
        head.number = seals[-1].number
    floor = _floor(head.session_floor, now_ms)
    if sessions or floor > head.session_floor:
        head.session_floor = floor
        head.save()
    return len(sessions)


def _seal_of(session: ViewingSession, *, number: int, given_ms: int) -> Seal:
    return Seal(
        number=number,
        session=session,
        digest=bytes(session.head).hex(),
        line_count=session.line_count,
        new_s=session.new_s,
        record_digest=digest_of(facts_of(session, number=number, given_ms=given_ms)),
        given_ms=given_ms,
    )


def _given_ms(head: SealHead, now_ms: int) -> int:
    """Return the time of the next seal: never before the last one's, never in a day that is closed."""
    last_ms = Seal.objects.filter(pk=head.number).values_list("given_ms", flat=True).first()
    open_ms = day_start_ms(head.closed_on + timedelta(days=1)) if head.closed_on else 0
    return max(now_ms, last_ms or 0, open_ms)


def _floor(floor: int, now_ms: int) -> int:
    """Return up to which session's id all have their seal, so that the next sweep begins there."""
    above = ViewingSession.objects.filter(pk__gt=floor).order_by("pk")
    unsealed = above.filter(seal__isnull=True).values_list("pk", flat=True).first()
    young = above.filter(opened_ms__gte=now_ms - _FLOOR_MARGIN_MS).values_list("pk", flat=True).first()
    ends = [pk - 1 for pk in (unsealed, young) if pk is not None]
    if ends:
        return max(floor, min(ends))
    return above.order_by("-pk").values_list("pk", flat=True).first() or floor


def _text(value: object) -> str:
    """Return a key as it is written, bytes in hexadecimal."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
