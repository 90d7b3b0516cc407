"""Sweeps of assessments: read what is due, call one verb a row; safe to run twice."""

import logging

from celery import shared_task

from assessments.actions import attempts
from assessments.models import Attempt
from learning.models.clock import database_now

logger = logging.getLogger(__name__)
BATCH_SIZE = 500


@shared_task
def close_due_attempts() -> int:
    """Close every attempt whose bell has rung, at its own deadline; return how many were tried.

    A row that fails is logged and does not hold up the others; the next sweep
    and every door of the exam room try it again.
    """
    now = database_now()
    due = list(Attempt.objects.overdue(now).select_related("enrolment__edition")[:BATCH_SIZE])
    for attempt in due:
        try:
            attempts.expire(attempt=attempt, now=now)
        except Exception:
            logger.exception("attempt %s could not be closed", attempt.pk)
    return len(due)
