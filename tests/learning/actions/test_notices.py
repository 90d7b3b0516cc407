"""Every act tells whom it concerns, once, and only if it happened."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from learning.actions import certificates, credits, notices, reversals
from learning.models import Certificate, CreditDecision, Notice, Person, Role
from learning.rules.notices import NoticeKind
from learning.rules.reasons import ReturnReason, SendBackReason
from tests.factories import learning as make
from tests.factories import notices as make_notices
from tests.factories import runs, years
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office(entries=1)


def kinds_of(person: Person) -> list[str]:
    return list(Notice.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))


def test_confirming_tells_the_learner_with_the_facts_of_both_languages(office: Office) -> None:
    office.confirm(office.approved())

    (entry,) = office.entries
    notice = Notice.objects.get(person=entry.person)
    assert (notice.kind, notice.created_at, notice.office) == (NoticeKind.CONFIRMED, NOON, None)
    assert notice.facts == {
        "entry": entry.pk,
        "year": 2026,
        "title_zh": entry.title_zh,
        "title_en": entry.title_en,
        "centihours": 400,
        "reason": "",
        "office_zh": office.bureau.name_zh,
        "office_en": office.bureau.name_en,
    }


def test_auditing_tells_nobody(office: Office) -> None:
    office.approved()

    assert not Notice.objects.exists()


def test_returning_tells_the_learner_the_reason_by_its_code_alone(office: Office) -> None:
    (entry,) = office.entries
    words = "身份证号 410203198802032626 不清楚"
    credits.return_to_learner(
        entry=entry, by=office.auditor, reason_code=ReturnReason.IDENTITY, reason_text=words, now=NOON
    )

    notice = Notice.objects.get()
    assert (notice.person, notice.kind) == (entry.person, NoticeKind.RETURNED)
    assert notice.facts["reason"] == ReturnReason.IDENTITY
    assert words not in str(notice.facts)


def test_sending_back_tells_the_bases_auditors_as_its_members(office: Office) -> None:
    second = make.MembershipFactory(organisation=office.base, role=Role.AUDITOR).person
    gone = make.MembershipFactory(organisation=office.base, role=Role.AUDITOR).person
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    make.MembershipFactory(organisation=office.base, role=Role.EDITOR)
    office.approved()

    credits.send_back(
        entry=office.entries[0], by=office.officer, reason_code=SendBackReason.SCOPE, reason_text="", now=NOON
    )

    told = list(Notice.objects.order_by("person_id"))
    assert [notice.person for notice in told] == [office.auditor, second]
    assert {(notice.kind, notice.office) for notice in told} == {(NoticeKind.SENT_BACK, office.base)}
    assert told[0].facts["slug"] == office.base.slug


def test_a_fulfilled_year_tells_of_its_hours_and_then_of_its_page() -> None:
    year = years.fulfilled_year()

    assert kinds_of(year.person) == [NoticeKind.CONFIRMED, NoticeKind.CONFIRMED, NoticeKind.ISSUED]
    issued = Notice.objects.get(kind=NoticeKind.ISSUED)
    assert issued.facts["serial"] == year.certificate.serial


def test_reversing_tells_of_the_hours_and_of_the_page() -> None:
    year = years.fulfilled_year()
    reversals.reverse(
        entry=year.entries[0], by=year.officer, reason_code=SendBackReason.HOURS, reason_text="重复", now=NOON
    )

    assert kinds_of(year.person)[3:] == [NoticeKind.REVERSED, NoticeKind.REVOKED]


def test_reissuing_tells_of_the_new_page_once() -> None:
    year = years.fulfilled_year()
    fresh = certificates.reissue(
        certificate=year.certificate, by=year.officer, reason=Certificate.ReplacementReason.OTHER, now=NOON
    )

    assert kinds_of(year.person)[3:] == [NoticeKind.REPLACED]
    assert Notice.objects.get(kind=NoticeKind.REPLACED).facts["by_serial"] == fresh.serial


def test_what_is_rolled_back_tells_nobody(office: Office) -> None:
    office.approved()
    with transaction.atomic():
        credits.confirm(entry=office.entries[0], by=office.officer, now=NOON)
        told_inside = Notice.objects.count()
        transaction.set_rollback(True)

    assert (told_inside, Notice.objects.count()) == (1, 0)


def test_a_refused_second_verdict_tells_nobody_again(office: Office) -> None:
    office.confirm(office.approved())
    with pytest.raises(credits.AlreadyDecided):
        credits.confirm(entry=office.entries[0], by=office.officer, now=NOON)

    assert Notice.objects.count() == 1


def test_telling_the_same_decisions_again_adds_nothing(office: Office) -> None:
    office.confirm(office.approved())
    notices.tell_decisions(CreditDecision.objects.select_related("entry__auditor", "organisation"))

    assert Notice.objects.count() == 1


def test_a_confirmation_run_tells_everybody_of_hours_and_pages_as_single_acts_do() -> None:
    office = Office(entries=3)
    office.approved()
    runs.work(runs.running(office))

    told = Notice.objects.filter(kind=NoticeKind.CONFIRMED)
    assert {notice.person_id for notice in told} == {entry.person_id for entry in office.entries}
    decided = CreditDecision.objects.filter(verdict="confirmed").values_list("pk", flat=True)
    assert {notice.source_key for notice in told} == {f"decision:{pk}" for pk in decided}


@pytest.mark.parametrize("count", [1, 3])
def test_tell_decisions_is_one_statement_whatever_it_tells(count: int) -> None:
    office = Office(entries=count)
    office.confirm(office.approved())
    Notice.objects.all().delete()
    decisions = list(CreditDecision.objects.filter(verdict="confirmed").select_related("entry", "organisation"))
    with CaptureQueriesContext(connection) as queries:
        notices.tell_decisions(decisions)

    assert len(queries) == 1
    assert Notice.objects.count() == count


def test_mark_read_keeps_the_first_time(ada: Person) -> None:
    make_notices.confirmed(ada)
    mine = Notice.objects.visible_to(ada)

    assert notices.mark_read(mine, now=NOON) == 1
    assert notices.mark_read(mine, now=NOON + make_notices.DAY) == 0
    assert Notice.objects.get().read_at == NOON
