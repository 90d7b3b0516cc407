"""Viewing archives: which month of the ledger is kept in which bundle.

States: written → detached. Written means that the bundle was read back and every chain in it
holds; detached, that the month's partition left the ledger and the bundle is read in its place.
Triggers refuse every other change. Source: TRACKING §4.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tracking.models.bundle import BrokenBundleError, Bundle, archived_lines
from tracking.models.viewing_entry import ViewingEntry
from tracking.models.viewing_session import ViewingSession
from tracking.rules.chain import LedgerLine
from tracking.rules.months import Month


class ViewingArchive(models.Model):
    """One month's bundle; `digest` is the SHA-256 of its manifest, which names every block's."""

    month = models.CharField(_("month"), max_length=7, unique=True)
    file_name = models.CharField(_("file name"), max_length=64)
    digest = models.CharField(_("digest"), max_length=64)
    session_count = models.PositiveIntegerField(_("sessions"))
    line_count = models.PositiveBigIntegerField(_("lines"))
    #: Lines of the month's sessions that lie in the next month: the sessions over midnight.
    later_line_count = models.PositiveIntegerField(_("lines in the next month"))
    written_at = models.DateTimeField(_("written at"))
    detached_at = models.DateTimeField(_("detached at"), null=True, blank=True)

    class Meta:
        verbose_name = _("viewing archive")
        verbose_name_plural = _("viewing archives")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(later_line_count__lte=models.F("line_count")),
                name="viewing_archive_later_lines_are_lines",
            ),
        ]

    def __str__(self) -> str:
        """Name the month and its bundle."""
        return f"{self.month}: {self.file_name}"

    @property
    def path(self) -> Path:
        """Where the bundle is looked for."""
        return Path(settings.VIEWING_ARCHIVE_DIR) / self.file_name

    def lines_of(self, session: ViewingSession) -> list[LedgerLine]:
        """Return a session's lines from the bundle. Raises: BrokenBundleError, when it is not as recorded."""
        with Bundle(self.path) as bundle:
            if bundle.manifest.digest != self.digest:
                raise BrokenBundleError(f"{self.file_name} is not the bundle that was recorded")
        return archived_lines(self.path, str(session.key), number=session.pk)


def lines_of(session: ViewingSession) -> list[LedgerLine]:
    """Return a session's ledger; as `ledgers_of`."""
    return [row.as_line(str(session.key)) for row in ledgers_of([session])[session.pk]]


def ledgers_of(sessions: Collection[ViewingSession]) -> dict[int, list[ViewingEntry]]:
    """Return the entries of each session in order, by its row number: from the database, or from the bundle.

    One query while nothing is detached. Entries from a bundle are equal in every fact but have no
    `id`. Raises: BrokenBundleError, when a bundle that is needed is not as it was recorded.
    """
    rows = ViewingEntry.objects.filter(session_id__in=[session.pk for session in sessions])
    if sessions:
        # As in `of_session`: PostgreSQL looks into the sessions' own months only.
        rows = rows.filter(start_ms__gte=min(session.opened_ms for session in sessions))
    ends_ms = [session.ended_ms for session in sessions if session.ended_ms is not None]
    if ends_ms and len(ends_ms) == len(sessions):
        rows = rows.filter(start_ms__lte=max(ends_ms))
    found: dict[int, list[ViewingEntry]] = {session.pk: [] for session in sessions}
    for row in rows.order_by("session_id", "line_index"):
        found[row.session_id].append(row)
    fill_from_bundles(found, sessions)
    return found


def fill_from_bundles(found: dict[int, list[ViewingEntry]], sessions: Collection[ViewingSession]) -> None:
    """Give the sealed sessions that lack entries in `found` those of their bundle, if their month was detached.

    An entry in the database that the bundle does not hold stays beside them: it is a forged one, and
    breaks the chain. Raises: BrokenBundleError, as `ledgers_of`.
    """
    short = [each for each in sessions if each.sealed_ms is not None and len(found.get(each.pk, ())) != each.line_count]
    if not short:
        return
    months = {session.pk: str(Month.of(session.opened_ms)) for session in short}
    detached = ViewingArchive.objects.filter(month__in=set(months.values()), detached_at__isnull=False)
    archives = {archive.month: archive for archive in detached}
    for session in short:
        archive = archives.get(months[session.pk])
        if archive is None:
            continue
        kept = [ViewingEntry.of(session.pk, line) for line in archive.lines_of(session)]
        known = {_facts(row) for row in kept}
        strangers = [row for row in found.get(session.pk, ()) if _facts(row) not in known]
        found[session.pk] = sorted([*kept, *strangers], key=lambda row: row.line_index)


def _facts(row: ViewingEntry) -> tuple[object, ...]:
    """Return all that a row says but its `id`, which a bundle does not keep."""
    return tuple(getattr(row, field.attname) for field in ViewingEntry._meta.concrete_fields if field.attname != "id")
