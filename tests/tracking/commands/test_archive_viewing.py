from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.archives import give_seals
from tests.factories.learning import NOON
from tracking.demo import history
from tracking.models import ViewingArchive, partitions
from tracking.rules.months import Month

pytestmark = pytest.mark.django_db

MONTH = Month(2025, 9)


@pytest.fixture
def path(ada: Person, settings: LazySettings, tmp_path: Path) -> Path:
    settings.VIEWING_ARCHIVE_DIR = tmp_path
    if partitions.are_kept():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with partitions.shaping():
            partitions.make(MONTH)
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 60, NOON - dt.timedelta(days=426))
    give_seals()
    return tmp_path / "viewing-2025-09.zip"


def test_archive_says_what_it_wrote(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("archive_viewing", "--month", "2025-09")

    said = capsys.readouterr().out.splitlines()
    archive = ViewingArchive.objects.get()
    assert said[:3] == [
        "1 sessions, 4 lines are written; reading them back",
        f"{path}: every chain holds",
        f"1 sessions, 4 lines, digest {archive.digest}",
    ]
    assert any("SQLite" in sentence for sentence in said) is (connection.vendor == "sqlite")


def test_archive_writes_where_it_is_told(path: Path, tmp_path: Path) -> None:
    call_command("archive_viewing", "--month", "2025-09", "--out", str(tmp_path / "tape"))

    assert not path.exists()
    assert (tmp_path / "tape" / path.name).exists()


@pytest.mark.parametrize("month", ["2026-11", "2026-01"])
def test_archive_says_why_a_month_must_stay(path: Path, month: str) -> None:
    with pytest.raises(CommandError, match="too young"):
        call_command("archive_viewing", "--month", month)


@pytest.mark.parametrize("arguments", [[], ["--month", "2025"], ["--month", "2025-09", "--check", "x"]])
def test_archive_needs_one_thing_to_do(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("archive_viewing", *arguments)


def test_check_finds_nothing_in_a_sound_bundle(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("archive_viewing", "--month", "2025-09")
    capsys.readouterr()

    call_command("archive_viewing", "--check", str(path))

    assert capsys.readouterr().out == "2025-09: 1 sessions, 4 lines, 0 faults\n"


def test_check_names_what_is_wrong_and_fails(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("archive_viewing", "--month", "2025-09")
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])

    with pytest.raises(SystemExit) as end:
        call_command("archive_viewing", "--check", str(path))

    assert end.value.code == 1
    assert "blocks/000001.txt cannot be read" in capsys.readouterr().out


def test_check_names_a_bundle_that_was_not_recorded(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("archive_viewing", "--check", str(path))
    call_command("archive_viewing", "--month", "2025-09")
    path.rename(path.with_name("copy.zip"))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE tracking_viewingarchive DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER tracking_viewingarchive_no_update")
    ViewingArchive.objects.update(digest="0" * 64)
    with pytest.raises(SystemExit):
        call_command("archive_viewing", "--check", str(path.with_name("copy.zip")))
    ViewingArchive.objects.update(month="2025-08")
    capsys.readouterr()

    call_command("archive_viewing", "--check", str(path.with_name("copy.zip")))

    assert capsys.readouterr().out.startswith("This database has no record of an archive of 2025-09.\n")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the other database detaches")
def test_detach_is_refused_on_sqlite_before_anything_is_written(path: Path) -> None:
    with pytest.raises(CommandError, match="the rows stay"):
        call_command("archive_viewing", "--month", "2025-09", "--detach")

    assert not path.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite detaches nothing")
@pytest.mark.parametrize("is_written", [False, True])
def test_detach_says_where_the_rows_stand(path: Path, is_written: bool, capsys: pytest.CaptureFixture[str]) -> None:
    if is_written:
        call_command("archive_viewing", "--month", "2025-09")

    call_command("archive_viewing", "--month", "2025-09", "--detach")

    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "2025-09 is detached. Its rows stand in tracking_viewingentry_archived_2025_09 until you drop it."
    with pytest.raises(CommandError, match="detached already"):
        call_command("archive_viewing", "--month", "2025-09", "--detach")
