from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learning import ledger_check
from learning.actions import certificates, confirmation_chunks, confirmation_runs, credits, reversals, run_chunks
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    LedgerLink,
    Membership,
    Person,
    Role,
)
from learning.models.run import RunState, StopReason
from learning.rules.credit_states import State, Verdict
from learning.rules.ledger_chain import LinkKind
from learning.rules.reasons import SendBackReason
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories import ledger, runs, years
from tests.factories.learning import NOON
from tests.factories.offices import Office
from tests.factories.runs import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


def test_confirm_next_confirms_the_set_and_ends_on_a_receipt(office: Office) -> None:
    run = runs.work(runs.running(office))

    done = {"state": State.CONFIRMED, "holder": None, "since": LATER, "decision_count": 2}
    assert CreditStanding.objects.filter(**done).count() == 3
    decisions = CreditDecision.objects.filter(verdict=Verdict.CONFIRMED)
    assert set(decisions.values_list("actor_id", "organisation_id", "decided_at", "sequence")) == {
        (office.officer.pk, office.bureau.pk, LATER, 2)
    }
    assert (run.state, run.cursor, run.confirmed_count, run.left_count) == (RunState.DONE, 3, 3, 0)
    assert run.receipt is not None
    assert run.receipt.action == confirmation_runs.CONFIRMED_RUN
    assert run.receipt.facts == {
        "state": "done",
        "stop_reason": "",
        "items": 3,
        "count": 3,
        "centihours": 1_200,
        "left": 0,
        "certificates": 0,
        "rules": ["2026-1"],
        "snapshot": run.snapshot,
        "seed": run.seed,
        "sample": list(run.samples.values_list("item__entry_id", flat=True)),
        "officer": office.officer.pk,
        "second_officer": 0,
    }


def test_confirm_next_leaves_a_ledger_that_verifies(office: Office) -> None:
    _fulfil(office)
    runs.work(runs.running(office))

    assert list(ledger_check.run().differences) == []
    assert Certificate.objects.count() == 1


def test_confirm_next_hangs_decisions_and_pages_on_their_peoples_chains(office: Office) -> None:
    _fulfil(office)
    runs.work(runs.running(office))

    page = Certificate.objects.get()
    last = LedgerLink.objects.filter(person=page.book.person).order_by("-sequence")
    assert list(last.values_list("kind", flat=True)[:2]) == [LinkKind.ISSUE, LinkKind.DECISION]
    decided = CreditDecision.objects.filter(verdict=Verdict.CONFIRMED)
    linked = LedgerLink.objects.filter(kind=LinkKind.DECISION, subject_id__in=decided.values("pk"))
    assert linked.count() == decided.count() == 5


def test_a_decision_of_a_run_altered_later_is_found(office: Office) -> None:
    runs.work(runs.running(office))
    with ledger.lifted("learning_creditdecision"):
        ledger.execute("UPDATE learning_creditdecision SET actor_id = %s WHERE sequence = 2", office.auditor.pk)

        assert any("act in the audit log" in found for found in ledger_check.run().differences)


def _fulfil(office: Office) -> CreditEntry:
    """Give the first learner what their year still lacks, audited."""
    requirement = make.RequirementFactory()
    years.hold_fast(requirement.rule_set, now=NOON)
    added = [
        years.earn(
            person=office.entries[0].person,
            edition=years.published(base=office.base, requirement=requirement, kind=kind, centihours=centihours),
        )
        for kind, centihours in ((SubjectKind.PUBLIC, 2_600), (SubjectKind.PROFESSIONAL, 5_600))
    ]
    for entry in added:
        credits.approve(entry=entry, by=office.auditor, now=NOON)
    office.entries += added
    return added[0]


def test_confirm_next_moves_records_as_single_confirmations_do(office: Office) -> None:
    _fulfil(office)
    runs.work(runs.running(office))

    first, *others = [
        (
            record.confirmed_public_centihours,
            record.confirmed_professional_centihours,
            record.pending_public_centihours,
            record.pending_professional_centihours,
            record.state,
            record.met_at,
            record.confirmed_at,
        )
        for record in AnnualRecord.objects.order_by("person_id")
    ]
    assert first == (2_600, 6_000, 0, 0, AnnualRecord.State.CONFIRMED, LATER, LATER)
    assert others == [(0, 400, 0, 0, AnnualRecord.State.OPEN, None, None)] * 2


def test_confirm_next_issues_the_page_a_single_confirmation_would(office: Office) -> None:
    _fulfil(office)
    run = runs.work(runs.running(office))

    page = Certificate.objects.get()
    alone = certificates.frozen_facts(
        person=page.book.person, record=page.record, bureau=office.bureau, book=page.book, edition=1, now=LATER
    )
    assert page.facts == {**alone, "code": page.code}
    assert certificates.is_genuine(page)
    assert (page.book.person, page.issued_by, run.certificate_count) == (office.entries[0].person, office.officer, 1)


