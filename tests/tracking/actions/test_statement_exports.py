from __future__ import annotations

import datetime as dt
import json

import pytest

from learning.models import Person
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import NOON_MS, Learner
from tests.tracking.record_store_double import Store
from tracking.actions import endings, parcels, statement_exports
from tracking.actions.record_store import RecordStore
from tracking.demo import history
from tracking.models import LiveViewing, StatementExport, ViewingSession
from tracking.rules import sessions
from tracking.rules.viewing import EndReason

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


def verbs(lrs: Store) -> list[str]:
    return [statement["verb"]["display"]["en"] for statement in lrs.statements.values()]


def test_queue_takes_each_sealed_session_once(at: Learner) -> None:
    session = watch(at, 30)
    at.open(now_ms=NOON_MS + 3_600_000)

    assert statement_exports.queue_sealed(now=NOON) == 1
    assert statement_exports.queue_sealed(now=NOON) == 0
    assert list(StatementExport.objects.values_list("session_id", "state")) == [(session.pk, State.DUE)]


def test_queue_looks_a_quarter_of_an_hour_behind_the_newest(at: Learner) -> None:
    newest = watch(at, 30, hours=5)
    other = make.learner()
    missed, late = watch(other, 20, hours=4), watch(other, 40, hours=5)

    StatementExport.objects.create(session=newest, sealed_ms=NOON_MS + 5 * 3_600_000, next_at=NOON)
    statement_exports.queue_sealed(now=NOON)

    queued = set(StatementExport.objects.values_list("session_id", flat=True))
    assert late.pk in queued
    assert missed.pk not in queued
    assert statement_exports.queue_sealed(now=NOON, is_from_start=True) == 1


def test_send_delivers_and_settles(at: Learner, lrs: Store) -> None:
    session = watch(at, 60)

    assert sweep() == 1

    assert verbs(lrs) == ["initialized", "played", "completed", "paused", "terminated"]
    export = StatementExport.objects.get()
    assert (export.state, export.sent_at, export.told_count) == (State.SENT, LATER, 5)
    ending = lrs.statements[list(lrs.statements)[-1]]
    assert bytes(session.head).hex() in ending["context"]["extensions"].values()
    assert sweep() == 0
    assert len(lrs.requests) == 1


def test_send_names_nobody(at: Learner, lrs: Store) -> None:
    at.person.set_id_number("410200198001011234")
    at.person.phone = "13800000000"
    at.person.save()
    watch(at, 60)

    sweep()

    text = json.dumps(list(lrs.statements.values()), ensure_ascii=False)
    for word in ("阿达", "Ada", "ada@example.test", "13800000000", "410200198001011234", at.person.id_number_sealed):
        assert word not in text
    names = {each["actor"]["account"]["name"] for each in lrs.statements.values()}
    assert names == set(ViewingSession.objects.values_list("learner_commitment", flat=True))


def test_send_packs_sessions_together(at: Learner, lrs: Store) -> None:
    for number in range(1, 13):
        watch(at, 5 * number, hours=number)

    assert sweep() == 12

    assert [len(request) for request in lrs.requests] == [49]
    assert max(len(request) for request in lrs.requests) <= parcels.MAX_STATEMENTS
    assert StatementExport.objects.filter(state=State.SENT).count() == 12


def test_send_splits_a_long_session(at: Learner, lrs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "MAX_STATEMENTS", 2)
    watch(at, 60)

    sweep()

    assert [len(request) for request in lrs.requests] == [2, 2, 1]
    assert StatementExport.objects.get().state == State.SENT


def test_send_keeps_to_a_parcels_bytes(at: Learner, lrs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "MAX_BYTES", 1)
    watch(at, 60)

    sweep()

    assert [len(request) for request in lrs.requests] == [1] * 5


def test_send_waits_until_nothing_earlier_can_change(at: Learner, lrs: Store) -> None:
    # The first session was taken over and may still be claimed late; the second said goodbye.
    at.open()
    second = at.open(device="phone", is_takeover=True, now_ms=NOON_MS + 40_000)
    row = LiveViewing.objects.get()
    session = ViewingSession.objects.get(pk=second.row.session_id)
    row.session = session
    viewing = endings.viewing_of(row, session)
    ended = sessions.end(viewing, now_ms=NOON_MS + 50_000, reason=EndReason.BYE)
    endings.store_end(session, ended, reason=EndReason.BYE, sealed_ms=NOON_MS + 50_000)
    row.take_over_from(viewing.live)
    row.session = None
    row.save()

    assert sweep() == 0
    endings.seal_ended(now_ms=NOON_MS + 3_600_000)

    assert sweep() == 2
    assert verbs(lrs) == ["initialized", "terminated"] * 2


def test_send_again_gives_the_same_ids_and_content(at: Learner, lrs: Store) -> None:
    watch(at, 30)
    watch(at, 60, hours=2)
    sweep()
    before = dict(lrs.statements)
    StatementExport.objects.all().delete()

    # The store compares content and answers 409 to any difference.
    assert sweep() == 2

    assert lrs.statements == before
    assert {export.state for export in StatementExport.objects.all()} == {State.SENT}


def test_conflict_of_one_statement_holds_back_no_other(at: Learner, lrs: Store) -> None:
    first, second = watch(at, 30), watch(at, 60, hours=2)
    lrs.is_fussy_about_known_ids = True
    lrs.statements[str(first.key)] = {"id": str(first.key)}

    sweep()

    assert {str(first.key), str(second.key)} <= set(lrs.statements)
    assert len(lrs.statements) == 9
    assert {export.state for export in StatementExport.objects.all()} == {State.SENT}


def test_refusal_puts_aside_the_session_it_is_about(at: Learner, lrs: Store) -> None:
    refused, kept = watch(at, 60), watch(make.learner(), 30)
    lrs.refused_verbs = {"completed"}

    sweep()

    aside = StatementExport.objects.get(session=refused)
    assert (aside.state, aside.message) == (State.REFUSED, "400: 语句无效 bad verb")
    assert StatementExport.objects.get(session=kept).state == State.SENT
    assert sweep(LATER + dt.timedelta(days=9)) == 0


def test_refusal_ends_the_telling_of_that_session(at: Learner, lrs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "MAX_STATEMENTS", 2)
    watch(at, 60)
    lrs.refused_verbs = {"played"}

    sweep()

    assert [len(request) for request in lrs.requests] == [2]


def test_requeue_sends_the_refused_again(at: Learner, lrs: Store) -> None:
    watch(at, 60)
    lrs.refused_verbs = {"completed"}
    sweep()
    lrs.refused_verbs = set()

    assert statement_exports.requeue_refused(now=LATER) == 1
    sweep()

    export = StatementExport.objects.get()
    assert (export.state, export.message, len(lrs.statements)) == (State.SENT, "", 5)


def test_too_large_is_tried_in_halves(at: Learner, lrs: Store) -> None:
    lrs.max_statements = 2
    watch(at, 60)

    sweep()

    assert [len(request) for request in lrs.requests] == [5, 2, 3, 1, 2]
    assert StatementExport.objects.get().state == State.SENT


def test_too_large_alone_is_a_refusal(at: Learner, lrs: Store) -> None:
    lrs.max_statements = 0
    watch(at, 60)

    sweep()

    assert StatementExport.objects.get().state == State.REFUSED
