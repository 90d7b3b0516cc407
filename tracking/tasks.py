"""Sweeps of tracking: read what is due, call one verb a row; safe to run twice.

A row that fails is logged and put off, so it cannot hold back the rest, now or later.
"""

import logging
import time
from typing import Final

from celery import shared_task
from django.db.models import Exists, F, OuterRef, Q

from learning.models import Evidence
from learning.models.clock import database_now
from tracking.actions import endings, partitions, roots, seals, statement_exports, watched
from tracking.actions.record_store import RecordStore, Unavailable
from tracking.models import Coverage, LiveViewing
from tracking.protocol.limits import SEAL_AFTER_MS

logger = logging.getLogger(__name__)

_BATCH: Final = 500
#: A sweep that sends begins no claim after this; the next one is soon due, and others wait for the worker.
_SENDING_S: Final = 25
_PUT_OFF_MS: Final = 600_000


@shared_task
def record_due_evidence() -> None:
    """Record every lesson that is covered to the needed share and has no evidence yet."""
    now = database_now()
    held = Evidence.objects.filter(
        kind=Evidence.Kind.WATCHED, enrolment_id=OuterRef("enrolment_id"), lesson_id=OuterRef("lesson_id")
    )
    # duration_s <= covered_s + slack, with duration_s the whole seconds of duration_ms.
    enough_ms = (F("covered_s") + F("lesson__edition__lesson_slack_s") + 1) * 1_000
    now_ms = int(now.timestamp() * 1_000)
    due = Coverage.objects.filter(~Exists(held), covered_s__gt=0, lesson__duration_ms__lt=enough_ms)
    due = due.filter(Q(put_off_ms__isnull=True) | Q(put_off_ms__lte=now_ms))
    for row in due.order_by("updated_ms")[:_BATCH]:
        try:
            watched.record_if_watched(enrolment_id=row.enrolment_id, lesson_id=row.lesson_id, now=now)
        except Exception:  # any failure of one row must not stop the sweep
            logger.exception("Could not record lesson %d of enrolment %d", row.lesson_id, row.enrolment_id)
            # Nor stand in the way of the next sweeps.
            Coverage.objects.filter(pk=row.pk).update(put_off_ms=now_ms + _PUT_OFF_MS)


@shared_task
def seal_silent_viewings() -> None:
    """End sessions not heard of for 15 minutes, and seal what takes no late claims any more."""
    now_ms = int(database_now().timestamp() * 1_000)
    silent = LiveViewing.objects.filter(session__isnull=False, mark_ms__lte=now_ms - SEAL_AFTER_MS)
    for person_id in silent.values_list("pk", flat=True)[:_BATCH]:
        try:
            endings.end_silent(person_id=person_id, now_ms=now_ms)
        except Exception:  # as above
            logger.exception("Could not end the silent viewing of person %d", person_id)
    endings.seal_ended(now_ms=now_ms)


@shared_task
def send_due_statements() -> None:
    """Tell the learning record store of sealed sessions; does nothing where there is none."""
    store = RecordStore.configured()
    if store is None:
        return
    now = database_now()
    statement_exports.queue_sealed(now=now)
    until_s = time.monotonic() + _SENDING_S
    try:
        while statement_exports.send_due(store=store, now=now) and time.monotonic() < until_s:
            pass
    except Unavailable as reason:
        # Known trouble, one line: the rows say when they are tried again.
        logger.warning("The learning record store is not available: %s", reason)


@shared_task
def make_viewing_partitions() -> None:
    """Keep the ledger's coming months made, and let rows without a month find theirs."""
    now = database_now()
    for month in partitions.make_ahead(now=now):
        logger.info("The viewing ledger has a partition for %s", month)
    partitions.move_strays(now=now)


@shared_task
def give_due_seals() -> None:
    """Give every sealed session its number in the row of seals."""
    seals.give_seals(now=database_now())


@shared_task
def close_due_days() -> None:
    """Sign the roots of the days that are over, then leave every root where it is not yet."""
    now = database_now()
    roots.close_days(now=now)
    roots.anchor_roots(now=now)
