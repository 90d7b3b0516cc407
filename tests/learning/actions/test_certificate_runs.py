"""Runs over many pages: each page once, whoever dies, whoever was first."""

from __future__ import annotations

import datetime as dt
import threading
from unittest import mock

import pytest
from django.db import OperationalError, connection

from learning import ledger_check, tasks
from learning.actions import audit_log, certificate_runs, certificates
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CertificateRun,
    CertificateRunItem,
    Membership,
    Organisation,
    Person,
)
from tests.factories import learning as make
from tests.factories.certificates import met_year, outcomes
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=30)
Kind, Why = CertificateRun.Kind, CertificateRunItem.Why


@pytest.fixture
def met() -> list[Year]:
    first = met_year()
    return [first, met_year(like=first), met_year(like=first)]


def begin_issue(year: Year) -> CertificateRun:
    return certificate_runs.begin_issue(bureau=year.bureau, by=year.officer, now=LATER)


def begin_change(year: Year, kind: CertificateRun.Kind, reason: str, **changes: object) -> CertificateRun:
    facts: dict[str, object] = {
        "pages": [year.certificate],
        "text": "姓名录入有误，已按身份证更正。",
        "bureau": year.bureau,
        "by": year.officer,
        "now": LATER,
        **changes,
    }
    return certificate_runs.begin_change(kind=kind, reason=reason, **facts)  # type: ignore[arg-type]


def test_issue_gives_every_met_year_its_page(met: list[Year]) -> None:
    run = begin_issue(met[0])
    assert Certificate.objects.count() == 0

    tasks.carry_on_certificate_runs()

    run.refresh_from_db()
    assert outcomes(run) == {"done": 3}
    assert run.finished_at is not None
    assert {page.issued_by_id for page in Certificate.objects.all()} == {met[0].officer.pk}
    assert all(certificates.is_genuine(year.certificate) for year in met)
    assert set(run.items.values_list("result", flat=True)) == set(Certificate.objects.values_list("pk", flat=True))


def test_issue_leaves_years_of_another_bureau_and_years_not_met(met: list[Year]) -> None:
    fulfilled_year(person=make.PersonFactory(), base=met[0].base, bureau=met[0].bureau, stop_at="audited")
    elsewhere = make.BureauFactory(region=make.lankao())

    assert begin_issue(met[0]).items.count() == 3
    assert list(AnnualRecord.objects.due_for_page(elsewhere)) == []


def test_issue_refuses_when_nothing_is_due() -> None:
    year = fulfilled_year()

    with pytest.raises(certificate_runs.NothingDue):
        begin_issue(year)
    assert not CertificateRun.objects.exists()


def test_issue_refuses_while_one_is_under_way(met: list[Year]) -> None:
    begin_issue(met[0])

    with pytest.raises(certificate_runs.UnderWay):
        begin_issue(met[0])
    assert CertificateRun.objects.count() == 1


def test_issue_leaves_the_officer_s_own_year_to_a_colleague(met: list[Year]) -> None:
    make.MembershipFactory(person=met[1].person, organisation=met[0].bureau, role="officer")
    run = certificate_runs.begin_issue(bureau=met[0].bureau, by=met[1].person, now=LATER)
    certificate_runs.carry_on(run=run)

    assert outcomes(run) == {"done": 2, "left": 1}
    assert run.items.get(record__person=met[1].person).why == Why.OWN
    assert not Certificate.objects.filter(book__person=met[1].person).exists()


def test_carry_on_takes_up_to_the_chunk_and_the_next_sweep_the_rest(met: list[Year]) -> None:
    run = begin_issue(met[0])
    certificate_runs.carry_on(run=run, most=2)
    assert outcomes(run) == {"done": 2, "waiting": 1}

    certificate_runs.carry_on(run=run, most=2)
    assert outcomes(run) == {"done": 3}


@pytest.mark.parametrize("lines_before_death", range(6))
def test_a_killed_worker_loses_nothing_and_repeats_nothing(lines_before_death: int, met: list[Year]) -> None:
    class Killed(BaseException):
        pass

    run = begin_issue(met[0])
    real, written = audit_log.append, iter(range(lines_before_death))

    def append(**facts: object) -> AuditLogEntry:
        if next(written, None) is None:
            raise Killed
        return real(**facts)  # type: ignore[arg-type]

    with mock.patch.object(audit_log, "append", append):
        try:
            tasks.carry_on_certificate_runs()
        except Killed:
            run.refresh_from_db()
            assert run.finished_at is None
    tasks.carry_on_certificate_runs()
    tasks.carry_on_certificate_runs()

    assert outcomes(run) == {"done": 3}
    assert Certificate.objects.count() == 3
    assert AuditLogEntry.objects.filter(action="certificate.issue").count() == 3
    assert AuditLogEntry.objects.filter(action="certificate_run.finish").count() == 1


def test_the_database_s_own_trouble_leaves_the_page_waiting(met: list[Year]) -> None:
    run = begin_issue(met[0])
    with mock.patch.object(certificates, "issue_if_due", side_effect=OperationalError):
        tasks.carry_on_certificate_runs()

    assert outcomes(run) == {"waiting": 3}
    tasks.carry_on_certificate_runs()
    assert outcomes(run) == {"done": 3}


