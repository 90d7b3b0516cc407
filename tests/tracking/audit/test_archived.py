"""Months that were detached: judged from their bundles, and left unjudged where a bundle is away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.archives import detach, give_seals, viewer, write
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking import ledger_check
from tracking.audit import NothingToAudit, Scope, audit, bundle
from tracking.demo import history
from tracking.models import ViewingArchive

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite detaches nothing"),
]


@pytest.fixture
def archive(ada: Person, settings: LazySettings, tmp_path: Path) -> ViewingArchive:
    """One learner's month is detached; another has watched since."""
    settings.VIEWING_ARCHIVE_DIR = tmp_path / "archives"
    viewer(ada)
    other: Learner = make.learner()
    history.watch(other.enrolment, other.lesson, 60, NOON - dt.timedelta(hours=2))
    give_seals()
    write(tmp_path / "archives")
    detach(tmp_path / "archives")
    return ViewingArchive.objects.get()


def test_audit_reads_a_detached_month_from_its_bundle(archive: ViewingArchive) -> None:
    found = audit(Scope(), now=NOON)

    assert (found.differences, found.counts["viewing sessions"]) == ([], 3)


def test_audit_leaves_unjudged_who_rests_on_a_bundle_that_is_away(archive: ViewingArchive, ada: Person) -> None:
    archive.path.unlink()

    found = audit(Scope(), now=NOON)

    assert (found.differences, found.exit_code) == ([], 2)
    assert [each for each in found.unjudged if each.startswith("person")] == [
        f"person {ada.pk}: {archive.file_name} cannot be opened: [Errno 2] No such file or directory: '{archive.path}'"
    ]
    assert found.counts["viewing sessions"] == 1


def test_verify_ledger_names_the_bundle_that_is_away(archive: ViewingArchive, ada: Person) -> None:
    archive.path.unlink()

    (found,) = ledger_check.differences()

    assert found.startswith(f"person {ada.pk}: {archive.file_name} cannot be opened")


def test_no_bundle_is_written_for_strangers_without_what_it_rests_on(archive: ViewingArchive, tmp_path: Path) -> None:
    archive.path.unlink()

    with pytest.raises(NothingToAudit, match=archive.file_name):
        bundle.write(tmp_path / "out.zip", Scope(), now=NOON)
