"""Verifications: a run that found nothing is noted, so that the next may begin where it ended."""

from datetime import datetime

from learning.models import LedgerVerification


def last() -> LedgerVerification | None:
    """Return the last run that found nothing."""
    return LedgerVerification.objects.order_by("-pk").first()


def record(
    *, link_number: int, link_head: str, line_sequence: int, line_digest: str, is_full: bool, now: datetime
) -> LedgerVerification:
    """Note a run that found nothing; what it reached was read before it began."""
    note = LedgerVerification(
        began_at=now,
        link_number=link_number,
        link_head=link_head,
        line_sequence=line_sequence,
        line_digest=line_digest,
        is_full=is_full,
    )
    note.save()
    return note
