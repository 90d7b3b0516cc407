"""R13 to R22: how many hours, of which kind, who signs for them, and what a year without them costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from learning.actions import credits, evidence
from learning.models import AnnualRecord, Certificate, CreditEntry, Membership, Organisation, Person, Role
from learning.rules.accounting import AccountingScheme
from learning.rules.credit_states import State
from learning.rules.requirements import TitleLevel
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.rules import Studio, a_draft
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db

SENIOR: dict[str, Any] = {"title_level": TitleLevel.SENIOR_ASSOCIATE}
INTERMEDIATE: dict[str, Any] = {"title_level": TitleLevel.INTERMEDIATE}
JUNIOR: dict[str, Any] = {"title_level": TitleLevel.JUNIOR, "total_centihours": 7_400, "public_centihours": 2_200}
#: Order 25: ninety hours, two thirds of them professional, no number of public ones.
NATION: dict[str, Any] = {"total_centihours": 9_000, "public_centihours": 0}
TWO_THIRDS: dict[str, Any] = {"professional_share_numerator": 2, "professional_share_denominator": 3}


def confirmed(total: int, public: int, **rule: Any) -> Year:
    """Let a learner earn these hours under this rule; the base audits them, the bureau confirms them."""
    requirement = make.RequirementFactory(**rule)
    learner = make.PersonFactory(title_level=requirement.title_level)
    return fulfilled_year(
        person=learner,
        requirement=requirement,
        public_centihours=public * 100,
        professional_centihours=(total - public) * 100,
    )


def is_qualified(year: Year) -> bool:
    """Say whether the year is registered and its page issued: both or neither."""
    record = AnnualRecord.objects.get(person=year.person, year=2026)
    has_page = Certificate.objects.standing().filter(record=record).exists()
    assert has_page == (record.state == AnnualRecord.State.CONFIRMED)
    return has_page


def test_r13_a_region_that_counts_in_points_says_the_same_hours_in_points() -> None:
    Studio().issued(replace(a_draft(), accounting=AccountingScheme.POINTS, point_centihours=1_000))

    page = Client().get("/en/rules/2026/")

    assert "8.6 points" in page.text


@pytest.mark.parametrize("level", [SENIOR, INTERMEDIATE], ids=["senior", "intermediate"])
@pytest.mark.parametrize(
    ("total", "public", "qualifies"),
    [(86, 26, True), (86, 25, False), (85, 26, False), (74, 22, False), (100, 25, False)],
    ids=["(86,26)", "(86,25)", "(85,26)", "(74,22)", "(100,25): surplus professional hours fill no public ones"],
)
def test_r14_senior_and_intermediate(level: dict[str, Any], total: int, public: int, qualifies: bool) -> None:
    assert is_qualified(confirmed(total, public, **level)) is qualifies


@pytest.mark.parametrize(
    ("total", "public", "qualifies"),
    [(74, 22, True), (74, 21, False), (73, 22, False)],
    ids=["(74,22)", "(74,21)", "(73,22)"],
)
def test_r15_junior(total: int, public: int, qualifies: bool) -> None:
    assert is_qualified(confirmed(total, public, **JUNIOR)) is qualifies


@pytest.mark.parametrize(
    ("total", "public", "share", "qualifies"),
    [
        (90, 30, TWO_THIRDS, True),
        (90, 31, TWO_THIRDS, False),
        (89, 29, TWO_THIRDS, False),
        (90, 31, {}, True),
    ],
    ids=["(90, public 30)", "(90, public 31): professional 59 of 60", "(89, public 29)", "(90, public 31) without it"],
)
def test_r14_ninety_with_two_thirds(total: int, public: int, share: dict[str, Any], qualifies: bool) -> None:
    """Order 25 in the place of the city's numbers: the share is data, on or off."""
    assert is_qualified(confirmed(total, public, **NATION, **share)) is qualifies


