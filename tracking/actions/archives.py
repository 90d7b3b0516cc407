"""Archives: an old month of viewing goes into a bundle, and on PostgreSQL out of the database.

A bundle holds whole sessions, those opened in the month, with the lines that lie in the month
after; so every chain can be checked from one file. A partition may go when every line in it is
known to be in a bundle: its own month's, or the one before. Source: TRACKING §4 Size.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db.models import Exists, Max, Min, Model, OuterRef, QuerySet

from tracking.models import ViewingArchive, ViewingEntry, ViewingSession, partitions
from tracking.models.bundle import SESSIONS_A_BLOCK, BrokenBundleError, Bundle, write_bundle
from tracking.rules.archived import ArchivedSeal, ArchivedSession, Closing
from tracking.rules.chain import LedgerLine, SessionHeader
from tracking.rules.months import Month

#: Hears a sentence about the work so far.
Say = Callable[[str], None]
_SAY_EVERY_SESSIONS: Final = 20_000
_FAULTS_NAMED: Final = 20


class NotArchivable(Exception):
    """The month must stay as it is; the message says why."""


def write(*, month: Month, folder: Path, now: datetime, say: Say) -> ViewingArchive:
    """Write a month's bundle, read it back, check every chain in it, and record it.

    A second call writes the same bytes again, which replaces a bundle that was lost; it raises
    when they would differ. Raises: NotArchivable; then no file and no row is left behind.
    """
    _refuse_unready(month, now)
    held = ViewingArchive.objects.filter(month=str(month)).first()
    if held is not None and held.detached_at is not None:
        raise NotArchivable(f"{month} was detached at {held.detached_at:%Y-%m-%d}; its bundle is {held.file_name}.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"viewing-{month}.zip"
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        manifest = write_bundle(partial, month, _pages(month, say))
        _sync(partial)
        say(f"{manifest.sessions} sessions, {manifest.lines} lines are written; reading them back")
        _refuse_faults(partial)
        if manifest.sessions != _opened_in(month).count():
            raise NotArchivable(f"{month} has other sessions than were read.")
        if held is not None and held.digest != manifest.digest:
            raise NotArchivable(f"{month} was archived as {held.digest}; the ledger now gives {manifest.digest}.")
        partial.replace(path)
        _sync(folder)
    finally:
        partial.unlink(missing_ok=True)
    return held or ViewingArchive.objects.create(
        month=str(month),
        file_name=path.name,
        digest=manifest.digest,
        session_count=manifest.sessions,
        line_count=manifest.lines,
        later_line_count=manifest.later_lines,
        written_at=now,
    )


def detach(*, archive: ViewingArchive, folder: Path, now: datetime) -> str:
    """Take an archived month's partition out of the ledger; return the name of the table it became.

    Raises: NotArchivable, when the bundle is not whole or the partition holds a line that no bundle
    does; OperationalError, when the lock was not to be had. Nothing has changed then.
    """
    month = Month.parse(archive.month)
    if not partitions.are_kept():
        raise NotArchivable("SQLite keeps the ledger in one table: nothing can be detached, the rows stay.")
    if archive.detached_at is not None:
        raise NotArchivable(f"{month} is detached already.")
    if month not in partitions.months():
        raise NotArchivable(f"{month} has no partition.")
    check_against(archive, folder / archive.file_name)
    before = ViewingArchive.objects.filter(month=str(month.plus(-1))).first()
    crossing = before.later_line_count if before else 0
    if before and crossing and before.detached_at is None:
        raise NotArchivable(f"{before.month} has sessions that go on in {month}: detach it first.")
    kept = archive.line_count - archive.later_line_count + crossing
    with partitions.shaping():
        partitions.hold_still(month)
        stored = partitions.count_in(month)
        if stored != kept:
            raise NotArchivable(f"The partition of {month} holds {stored} lines, the bundles hold {kept} of them.")
        name = partitions.detach(month)
        ViewingArchive.objects.filter(pk=archive.pk, detached_at__isnull=True).update(detached_at=now)
    return name


def check_against(archive: ViewingArchive, path: Path) -> None:
    """Read a recorded bundle and check all of it. Raises: NotArchivable, naming what is wrong."""
    try:
        with Bundle(path) as bundle:
            if bundle.manifest.digest != archive.digest:
                raise NotArchivable(f"{path.name} is not the bundle that was recorded as {archive.digest}.")
    except BrokenBundleError as broken:
        raise NotArchivable(str(broken)) from broken
    _refuse_faults(path)


def _refuse_unready(month: Month, now: datetime) -> None:
    """Refuse a month too young, or with sessions that may still change."""
    this_month = Month.of(int(now.timestamp() * 1_000))
    ripe = month.plus(settings.VIEWING_ARCHIVE_AFTER_MONTHS)
    if ripe > this_month or month >= this_month:
        raise NotArchivable(f"{month} is too young: it may be archived from {max(ripe, month.plus(1))} on.")
    unsealed = _opened_in(month).filter(sealed_ms__isnull=True).count()
    if unsealed:
        raise NotArchivable(f"{unsealed} sessions of {month} are not sealed.")
    seals = _seal_model()
    if seals is not None:
        given = seals._default_manager.filter(session_id=OuterRef("pk"))
        missing = _opened_in(month).filter(~Exists(given)).count()
        if missing:
            raise NotArchivable(f"{missing} sessions of {month} have no seal.")


def _refuse_faults(path: Path) -> None:
    """Read a bundle from its first byte to its last."""
    with Bundle(path) as bundle:
        found = []
        for fault in bundle.faults():
            found.append(fault)
            if len(found) == _FAULTS_NAMED:
                break
    if found:
        raise NotArchivable("The bundle does not hold:\n" + "\n".join(found))


def _pages(month: Month, say: Say) -> Iterator[list[ArchivedSession]]:
    """Yield the month's sessions in the order of their numbers, a block at a time."""
    ends = _opened_in(month).aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    # NB: walks the primary key between both ends and sorts out here the few that opened in another
    # month: asked by month, each page would search the whole month anew.
    after, count = ends["first"] - 1, 0
    between = ViewingSession.objects.filter(pk__lte=ends["last"]).order_by("pk")
    while rows := list(between.filter(pk__gt=after)[:SESSIONS_A_BLOCK]):
        after = rows[-1].pk
        page = [row for row in rows if month.from_ms <= row.opened_ms < month.until_ms]
        if page:
            yield _with_lines(page)
        if (count + len(page)) // _SAY_EVERY_SESSIONS > count // _SAY_EVERY_SESSIONS:
            say(f"{count + len(page)} sessions so far")
        count += len(page)


