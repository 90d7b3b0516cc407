"""Viewing entries: the append-only ledger of a session, one row a line of its hash chain.

Triggers refuse every change and deletion. Source: TRACKING §4.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from tracking.models.viewing_session import ViewingSession
from tracking.protocol.limits import LONGEST_SESSION_MS
from tracking.rules.chain import LedgerLine, LineKind


class ViewingEntryQuerySet(models.QuerySet["ViewingEntry"]):
    """Questions about the ledger."""

    def granted_since(self, *, person_id: int, since_ms: int) -> int:
        """Return how many new seconds a learner's lines hold that ended at `since_ms` or later."""
        rows = self.filter(
            session__person_id=person_id,
            # No session is longer, so older ones hold nothing of it: keeps the search within the index.
            session__opened_ms__gte=since_ms - LONGEST_SESSION_MS,
            # Implied by it; PostgreSQL looks into the latest months only.
            start_ms__gte=since_ms - LONGEST_SESSION_MS,
            end_ms__gte=since_ms,
            kind__in=(LineKind.SEGMENT.value, LineKind.LATE.value),
        )
        return rows.aggregate(sum=models.Sum("new_s"))["sum"] or 0

    def of_session(self, session: ViewingSession) -> ViewingEntryQuerySet:
        """Keep one session's lines in order, looking only into the months it can lie in.

        The rule dates no line before its session opened or after it ended. A line dated otherwise
        is a forged one, and missing here it breaks the chain.
        """
        rows = self.filter(session_id=session.pk, start_ms__gte=session.opened_ms).order_by("line_index")
        return rows if session.ended_ms is None else rows.filter(start_ms__lte=session.ended_ms)


class ViewingEntry(AppendOnlyModel):
    """One line; the columns are the fields of `LedgerLine`."""

    session = models.ForeignKey(ViewingSession, on_delete=models.PROTECT, related_name="entries", db_index=False)
    line_index = models.PositiveIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=12, choices=[(kind.value, kind.value) for kind in LineKind])
    start_ms = models.BigIntegerField(_("from, ms"))
    end_ms = models.BigIntegerField(_("to, ms"))
    accrued_ms = models.PositiveIntegerField(_("accrued, ms"))
    from_s = models.PositiveBigIntegerField(_("from second"))
    to_s = models.PositiveIntegerField(_("to second"))
    new_s = models.PositiveIntegerField(_("new seconds"))
    deferred_s = models.PositiveIntegerField(_("deferred seconds"))
    flags = models.PositiveSmallIntegerField(_("circumstances"))
    beat_count = models.PositiveIntegerField(_("beats"))

    objects = ViewingEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("viewing entry")
        verbose_name_plural = _("viewing entries")
        ordering: ClassVar[list[str]] = ["session", "line_index"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["session", "line_index"], name="viewing_entry_line_once"),
        ]

    def __str__(self) -> str:
        """Name the line."""
        return f"{self.session_id}.{self.line_index} {self.kind}"

    @classmethod
    def of(cls, session_id: int, line: LedgerLine) -> ViewingEntry:
        """Return the row of a line, not yet stored."""
        return cls(
            session_id=session_id,
            line_index=line.index,
            kind=line.kind.value,
            start_ms=line.start_ms,
            end_ms=line.end_ms,
            accrued_ms=line.accrued_ms,
            from_s=line.from_s,
            to_s=line.to_s,
            new_s=line.new_s,
            deferred_s=line.deferred_s,
            flags=line.flags,
            beat_count=line.beat_count,
        )

    def as_line(self, session_key: str) -> LedgerLine:
        """Return the line as it was hashed."""
        return LedgerLine(
            session_key,
            self.line_index,
            LineKind(self.kind),
            self.start_ms,
            self.end_ms,
            self.accrued_ms,
            self.from_s,
            self.to_s,
            self.new_s,
            self.deferred_s,
            self.flags,
            self.beat_count,
        )
