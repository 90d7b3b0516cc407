"""Outages, crashes, lapsed claims and torn ledgers: nothing is lost, and nobody waits for another."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.record_store_double import Store
from tracking.actions import parcels, statement_exports
from tracking.actions.record_store import RecordStore, Unavailable
from tracking.demo import history
from tracking.models import StatementExport, ViewingEntry, ViewingSession
from tracking.rules.chain import LineKind

pytestmark = pytest.mark.django_db
State = StatementExport.State
LATER = NOON + dt.timedelta(days=1)


@pytest.fixture
def at(ada: Person) -> Learner:
    return make.learner(ada)


def watch(at: Learner, seconds: int, *, hours: int = 0) -> ViewingSession:
    history.watch(at.enrolment, at.lesson, seconds, NOON + dt.timedelta(hours=hours))
    return ViewingSession.objects.filter(person=at.person).latest("pk")


def sweep(now: dt.datetime = LATER) -> int:
    store = RecordStore.configured()
    assert store is not None
    statement_exports.queue_sealed(now=now)
    return statement_exports.send_due(store=store, now=now)


def test_outage_puts_off_with_growing_delay(at: Learner, lrs: Store) -> None:
    watch(at, 60)
    now = LATER
    delays = []
    for _try in range(9):
        lrs.troubles = [503]
        with pytest.raises(Unavailable):
            sweep(now)
        export = StatementExport.objects.get()
        delays.append((export.next_at - now).total_seconds())
        assert (export.state, export.message) == (State.DUE, "503: not now")
        assert sweep(now) == 0
        now = export.next_at

    assert delays == [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    assert sweep(now) == 1
    assert StatementExport.objects.get().message == ""


def test_outage_leaves_what_was_not_tried_as_due_as_it_was(
    at: Learner, lrs: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "MAX_STATEMENTS", 5)
    sessions = [watch(make.learner(), 60) for _person in range(3)]
    lrs.troubles = [204, 500]

    with pytest.raises(Unavailable):
        sweep()

    exports = [StatementExport.objects.get(session=session) for session in sessions]
    assert [(each.state, each.tries) for each in exports] == [(State.SENT, 1), (State.DUE, 1), (State.DUE, 0)]
    assert exports[2].next_at == LATER


def test_outage_in_the_middle_of_a_session_goes_on_where_it_broke(
    at: Learner, lrs: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "MAX_STATEMENTS", 2)
    watch(at, 60)
    lrs.troubles = [-204, 500]
    with pytest.raises(Unavailable):
        sweep()
    assert StatementExport.objects.get().told_count == 2

    sweep(LATER + dt.timedelta(minutes=1))

    assert [len(request) for request in lrs.requests] == [2, 2, 2, 1]
    assert len(lrs.statements) == 5


def test_claims_of_two_workers_never_meet(at: Learner, lrs: Store) -> None:
    watch(at, 60)
    statement_exports.queue_sealed(now=LATER)

    first, second = statement_exports._claim(LATER), statement_exports._claim(LATER)

    assert (len(first), second) == (1, [])


def test_a_lapsed_claim_writes_nothing(at: Learner, lrs: Store) -> None:
    watch(at, 60)
    statement_exports.queue_sealed(now=LATER)
    (stale,) = statement_exports._claim(LATER)
    (fresh,) = statement_exports._claim(LATER + dt.timedelta(minutes=21))

    statement_exports._write(stale, state=State.REFUSED, message="too late")

    assert StatementExport.objects.get().state == State.DUE
    statement_exports._write(fresh, state=State.SENT, sent_at=LATER)
    assert StatementExport.objects.get().state == State.SENT


def test_a_ledger_that_cannot_be_read_holds_back_nobody(
    at: Learner, lrs: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = watch(at, 60), watch(make.learner(), 60)
    as_line = ViewingEntry.as_line

    def without_ends(entry: ViewingEntry, session_key: str) -> object:
        if entry.session_id == broken.pk and entry.kind == LineKind.END_BYE:
            raise RuntimeError("torn page")
        return as_line(entry, session_key)

    monkeypatch.setattr(ViewingEntry, "as_line", without_ends)

    sweep()

    assert StatementExport.objects.get(session=whole).state == State.SENT
    export = StatementExport.objects.get(session=broken)
    assert (export.state, export.message) == (State.DUE, "RuntimeError: torn page")
    assert "torn page" in caplog.text


def test_crash_between_answer_and_commit_repeats_the_same_statements(
    at: Learner, lrs: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(at, 60)
    lrs.is_fussy_about_known_ids = True

    class PowerCut(BaseException):
        """Nothing runs after it."""

    def cut(*_args: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(statement_exports, "_settle", cut)
        with pytest.raises(PowerCut):
            sweep()
    first = dict(lrs.statements)
    assert (len(first), StatementExport.objects.get().state) == (5, State.DUE)
    assert sweep() == 0, "the claim has not lapsed"

    assert sweep(LATER + dt.timedelta(minutes=21)) == 1

    assert lrs.statements == first
    assert StatementExport.objects.get().state == State.SENT