def test_r18_hours_are_reported_by_the_base_confirmed_by_the_bureau_and_then_registered() -> None:
    year = fulfilled_year(stop_at="audited")
    record = AnnualRecord.objects.get(person=year.person)
    assert (record.state, Certificate.objects.count()) == (AnnualRecord.State.OPEN, 0)

    for entry in year.entries:
        credits.confirm(entry=entry, by=year.officer, now=NOON + dt.timedelta(hours=1))

    record.refresh_from_db()
    assert (record.state, record.confirmed_at) == (AnnualRecord.State.CONFIRMED, NOON + dt.timedelta(hours=1))
    page = year.certificate
    assert (page.issuer, page.issued_by, page.facts["public_centihours"]) == (year.bureau, year.officer, 2_600)


def claimed(person: Person, auditor: Organisation) -> CreditEntry:
    """Claim a congress the person went to, with the body that audits it."""
    facts = {"title_zh": "学术会议", "title_en": "Congress", "centihours": 1_200, "subject_kind": "professional"}
    held = evidence.record_claimed(person=person, facts=facts | {"document": "c1"}, digest="c" * 64, now=NOON)
    return credits.claim(evidence=held, year=2026, auditor=auditor, earned_at=NOON, now=NOON)


@pytest.mark.parametrize("kind", [Organisation.Kind.BASE, Organisation.Kind.DEPARTMENT])
def test_r19_professional_hours_are_audited_by_department_or_base_and_confirmed_by_the_bureau(
    ada: Person, requirement: object, bureau: Organisation, kind: Organisation.Kind
) -> None:
    body = make.BaseFactory() if kind == Organisation.Kind.BASE else make.OrganisationFactory(kind=kind)
    entry = claimed(ada, body)
    auditor, officer = make.PersonFactory(title_level=""), make.PersonFactory(title_level="")
    Membership.objects.create(person=auditor, organisation=body, role=Role.AUDITOR)
    Membership.objects.create(person=officer, organisation=bureau, role=Role.OFFICER)
    desk = Client()
    desk.force_login(auditor)
    assert "Congress" in desk.get(f"/en/base/{body.slug}/audit/").text

    credits.approve(entry=entry, by=auditor, now=NOON)
    credits.confirm(entry=entry, by=officer, now=NOON)

    assert CreditEntry.objects.get(pk=entry.pk).standing.state == State.CONFIRMED


def test_r21_a_year_without_its_certificate_is_no_year_for_a_promotion(ada: Person) -> None:
    rule = make.RequirementFactory(year=2025, cutoff_on=dt.date(2025, 12, 31))
    fulfilled_year(person=ada, requirement=rule, now=NOON - dt.timedelta(days=365))
    client = Client()
    client.force_login(ada)
    assert "0 of 5 years are in order" not in client.get("/en/me/promotion/").text

    Certificate.objects.update(revoked_at=NOON, revocation_reason="fraud")

    assert "0 of 5 years are in order" in client.get("/en/me/promotion/").text


def test_r35_attendance_alone_and_a_pass_alone_earn_nothing(ada: Person, bureau: Organisation) -> None:
    """«passed the examination shall be awarded»: watched and passed, then the base, the bureau, the certificate."""
    watched = make.EnrolmentFactory(person=ada)
    passed = make.EnrolmentFactory(person=ada)
    for lesson in watched.edition.lessons.all():
        evidence.record_watched(enrolment=watched, lesson=lesson, covered_s=60, digest=f"{lesson.pk:064}", now=NOON)
    evidence.record_passed(enrolment=passed, score_percent=90, attempt_id=1, digest="p" * 64, now=NOON)

    assert CreditEntry.objects.count() == 0

    evidence.record_passed(enrolment=watched, score_percent=90, attempt_id=2, digest="q" * 64, now=NOON)
    assert CreditEntry.objects.get().enrolment == watched


def test_r35_what_was_attended_and_passed_ends_in_a_certificate(ada: Person) -> None:
    year = fulfilled_year(person=ada)

    assert [item["number"] for item in year.certificate.facts["entries"]] == [entry.pk for entry in year.entries]
