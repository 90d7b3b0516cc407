from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from learning.models import Evidence, Person
from tests.factories import tracking as make
from tests.factories.archives import EVENING, MONTH, detach, viewer, write
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.test_ledger_check import alter
from tracking.actions import partitions as partition_verbs
from tracking.actions import statements, watched
from tracking.actions.archives import NotArchivable
from tracking.demo import history
from tracking.models import Coverage, ViewingEntry, ViewingSession, WatchedProof, partitions
from tracking.models.bundle import BrokenBundleError
from tracking.models.viewing_archive import ledgers_of, lines_of
from tracking.rules.months import Month

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite detaches nothing")


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VIEWING_ARCHIVE_DIR = tmp_path / "archives"
    return tmp_path / "archives"


@pytest.fixture
def at(ada: Person) -> Learner:
    return viewer(ada)


@on_postgresql
def test_detach_takes_the_partition_and_leaves_every_line_readable(at: Learner, folder: Path) -> None:
    archive = write(folder)
    sessions = list(ViewingSession.objects.order_by("pk"))
    before = [lines_of(session) for session in sessions]

    table = detach(folder)

    archive.refresh_from_db()
    assert (table, archive.detached_at) == ("tracking_viewingentry_archived_2025_09", NOON)
    assert ViewingEntry.objects.count() == archive.later_line_count
    assert [lines_of(session) for session in sessions] == before
    mixed = ledgers_of(list(ViewingSession.objects.order_by("-pk")))
    assert [[row.as_line(str(each.key)) for row in mixed[each.pk]] for each in sessions] == before
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 -- the verb's own word
        assert cursor.fetchone() == (archive.line_count - archive.later_line_count,)
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        assert cursor.fetchone() == (3,)


@on_postgresql
def test_a_line_smuggled_in_beside_a_bundle_is_seen(at: Learner, folder: Path) -> None:
    write(folder)
    detach(folder)
    session = ViewingSession.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    before = lines_of(session)
    forged = replace(before[1], new_s=before[1].new_s + 1)

    ViewingEntry.of(session.pk, forged).save()

    assert [line for line in lines_of(session) if line not in before] == [forged]
    assert [line for line in lines_of(session) if line != forged] == before


@on_postgresql
def test_evidence_rests_on_the_bundle_once_the_rows_are_gone(ada: Person, folder: Path, at: Learner) -> None:
    other = make.learner()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(watched, "record_if_watched", lambda **_facts: None)
        history.watch(other.enrolment, other.lesson, 40, EVENING - dt.timedelta(days=3))
    write(folder)
    detach(folder)

    history.watch(other.enrolment, other.lesson, 60, NOON - dt.timedelta(hours=1))

    proof = WatchedProof.objects.get(enrolment=other.enrolment)
    assert [(count > 0, bool(head)) for _key, count, head in proof.sessions] == [(True, True), (True, True)]
    assert proof.covered_s == Evidence.objects.get(enrolment=other.enrolment).facts["covered_s"] == 60
    assert Coverage.objects.get(enrolment=other.enrolment).covered_s == 60


@on_postgresql
def test_statements_are_told_from_the_bundle_once_the_rows_are_gone(at: Learner, folder: Path) -> None:
    """A store that is filled later, or asks again, gets what it would have got before."""
    history.watch(at.enrolment, at.enrolment.edition.lessons.get(number=2), 20, NOON - dt.timedelta(hours=2))
    ids = set(ViewingSession.objects.values_list("pk", flat=True))
    before = list(statements.of_person(at.person.pk, ids))
    write(folder)
    detach(folder)

    assert list(statements.of_person(at.person.pk, ids)) == before


@on_postgresql
def test_a_lost_bundle_is_not_taken_for_an_empty_ledger(at: Learner, folder: Path) -> None:
    archive = write(folder)
    detach(folder)
    archive.path.unlink()

    with pytest.raises(BrokenBundleError, match=r"viewing-2025-09\.zip cannot be opened"):
        lines_of(ViewingSession.objects.order_by("pk")[0])


@on_postgresql
def test_another_bundle_in_its_place_is_refused(at: Learner, folder: Path) -> None:
    archive = write(folder)
    detach(folder)
    write(folder, Month(2025, 8)).path.replace(archive.path)

    with pytest.raises(BrokenBundleError, match="is not the bundle that was recorded"):
        lines_of(ViewingSession.objects.order_by("pk")[0])


@on_postgresql
def test_detach_refuses_a_bundle_that_was_altered(at: Learner, folder: Path) -> None:
    archive = write(folder)
    whole = archive.path.read_bytes()
    archive.path.write_bytes(whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])

    with pytest.raises(NotArchivable, match="blocks/000001"):
        detach(folder)

    assert MONTH in partitions.months()


@on_postgresql
def test_detach_refuses_a_partition_with_a_line_that_no_bundle_holds(at: Learner, folder: Path) -> None:
    """The minute over midnight stands in September's bundle: October cannot go before that is written."""
    write(folder, MONTH.plus(1))

    with pytest.raises(NotArchivable, match="the bundles hold 0 of them"):
        detach(folder, MONTH.plus(1))


@on_postgresql
def test_detach_keeps_the_order_of_the_months(at: Learner, folder: Path) -> None:
    write(folder)
    write(folder, MONTH.plus(1))

    with pytest.raises(NotArchivable, match="2025-09 has sessions that go on in 2025-10: detach it first"):
        detach(folder, MONTH.plus(1))
    detach(folder)
    detach(folder, MONTH.plus(1))

    assert ViewingEntry.objects.count() == 0
    assert all(lines_of(session) for session in ViewingSession.objects.all())
    assert partition_verbs.move_strays(now=NOON) == 0


@on_postgresql
@pytest.mark.parametrize("verb", [write, detach])
def test_a_detached_month_stays_as_it_is(at: Learner, folder: Path, verb: object) -> None:
    write(folder)
    detach(folder)

    with pytest.raises(NotArchivable, match=r"was detached at|is detached already"):
        verb(folder)  # type: ignore[operator]


@on_postgresql
def test_detach_says_that_a_month_has_no_partition(at: Learner, folder: Path) -> None:
    write(folder, Month(2024, 1))

    with pytest.raises(NotArchivable, match="2024-01 has no partition"):
        detach(folder, Month(2024, 1))


@pytest.mark.parametrize("count", [1, 3])
def test_ledgers_are_read_in_one_query(
    at: Learner, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _each in range(count):
        other = make.learner()
        history.watch(other.enrolment, other.lesson, 30, NOON)
    sessions = list(ViewingSession.objects.order_by("pk"))

    with django_assert_num_queries(1):
        found = ledgers_of(sessions)

    assert {pk: len(rows) for pk, rows in found.items()} == {each.pk: each.line_count for each in sessions}


def test_ledgers_show_a_running_session_and_a_damaged_one_as_they_stand(at: Learner) -> None:
    at.open(now_ms=make.NOON_MS)
    running = ViewingSession.objects.running().get()
    alter("DELETE FROM tracking_viewingentry WHERE kind = 'end:bye'")
    sealed = ViewingSession.objects.order_by("pk")[0]

    found = ledgers_of([running, sealed])

    assert [row.kind for row in found[running.pk]] == ["open"]
    assert len(found[sealed.pk]) == sealed.line_count - 1
    assert ledgers_of([]) == {}
