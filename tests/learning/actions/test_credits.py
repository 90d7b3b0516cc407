"""Credit: earned once, audited by the base, confirmed by the bureau, never by oneself."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from learning.actions import credits, evidence
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CreditDecision,
    CreditEntry,
    Enrolment,
    Organisation,
    Person,
)
from learning.models.append_only import AppendOnlyError
from learning.rules.credit_states import State
from learning.rules.digests import digest_of_all
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import fulfilled_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment(bureau: Organisation) -> Enrolment:
    return make.EnrolmentFactory()


def complete(enrolment: Enrolment) -> CreditEntry:
    """Record all that the edition asks for."""
    for lesson in enrolment.edition.lessons.all():
        evidence.record_watched(enrolment=enrolment, lesson=lesson, covered_s=60, digest="aa", now=NOON)
    evidence.record_passed(enrolment=enrolment, score_percent=80, attempt_id=1, digest="bb", now=NOON)
    return CreditEntry.objects.get(enrolment=enrolment)


def test_r35_earn_waits_for_every_lesson_and_the_exam(enrolment: Enrolment) -> None:
    first, second = enrolment.edition.lessons.all()

    evidence.record_watched(enrolment=enrolment, lesson=first, covered_s=60, digest="aa", now=NOON)
    evidence.record_passed(enrolment=enrolment, score_percent=80, attempt_id=1, digest="bb", now=NOON)
    assert CreditEntry.objects.count() == 0

    evidence.record_watched(enrolment=enrolment, lesson=second, covered_s=58, digest="cc", now=NOON)
    entry = CreditEntry.objects.get()
    assert (entry.centihours, entry.kind, entry.standing.state) == (400, "earned", State.EARNED)
    assert entry.evidence_digest == digest_of_all(["aa", "bb", "cc"])
    enrolment.refresh_from_db()
    assert enrolment.status == Enrolment.Status.CREDITED


def test_earn_adds_nothing_the_second_time(enrolment: Enrolment) -> None:
    entry = complete(enrolment)

    assert credits.earn_if_complete(enrolment=enrolment, now=NOON) == entry
    evidence.record_passed(enrolment=enrolment, score_percent=95, attempt_id=2, digest="dd", now=NOON)

    assert list(CreditEntry.objects.all()) == [entry]
    assert entry.evidence.count() == 3


def test_record_watched_refuses_too_little_and_foreign_lessons(enrolment: Enrolment) -> None:
    lesson = enrolment.edition.lessons.get(number=1)
    foreign = make.EditionFactory().lessons.get(number=1)

    with pytest.raises(ValueError, match="57"):
        evidence.record_watched(enrolment=enrolment, lesson=lesson, covered_s=57, digest="aa", now=NOON)
    with pytest.raises(ValueError, match=str(foreign.pk)):
        evidence.record_watched(enrolment=enrolment, lesson=foreign, covered_s=60, digest="aa", now=NOON)

    assert enrolment.evidence.count() == 0


def test_record_passed_refuses_a_failed_score(enrolment: Enrolment) -> None:
    with pytest.raises(ValueError, match="59"):
        evidence.record_passed(enrolment=enrolment, score_percent=59, attempt_id=1, digest="bb", now=NOON)


def test_approve_then_confirm_moves_the_year(enrolment: Enrolment, bureau: Organisation) -> None:
    entry = complete(enrolment)
    auditor, officer = make.PersonFactory(), make.PersonFactory()

    credits.approve(entry=entry, by=auditor, now=NOON)
    record = AnnualRecord.objects.get(person=enrolment.person, year=2026)
    assert (record.pending_public_centihours, record.confirmed_public_centihours) == (400, 0)
    credits.confirm(entry=entry, by=officer, now=NOON)

    record.refresh_from_db()
    assert (record.pending_public_centihours, record.confirmed_public_centihours) == (0, 400)
    assert [d.verdict for d in entry.decisions.all()] == ["approved", "confirmed"]
    assert [e.action for e in AuditLogEntry.objects.all()] == ["credit.earn", "credit.approved", "credit.confirmed"]
    entry.standing.refresh_from_db()
    assert (entry.standing.state, entry.standing.holder) == (State.CONFIRMED, None)


def test_decide_twice_is_refused_and_changes_nothing(enrolment: Enrolment) -> None:
    entry = complete(enrolment)
    auditor = make.PersonFactory()
    credits.approve(entry=entry, by=auditor, now=NOON)

    with pytest.raises(credits.AlreadyDecided):
        credits.approve(entry=entry, by=auditor, now=NOON)
    with pytest.raises(credits.AlreadyDecided):
        credits.return_to_learner(entry=entry, by=auditor, reason_code="other", reason_text="x", now=NOON)

    assert CreditDecision.objects.count() == 1


def test_r18_confirm_before_the_audit_is_refused(enrolment: Enrolment) -> None:
    entry = complete(enrolment)

    with pytest.raises(credits.AlreadyDecided):
        credits.confirm(entry=entry, by=make.PersonFactory(), now=NOON)


def test_nobody_decides_on_their_own_hours(enrolment: Enrolment) -> None:
    entry = complete(enrolment)

    with pytest.raises(credits.OwnHours):
        credits.approve(entry=entry, by=enrolment.person, now=NOON)
    credits.approve(entry=entry, by=make.PersonFactory(), now=NOON)
    with pytest.raises(credits.OwnHours):
        credits.confirm(entry=entry, by=enrolment.person, now=NOON)


def test_r19_the_auditor_never_confirms_what_they_audited(enrolment: Enrolment) -> None:
    entry = complete(enrolment)
    auditor = make.PersonFactory()
    credits.approve(entry=entry, by=auditor, now=NOON)

    with pytest.raises(credits.OwnHours):
        credits.confirm(entry=entry, by=auditor, now=NOON)


def test_r12_r19_nobody_confirms_the_hours_of_a_base_they_belong_to(enrolment: Enrolment) -> None:
    entry = complete(enrolment)
    credits.approve(entry=entry, by=make.PersonFactory(), now=NOON)
    officer = make.PersonFactory()
    membership = make.MembershipFactory(person=officer, organisation=entry.auditor)

    with pytest.raises(credits.OwnHours):
        credits.confirm(entry=entry, by=officer, now=NOON)

    membership.delete()
    credits.confirm(entry=entry, by=officer, now=NOON)


def test_return_then_resubmit_comes_back_to_the_base(enrolment: Enrolment) -> None:
    entry = complete(enrolment)
    auditor = make.PersonFactory()
    credits.return_to_learner(entry=entry, by=auditor, reason_code="exam", reason_text="看不清", now=NOON)
    entry.standing.refresh_from_db()
    assert (entry.standing.state, entry.standing.holder) == (State.RETURNED, None)

    with pytest.raises(credits.OwnHours):
        credits.resubmit(entry=entry, by=auditor, reason_text="", now=NOON)
    credits.resubmit(entry=entry, by=enrolment.person, reason_text="已补充", now=NOON)
    credits.approve(entry=entry, by=auditor, now=NOON)

    assert [(d.sequence, d.verdict) for d in entry.decisions.all()] == [
        (1, "returned"),
        (2, "resubmitted"),
        (3, "approved"),
    ]


def test_send_back_needs_the_bureaus_turn_and_returns_to_the_base(enrolment: Enrolment) -> None:
    entry = complete(enrolment)
    officer = make.PersonFactory()
    credits.approve(entry=entry, by=make.PersonFactory(), now=NOON)

    credits.send_back(entry=entry, by=officer, reason_code="scope", reason_text="超出范围", now=NOON)

    entry.standing.refresh_from_db()
    assert (entry.standing.state, entry.standing.holder) == (State.EARNED, entry.auditor)


def test_meeting_the_rule_issues_one_certificate(bureau: Organisation) -> None:
    requirement = make.RequirementFactory(total_centihours=400, public_centihours=400, version=2)
    enrolment = make.EnrolmentFactory(requirement=requirement)
    entry = complete(enrolment)
    credits.approve(entry=entry, by=make.PersonFactory(), now=NOON)

    credits.confirm(entry=entry, by=make.PersonFactory(), now=NOON + dt.timedelta(hours=1))

    record = AnnualRecord.objects.get(person=enrolment.person)
    certificate = Certificate.objects.get()
    assert record.state == AnnualRecord.State.CONFIRMED
    assert certificate.facts["public_centihours"] == 400
    assert [line["number"] for line in certificate.facts["entries"]] == [entry.pk]


def test_a_document_earns_once_whichever_year_it_is_claimed_for(ada: Person, bureau: Organisation) -> None:
    make.RequirementFactory()
    make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    facts = {"title_zh": "会议", "title_en": "Congress", "centihours": 300, "subject_kind": "public", "document": "c"}
    proof = evidence.record_claimed(person=ada, facts=facts, digest="c" * 64, now=NOON)
    base = make.BaseFactory()

    first = credits.claim(evidence=proof, year=2026, auditor=base, earned_at=NOON, now=NOON)

    assert credits.claim(evidence=proof, year=2027, auditor=base, earned_at=NOON, now=NOON) == first
    assert CreditEntry.objects.count() == 1


def test_acts_on_a_year_are_dated_in_the_order_they_were_done() -> None:
    """Of two officers who sign at once one waits for the other, with a clock that was read before."""
    year = fulfilled_year(stop_at="audited")
    first, second = year.entries
    later = NOON + dt.timedelta(seconds=1)

    credits.confirm(entry=first, by=year.officer, now=later)
    credits.confirm(entry=second, by=year.officer, now=NOON)

    assert [entry.decisions.get(verdict="confirmed").decided_at for entry in year.entries] == [later, later]
    assert year.certificate.issued_at == later


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"], ids=["update", "delete"])
@pytest.mark.parametrize(
    "table", ["learning_creditentry", "learning_evidence", "learning_creditdecision", "learning_lesson"]
)
def test_the_database_refuses_to_change_what_was_written(enrolment: Enrolment, table: str, statement: str) -> None:
    entry = complete(enrolment)
    credits.approve(entry=entry, by=make.PersonFactory(), now=NOON)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_models_refuse_in_words_before_the_database_must(enrolment: Enrolment) -> None:
    entry = complete(enrolment)

    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        entry.delete()