def test_confirm_next_goes_on_chunk_by_chunk_from_the_cursor(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", 2)
    run = runs.running(office)

    more = [confirmation_chunks.confirm_next(run.pk, now=LATER) for _chunk in range(3)]

    assert more == [True, False, False]
    lines = AuditLogEntry.objects.filter(action=confirmation_chunks.CONFIRMED_CHUNK)
    assert [(line.facts["after"], len(line.facts["decisions"])) for line in lines] == [(0, 2), (2, 1)]
    assert CreditDecision.objects.filter(verdict=Verdict.CONFIRMED).count() == 3


def test_a_chunk_that_fails_has_done_nothing_and_is_done_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.running(office)

    def fail(*_arguments: object, **_facts: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(confirmation_chunks, "_move_cursor", fail)
        with pytest.raises(RuntimeError):
            confirmation_chunks.confirm_next(run.pk, now=LATER)
    assert set(CreditStanding.objects.values_list("state", flat=True)) == {State.AUDITED}

    assert runs.work(run).confirmed_count == 3


@pytest.mark.parametrize("stand", ["drafted", "sampled", "ready"])
def test_confirm_next_does_nothing_before_the_run_is_signed(office: Office, stand: str) -> None:
    run = getattr(runs, stand)(office)

    assert confirmation_chunks.confirm_next(run.pk, now=LATER) is False

    assert not CreditDecision.objects.filter(verdict=Verdict.CONFIRMED).exists()


def test_a_signer_who_is_no_officer_any_more_stops_the_run(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", 2)
    run = runs.running(office)
    confirmation_chunks.confirm_next(run.pk, now=LATER)
    Membership.objects.filter(person=office.officer).delete()

    runs.work(run)

    assert (run.state, run.stop_reason, run.confirmed_count) == (RunState.STOPPED, StopReason.OFFICER_LEFT, 2)
    assert run.receipt is not None
    assert run.receipt.facts["count"] == 2


def test_a_signer_who_was_deactivated_stops_the_run(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", 2)
    run = runs.running(office)
    confirmation_chunks.confirm_next(run.pk, now=LATER)
    Person.objects.filter(pk=office.officer.pk).update(is_active=False)

    runs.work(run)

    assert (run.state, run.stop_reason, run.confirmed_count) == (RunState.STOPPED, StopReason.OFFICER_LEFT, 2)


def test_a_stopped_run_confirms_no_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_chunks, "CHUNK_SIZE", 2)
    run = runs.running(office)
    confirmation_chunks.confirm_next(run.pk, now=LATER)
    confirmation_runs.stop(run=run, by=office.officer, now=LATER)

    runs.work(run)

    assert (run.confirmed_count, run.cursor, run.state) == (2, 2, RunState.STOPPED)


def test_a_year_that_has_a_page_gets_no_second(office: Office) -> None:
    _fulfil(office)
    year = AnnualRecord.objects.get(person=office.entries[0].person)
    run = runs.running(office)
    for entry in office.entries:
        if entry.person == year.person:
            credits.confirm(entry=entry, by=runs.colleague(office), now=NOON)

    runs.work(run)

    assert (Certificate.objects.count(), run.certificate_count, run.left_count) == (1, 0, 3)


def test_a_year_opened_again_by_a_reversal_gets_its_next_page() -> None:
    year = years.fulfilled_year()
    reversals.reverse(
        entry=year.entries[0], by=year.officer, reason_code=SendBackReason.HOURS, reason_text="重复", now=NOON
    )
    again = years.published(
        base=year.base, requirement=year.requirement, kind=SubjectKind.PUBLIC, centihours=2_600, now=NOON
    )
    credits.approve(entry=years.earn(person=year.person, edition=again), by=year.auditor, now=NOON)
    run = confirmation_runs.draft(bureau=year.bureau, by=year.officer, now=NOON)
    confirmation_runs.draw_sample(run=run, by=year.officer, now=NOON)
    confirmation_runs.sign(run=runs.judged(run), snapshot=run.snapshot, by=year.officer, now=NOON)

    runs.work(run)

    first, second = Certificate.objects.order_by("pk")
    assert second.serial == f"{first.serial}-2"
    assert list(ledger_check.run().differences) == []


def test_a_chunk_costs_as_many_queries_for_three_entries_as_for_one() -> None:
    counts = []
    for entries in (1, 3):
        office = Office(entries=entries)
        office.approved()
        _fulfil(office)
        run = confirmation_runs.draft(bureau=office.entries[0].bureau, by=_officer(office), now=NOON)
        confirmation_runs.draw_sample(run=run, by=run.officer, now=NOON)
        runs.judged(run)
        confirmation_runs.sign(run=run, snapshot=run.snapshot, by=run.officer, now=NOON)
        with CaptureQueriesContext(connection) as queries:
            runs.work(run)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def _officer(office: Office) -> Any:
    return years.member(office.entries[0].bureau, Role.OFFICER)


def test_a_chunk_does_not_read_what_the_officer_decided_before(office: Office) -> None:
    """An officer's own decisions become very many: the check for theirs asks of each entry alone."""
    run = runs.running(office)
    with CaptureQueriesContext(connection) as queries:
        runs.work(run)

    asking = [query["sql"] for query in queries if '"actor_id" =' in query["sql"] and "SELECT" in query["sql"][:6]]
    assert asking
    assert all('U0."entry_id" = ("learning_creditentry"."id")' in sql for sql in asking)
