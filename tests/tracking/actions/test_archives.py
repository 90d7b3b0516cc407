from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.archives import HAS_SEALS, MIDNIGHT, MONTH, viewer, write
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.test_ledger_check import alter
from tracking.actions import archives
from tracking.actions.archives import NotArchivable
from tracking.demo import history
from tracking.models import ViewingArchive, ViewingEntry, ViewingSession
from tracking.models.bundle import Bundle, archived_lines
from tracking.models.viewing_archive import lines_of
from tracking.rules.months import Month

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VIEWING_ARCHIVE_DIR = tmp_path / "archives"
    return tmp_path / "archives"


@pytest.fixture
def at(ada: Person) -> Learner:
    return viewer(ada)


def test_write_records_what_the_bundle_holds(at: Learner, folder: Path) -> None:
    said: list[str] = []

    archive = write(folder, said=said)

    sessions = list(ViewingSession.objects.order_by("pk"))
    with Bundle(archive.path) as bundle:
        found = [each for block in bundle.manifest.blocks for each in bundle.read(block)]
        assert bundle.manifest.digest == archive.digest
    assert [each.key for each in found] == [str(session.key) for session in sessions]
    assert [list(each.lines) for each in found] == [lines_of(session) for session in sessions]
    assert (archive.session_count, archive.line_count) == (2, ViewingEntry.objects.count())
    assert archive.later_line_count == ViewingEntry.objects.filter(start_ms__gte=MONTH.until_ms).count() > 0
    assert (archive.written_at, archive.detached_at) == (NOON, None)
    assert said == [f"2 sessions, {archive.line_count} lines are written; reading them back"]
    assert [path.name for path in folder.iterdir()] == ["viewing-2025-09.zip"]


def test_write_names_nobody(at: Learner, folder: Path) -> None:
    archive = write(folder)

    with Bundle(archive.path) as bundle:
        text = bundle._file.read("blocks/000001.txt").decode()
    assert not any(word in text for word in (at.person.full_name, str(at.person.email), "Windows"))


def test_write_takes_blocks_one_after_the_other(at: Learner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "SESSIONS_A_BLOCK", 1)
    monkeypatch.setattr(archives, "_SAY_EVERY_SESSIONS", 1)
    for days in (3, -1):
        other = make.learner()
        history.watch(other.enrolment, other.lesson, 30, MIDNIGHT + dt.timedelta(days=days))
    said: list[str] = []

    archive = write(folder, said=said)

    with Bundle(archive.path) as bundle:
        assert [block.sessions for block in bundle.manifest.blocks] == [1, 1, 1]
        assert list(bundle.faults()) == []
    assert said[:3] == ["1 sessions so far", "2 sessions so far", "3 sessions so far"]
    for session in ViewingSession.objects.filter(opened_ms__lt=MONTH.until_ms):
        for number in (session.pk, None):
            assert archived_lines(archive.path, str(session.key), number=number) == lines_of(session)


def test_write_again_gives_back_a_bundle_that_was_lost(at: Learner, folder: Path) -> None:
    archive = write(folder)
    before = archive.path.read_bytes()
    archive.path.unlink()

    again = write(folder)

    assert again == archive
    assert archive.path.read_bytes() == before


def test_write_refuses_to_replace_another_bundle(at: Learner, folder: Path) -> None:
    archive = write(folder)
    before = archive.path.read_bytes()
    alter("UPDATE tracking_viewingsession SET end_reason = 'timeout'")

    with pytest.raises(NotArchivable, match="the ledger now gives"):
        write(folder)

    assert archive.path.read_bytes() == before


@pytest.mark.parametrize("month", ["2025-11", "2026-10", "2026-11", "2027-01"])
def test_write_refuses_a_month_too_young(at: Learner, folder: Path, month: str) -> None:
    with pytest.raises(NotArchivable, match="too young"):
        write(folder, Month.parse(month))

    assert not folder.exists()


def test_write_takes_a_month_of_thirteen_months_ago(at: Learner, folder: Path) -> None:
    assert write(folder, Month(2025, 10)).session_count == 0


def test_the_age_is_a_setting_but_this_month_stays(at: Learner, folder: Path, settings: LazySettings) -> None:
    settings.VIEWING_ARCHIVE_AFTER_MONTHS = 0

    write(folder, Month(2026, 10))
    with pytest.raises(NotArchivable, match="from 2026-12 on"):
        write(folder, Month(2026, 11))


def test_write_refuses_a_session_that_may_still_change(at: Learner, folder: Path) -> None:
    alter(
        "UPDATE tracking_viewingsession SET sealed_ms = NULL WHERE id = (SELECT max(id) FROM tracking_viewingsession)"
    )

    with pytest.raises(NotArchivable, match="1 sessions of 2025-09 are not sealed"):
        write(folder)


@pytest.mark.skipif(not HAS_SEALS, reason="nothing gives seals yet")
def test_write_refuses_a_session_without_a_seal(at: Learner, folder: Path) -> None:
    with pytest.raises(NotArchivable, match="2 sessions of 2025-09 have no seal"):
        archives.write(month=MONTH, folder=folder, now=NOON, say=lambda _sentence: None)


@pytest.mark.skipif(not HAS_SEALS, reason="nothing gives seals yet")
def test_write_keeps_the_seals(at: Learner, folder: Path) -> None:
    archive = write(folder)

    with Bundle(archive.path) as bundle:
        (block,) = bundle.manifest.blocks
        kept = [(each.seal.number, each.seal.digest, each.closing.head) for each in bundle.read(block) if each.seal]
    assert [number for number, _digest, _head in kept] == [1, 2]
    assert all(digest == head for _number, digest, head in kept)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE tracking_viewingentry SET accrued_ms = accrued_ms + 1 WHERE kind = 'seg'", "its chain breaks"),
        ("UPDATE tracking_viewingentry SET start_ms = start_ms - 1 WHERE kind = 'open'", "lines are kept"),
        ("DELETE FROM tracking_viewingentry WHERE kind = 'seg'", "lines are kept, it ended with"),
        ("UPDATE tracking_viewingsession SET media_digest = 'x'", "its chain breaks"),
        ("UPDATE tracking_viewingsession SET new_s = 59", "its lines do not add up to 59 s"),
    ],
)
def test_write_leaves_nothing_behind_a_broken_ledger(at: Learner, folder: Path, statement: str, fault: str) -> None:
    alter(statement)

    with pytest.raises(NotArchivable, match=fault) as refusal:
        write(folder)

    assert str(ViewingSession.objects.order_by("pk")[0].key) in str(refusal.value)
    assert (list(folder.iterdir()), ViewingArchive.objects.count()) == ([], 0)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the other database detaches")
def test_sqlite_detaches_nothing(at: Learner, folder: Path) -> None:
    archive = write(folder)

    with pytest.raises(NotArchivable, match="the rows stay"):
        archives.detach(archive=archive, folder=folder, now=NOON)
