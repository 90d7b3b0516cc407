"""Why an entry is the number it is."""

import pytest
from django.test import Client

from learning.actions import credits, evidence
from learning.models import Person
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def year() -> years.Year:
    return years.fulfilled_year()


def page_of(client: Client, person: Person, pk: int) -> str:
    client.force_login(person)
    return client.get(f"/me/hours/{pk}/why/").text


def test_why_lays_the_arithmetic_open(client: Client, year: years.Year) -> None:
    entry = year.entries[0]

    page = page_of(client, year.person, entry.pk)

    # 26.0 hours of 30 s: 780 s measured, at most 26.0, approved 26.0.
    assert "为什么是 26.0 学时？" in page
    assert "780 秒 ÷ 每学时 30 秒，向下取整" in page
    assert "考试 88 分（60 分及格）" in page
    assert "2026-1" in page
    assert entry.digest in page


def test_why_shows_every_lesson_with_its_evidence(client: Client, year: years.Year) -> None:
    entry = year.entries[0]

    page = page_of(client, year.person, entry.pk)

    for item in entry.evidence.filter(kind="watched"):
        assert item.digest[:12] in page
    assert f'hx-get="/why/lessons/{entry.enrolment_id}/1/"' in page or "hx-get" in page


def test_why_shows_who_decided_and_when(client: Client, year: years.Year) -> None:
    page = page_of(client, year.person, year.entries[0].pk)

    assert page.count("2026-11-19") >= 2
    assert year.base.name_zh in page
    assert year.bureau.name_zh in page


def test_why_of_claimed_hours_names_the_document(client: Client, learner: Person, requirement: object) -> None:
    facts = {
        "title_zh": "省级研修班",
        "title_en": "Provincial workshop",
        "subject_kind": "professional",
        "centihours": 800,
        "document": "豫人社 2026-17",
    }
    claimed = evidence.record_claimed(person=learner, facts=facts, digest="cc" * 32, now=NOON)
    entry = credits.claim(evidence=claimed, year=2026, auditor=make.BaseFactory(), earned_at=NOON, now=NOON)

    page = page_of(client, learner, entry.pk)

    assert "豫人社 2026-17" in page
    assert "cc" * 32 in page


def test_why_of_an_unknown_entry_is_not_found(client: Client, learner: Person) -> None:
    client.force_login(learner)

    assert client.get("/me/hours/999/why/").status_code == 404
