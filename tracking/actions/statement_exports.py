"""Statement exports: sealed sessions are queued once, sent to the store, and settled by its answer.

No transaction is open while the store is spoken to. A crash between an answer and its commit only
repeats statements under the ids they had, which the store knows already.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef

from tracking.actions import statements
from tracking.actions.parcels import Delivery, Parcel, deliver, packed
from tracking.actions.record_store import RecordStore, Unavailable
from tracking.actions.statements import Told
from tracking.models import StatementExport, ViewingSession

logger = logging.getLogger(__name__)

#: Longer than the tasks' time limit: whoever holds a claim is gone when it lapses.
_CLAIM: Final = timedelta(minutes=20)
_FIRST_DELAY: Final = timedelta(seconds=30)
_LONGEST_DELAY: Final = timedelta(hours=1)
_DOUBLINGS: Final = 10
_MESSAGE_MAX_CHARS: Final = 500
#: A seal is committed within moments of its time; so far back the queue is compared again.
_OVERLAP_MS: Final = 900_000
_CLAIM_SESSIONS: Final = 100
_QUEUE_SESSIONS: Final = 5_000


def queue_sealed(*, now: datetime, is_from_start: bool = False) -> int:
    """Queue sessions sealed since the last look, or ever; return how many. A second call adds none."""
    newest_ms = StatementExport.objects.aggregate(newest=Max("sealed_ms"))["newest"]
    since_ms = 0 if is_from_start or newest_ms is None else newest_ms - _OVERLAP_MS
    queued = StatementExport.objects.filter(session_id=OuterRef("pk"))
    fresh = ViewingSession.objects.filter(~Exists(queued), sealed_ms__gte=since_ms).order_by("sealed_ms", "pk")
    rows = [
        StatementExport(session_id=session_id, sealed_ms=sealed_ms, next_at=now)
        for session_id, sealed_ms in fresh.values_list("pk", "sealed_ms")[:_QUEUE_SESSIONS]
        if sealed_ms is not None
    ]
    StatementExport.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def requeue_refused(*, now: datetime) -> int:
    """Make refused exports due again, from their first statement; return how many."""
    return StatementExport.objects.refused().update(
        state=StatementExport.State.DUE, next_at=now, tries=F("tries") + 1, told_count=0, message=""
    )


def send_due(*, store: RecordStore, now: datetime) -> int:
    """Send one claim of due exports and settle each; return how many were claimed.

    Raises: Unavailable, once what the store did take is settled and the rest is put off.
    """
    claimed = _claim(now)
    open_exports = {export.session_id: export for export in claimed}
    delivery, failed = Delivery(), dict[int, str]()
    for parcel in packed(_told(claimed, failed)):
        try:
            deliver(store, parcel.items, delivery)
        except Unavailable as reason:
            _give_up(open_exports, parcel, delivery, str(reason), now)
            raise
        with transaction.atomic():
            for session_id in parcel.ended:
                _settle(open_exports.pop(session_id), delivery, failed, now)
    with transaction.atomic():
        for export in open_exports.values():
            # Told to the end before, or not at all.
            _settle(export, delivery, failed, now)
    return len(claimed)


def _claim(now: datetime) -> list[StatementExport]:
    """Take rows for this sender alone: they are due again only when the claim has lapsed."""
    with transaction.atomic():
        # NB: SQLite has no row locks and ignores the clause; its transactions exclude one another.
        due = StatementExport.objects.due(now).select_for_update(skip_locked=True, of=("self",))
        ids = [export.session_id for export in due[:_CLAIM_SESSIONS]]
        StatementExport.objects.filter(pk__in=ids).update(next_at=now + _CLAIM, tries=F("tries") + 1)
        return list(StatementExport.objects.filter(pk__in=ids).select_related("session"))


def _told(exports: Sequence[StatementExport], failed: dict[int, str]) -> Iterator[Told]:
    """Yield what the store has not been told yet, person by person.

    A ledger that cannot be read is noted under `failed` and holds back nobody else's.
    """
    by_person: dict[int, dict[int, StatementExport]] = defaultdict(dict)
    for export in exports:
        by_person[export.session.person_id][export.session_id] = export
    for person_id, own in sorted(by_person.items()):
        try:
            for told in statements.of_person(person_id, own.keys()):
                if told.index >= own[told.session_id].told_count:
                    yield told
        except Exception as error:  # whatever is wrong with one learner's rows must not stop the others
            logger.exception("Could not tell the sessions %s of person %d", sorted(own), person_id)
            failed.update(dict.fromkeys(own, f"{type(error).__name__}: {error}"))


def _settle(export: StatementExport, delivery: Delivery, failed: dict[int, str], now: datetime) -> None:
    """Write what became of one session."""
    session_id = export.session_id
    told_count = delivery.told_count.get(session_id, export.told_count)
    if session_id in failed:
        _put_off(export, failed[session_id], told_count, now)
    elif session_id in delivery.refused:
        words = delivery.refused[session_id]
        logger.error("The record store refused session %s: %s", export.session.key, words)
        _write(export, state=StatementExport.State.REFUSED, told_count=told_count, message=words)
    else:
        _write(export, state=StatementExport.State.SENT, told_count=told_count, sent_at=now, message="")


def _give_up(
    open_exports: dict[int, StatementExport], parcel: Parcel, delivery: Delivery, words: str, now: datetime
) -> None:
    """Put off the sessions of a parcel that did not arrive; the others are as due as they were."""
    tried = {item.session_id for item in parcel.items}
    with transaction.atomic():
        for session_id, export in open_exports.items():
            if session_id in tried:
                _put_off(export, words, delivery.told_count.get(session_id, export.told_count), now)
            else:
                _write(export, next_at=now, tries=export.tries - 1)


def _put_off(export: StatementExport, words: str, told_count: int, now: datetime) -> None:
    delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(export.tries - 1, _DOUBLINGS))
    _write(export, next_at=now + delay, told_count=told_count, message=words)


def _write(export: StatementExport, **facts: object) -> None:
    """Write under the fence: nothing, if the claim lapsed and another sender holds the row."""
    if isinstance(facts.get("message"), str):
        facts["message"] = str(facts["message"])[:_MESSAGE_MAX_CHARS]
    mine = StatementExport.objects.filter(pk=export.pk, tries=export.tries, state=StatementExport.State.DUE)
    mine.update(**facts)