def _with_lines(page: list[ViewingSession]) -> list[ArchivedSession]:
    """Return the sessions with their ledgers and seals."""
    keys = {session.pk: str(session.key) for session in page}
    rows = ViewingEntry.objects.filter(
        session_id__in=keys,
        start_ms__gte=min(session.opened_ms for session in page),
        start_ms__lte=max(session.ended_ms or 0 for session in page),
    ).order_by("session_id", "line_index")
    lines = {
        pk: tuple(row.as_line(keys[pk]) for row in group) for pk, group in groupby(rows, key=lambda row: row.session_id)
    }
    seals = _seals_of(list(keys))
    return [_archived(session, lines.get(session.pk, ()), seals.get(session.pk)) for session in page]


def _archived(session: ViewingSession, lines: tuple[LedgerLine, ...], seal: ArchivedSeal | None) -> ArchivedSession:
    header = SessionHeader(
        str(session.key),
        session.learner_commitment,
        session.media_digest,
        session.duration_s,
        session.policy_digest,
        session.software_version,
    )
    closing = Closing(
        session.pk,
        session.opened_ms,
        session.ended_ms or 0,
        session.end_reason,
        session.sealed_ms or 0,
        session.new_s,
        session.line_count,
        bytes(session.head).hex(),
    )
    return ArchivedSession(header, lines, closing, seal)


def _opened_in(month: Month) -> QuerySet[ViewingSession]:
    return ViewingSession.objects.filter(opened_ms__gte=month.from_ms, opened_ms__lt=month.until_ms)


def _seal_model() -> type[Model] | None:
    """Return the model of the seals, where there is one."""
    return apps.all_models["tracking"].get("seal")


def _seals_of(session_ids: list[int]) -> dict[int, ArchivedSeal]:
    """Return the sessions' seals."""
    model = _seal_model()
    if model is None:
        return {}
    names = ("session_id", "number", "digest", "line_count", "new_s", "record_digest", "given_ms")
    rows = model._default_manager.filter(session_id__in=session_ids).values_list(*names)
    return {row[0]: ArchivedSeal(*row[1:]) for row in rows}


def _sync(path: Path) -> None:
    """Bring a file, or a folder's names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
