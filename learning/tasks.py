"""Sweeps of learning: read what is due, call one verb a row; safe to run twice.

The rows are the message: a lost task, or five at once, change nothing (D6).
"""

import logging

from celery import shared_task

from learning.actions import certificate_pages
from learning.models import Certificate
from learning.models.clock import database_now

logger = logging.getLogger(__name__)
BATCH_SIZE = 100


@shared_task
def draw_due_certificates() -> None:
    """Draw every certificate that is due and has no PDF yet; one that fails waits, the rest go on."""
    now = database_now()
    for certificate in Certificate.objects.undrawn().filter(draw_after__lte=now)[:BATCH_SIZE]:
        try:
            certificate_pages.draw(certificate=certificate, now=now)
        except Exception:  # a fault of one page must not stop the others; it is tried again later
            logger.exception("certificate %s was not drawn", certificate.serial)
            certificate_pages.put_off(certificate=certificate, now=now)
