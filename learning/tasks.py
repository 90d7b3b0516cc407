"""Sweeps of learning: read what is due, call one verb a row; safe to run twice."""

from celery import shared_task


@shared_task
def draw_due_certificates() -> None:
    """Draw every certificate that has no PDF yet."""