def test_a_fault_of_one_page_does_not_stop_the_others(met: list[Year]) -> None:
    run = begin_issue(met[0])
    real = certificates.issue_if_due

    def issue(**facts: object) -> Certificate | None:
        if facts["person"] == met[1].person:
            message = "no"
            raise ValueError(message)
        return real(**facts)  # type: ignore[arg-type]

    with mock.patch.object(certificates, "issue_if_due", issue):
        certificate_runs.carry_on(run=run)

    assert outcomes(run) == {"done": 2, "left": 1}
    assert run.items.get(outcome="left").why == Why.FAILED


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_issue_each_page_once() -> None:
    first = met_year()
    years = [first, *(met_year(like=first) for _number in range(4))]
    run = begin_issue(first)
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        tasks.carry_on_certificate_runs()
        connection.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tasks.carry_on_certificate_runs()

    assert outcomes(run) == {"done": len(years)}
    assert Certificate.objects.count() == len(years)
    assert AuditLogEntry.objects.filter(action="certificate_run.finish").count() == 1


def test_reissue_replaces_each_page_and_says_why() -> None:
    year = fulfilled_year()
    old = year.certificate
    run = begin_change(year, Kind.REISSUE, "name_corrected")
    tasks.carry_on_certificate_runs()

    old.refresh_from_db()
    assert (old.state, old.replacement_reason) == ("replaced", "name_corrected")
    assert old.replaced_by == run.items.get().result
    assert AuditLogEntry.objects.get(action="certificate.replace").facts["text"] == run.reason_text


def test_revoke_ends_each_page_and_says_why() -> None:
    year = fulfilled_year()
    begin_change(year, Kind.REVOKE, "fraud")
    tasks.carry_on_certificate_runs()

    assert (year.certificate.state, year.certificate.revocation_reason) == ("revoked", "fraud")
    assert AuditLogEntry.objects.get(action="certificate.revoke").facts["text"]


def test_change_of_a_page_somebody_else_ended_leaves_it() -> None:
    year = fulfilled_year()
    run = begin_change(year, Kind.REVOKE, "fraud")
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="issued_in_error", now=LATER)
    certificate_runs.carry_on(run=run)

    assert run.items.get().why == Why.NO_LONGER_DUE
    assert year.certificate.revocation_reason == "issued_in_error"


@pytest.mark.parametrize(
    ("kind", "reason", "text"),
    [
        (Kind.REVOKE, "", "因故"),
        (Kind.REVOKE, "name_corrected", "因故"),
        (Kind.REISSUE, "other", " "),
        (Kind.ISSUE, "other", "因故"),
    ],
    ids=["none", "of the other kind", "no words", "not a change"],
)
def test_change_needs_a_reason_and_words(kind: CertificateRun.Kind, reason: str, text: str) -> None:
    with pytest.raises(certificate_runs.NoReason):
        begin_change(fulfilled_year(), kind, reason, text=text)
    assert not CertificateRun.objects.exists()


def test_change_refuses_another_bureau_s_page() -> None:
    other: Organisation = make.BureauFactory(region=make.lankao())

    with pytest.raises(certificate_runs.NotValid):
        begin_change(fulfilled_year(), Kind.REVOKE, "fraud", bureau=other)


def test_change_refuses_a_page_that_is_not_valid_any_more() -> None:
    year = fulfilled_year()
    certificates.revoke(certificate=year.certificate, by=year.officer, reason="fraud", now=LATER)

    with pytest.raises(certificate_runs.NotValid):
        begin_change(year, Kind.REVOKE, "fraud")


def test_ledger_check_finds_nothing_in_what_runs_leave(met: list[Year], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)
    begin_issue(met[0])
    tasks.carry_on_certificate_runs()
    begin_change(met[0], Kind.REISSUE, "hours_corrected")
    tasks.carry_on_certificate_runs()

    assert list(ledger_check.run().differences) == []


def test_no_page_is_issued_in_the_name_of_who_was_deactivated(met: list[Year]) -> None:
    run = begin_issue(met[0])
    Person.objects.filter(pk=met[0].officer.pk).update(is_active=False)

    tasks.carry_on_certificate_runs()

    assert set(run.items.values_list("outcome", "why")) == {("left", Why.OFFICER_LEFT)}
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("kind", [Kind.ISSUE, Kind.REVOKE])
def test_a_role_that_was_taken_ends_its_runs_at_once(met: list[Year], kind: CertificateRun.Kind) -> None:
    if kind == Kind.ISSUE:
        run = begin_issue(met[0])
    else:
        begin_issue(met[0])
        tasks.carry_on_certificate_runs()
        run = begin_change(met[0], kind, "fraud")
    issued = Certificate.objects.count()
    Membership.objects.filter(person=met[0].officer, organisation=met[0].bureau).delete()

    tasks.carry_on_certificate_runs()

    run.refresh_from_db()
    assert run.finished_at is not None
    assert set(run.items.values_list("outcome", "why")) == {("left", Why.OFFICER_LEFT)}
    assert Certificate.objects.count() == issued == Certificate.objects.standing().count()
