from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from learning.models import Evidence, Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import NOON_MS, Learner
from tracking import tasks
from tracking.actions import watched
from tracking.demo import history
from tracking.models import Coverage, DailyRoot, LiveViewing, Seal, ViewingSession
from tracking.models.batch import SessionRow, commit, snapshot
from tracking.protocol import Beat
from tracking.rules import crediting

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """The database's time, as the sweeps are told it."""
    now = [NOON]
    monkeypatch.setattr(tasks, "database_now", lambda: now[0])
    return now


def play(at: Learner, seconds: int) -> None:
    opened = at.open()
    said = Beat(1, ((0, seconds),), seconds * 1_000, seconds, "p", 0)
    epoch = opened.viewing.live.epoch
    result = crediting.beat(opened.viewing, said, now_ms=NOON_MS + seconds * 1_000, epoch=epoch)
    row = SessionRow(at.person.pk, opened.row.session_id, at.enrolment.pk, at.lesson.pk)
    commit([snapshot(row, opened.viewing, result.lines, None)])


def test_seal_closes_the_open_segment_so_that_evidence_can_be_recorded(at: Learner, present: list[dt.datetime]) -> None:
    play(at, 58)
    present[0] = NOON + dt.timedelta(minutes=20)

    tasks.seal_silent_viewings()
    tasks.record_due_evidence()

    assert Evidence.objects.get().facts["covered_s"] == 58
    assert LiveViewing.objects.get().session_id is None


def test_seal_leaves_a_viewing_that_was_heard_of(at: Learner, present: list[dt.datetime]) -> None:
    play(at, 58)
    present[0] = NOON + dt.timedelta(minutes=10)

    tasks.seal_silent_viewings()

    assert ViewingSession.objects.get().ended_ms is None


def test_seal_closes_late_claims_after_a_quarter_of_an_hour(at: Learner, present: list[dt.datetime]) -> None:
    play(at, 30)
    at.open(device="phone", is_takeover=True, now_ms=NOON_MS + 40_000)

    for minutes, sealed in ((15, 0), (16, 1)):
        present[0] = NOON + dt.timedelta(minutes=minutes)
        LiveViewing.objects.update(mark_ms=int(present[0].timestamp() * 1_000))
        tasks.seal_silent_viewings()
        assert ViewingSession.objects.filter(sealed_ms__isnull=False).count() == sealed


def test_record_finds_what_was_watched_and_never_told(
    at: Learner, present: list[dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(watched, "record_if_watched", lambda **_facts: None)
        history.watch(at.enrolment, at.lesson, 60, NOON)
    assert Evidence.objects.count() == 0

    tasks.record_due_evidence()
    tasks.record_due_evidence()

    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(("seconds", "count"), [(57, 0), (58, 1)])
def test_record_waits_for_the_needed_share(at: Learner, present: list[dt.datetime], seconds: int, count: int) -> None:
    history.watch(at.enrolment, at.lesson, seconds, NOON)

    tasks.record_due_evidence()

    assert Evidence.objects.count() == count


def test_one_failing_row_does_not_stop_the_sweep(
    at: Learner, present: list[dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make.learner()
    record = watched.record_if_watched
    with monkeypatch.context() as patched:
        patched.setattr(watched, "record_if_watched", lambda **_facts: None)
        for each in (at, other):
            history.watch(each.enrolment, each.lesson, 60, NOON)

    def failing(**facts: object) -> object:
        if facts["enrolment_id"] == at.enrolment.pk:
            raise RuntimeError
        return record(**facts)  # type: ignore[arg-type]

    monkeypatch.setattr(watched, "record_if_watched", failing)
    tasks.record_due_evidence()

    assert [row.enrolment_id for row in Evidence.objects.all()] == [other.enrolment.pk]
    assert Coverage.objects.count() == 2


def test_a_failing_row_is_put_off_and_tried_again_later(
    at: Learner, present: list[dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    record, tried = watched.record_if_watched, []
    with monkeypatch.context() as patched:
        patched.setattr(watched, "record_if_watched", lambda **_facts: None)
        history.watch(at.enrolment, at.lesson, 60, NOON)

    def failing_once(**facts: object) -> object:
        tried.append(facts)
        if len(tried) == 1:
            raise RuntimeError
        return record(**facts)  # type: ignore[arg-type]

    monkeypatch.setattr(watched, "record_if_watched", failing_once)
    for minutes, times in ((0, 1), (9, 1), (10, 2)):
        present[0] = NOON + dt.timedelta(minutes=minutes)
        tasks.record_due_evidence()
        assert len(tried) == times

    assert Evidence.objects.count() == 1


def test_sweeps_seal_sign_and_anchor(at: Learner, present: list[dt.datetime], tmp_path: Path, settings: Any) -> None:
    settings.ROOT_ANCHORS = {"file": {"path": str(tmp_path / "roots.txt")}}
    history.watch(at.enrolment, at.lesson, 60, NOON)
    present[0] = NOON + dt.timedelta(minutes=2)
    tasks.give_due_seals()
    tasks.close_due_days()
    assert (Seal.objects.count(), DailyRoot.objects.count()) == (1, 0)

    present[0] = NOON + dt.timedelta(days=1)
    for _ in range(2):
        tasks.give_due_seals()
        tasks.close_due_days()

    assert (tmp_path / "roots.txt").read_text() == f"{DailyRoot.objects.get().line()}\n"
