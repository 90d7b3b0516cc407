from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.models import CoursePage
from learning.actions import enrolments, evidence, years
from learning.models import Edition, Organisation, Person
from learning.rules.eligibility import Refusal, Tier
from learning.rules.requirements import PromotionTrack, TitleLevel
from tests.factories import cms as make_cms
from tests.factories import guards
from tests.factories import learning as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "rule")]

Catalogue = Callable[..., list[str]]


def _count(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_course_page_asks_as_much_for_three_lectures_as_for_one(client: Client) -> None:
    make_cms.published(slug="one", seconds=(60,), approved_centihours=200)
    make_cms.published(slug="three", seconds=(60, 60, 60))

    assert _count(client, "/courses/three/") == _count(client, "/courses/one/")


def test_course_page_shows_the_edition_and_not_the_draft(client: Client, base: Organisation) -> None:
    page = make_cms.course_page(base, slug="ethics")
    make_cms.published(page)
    page = CoursePage.objects.get(pk=page.pk)
    page.title, page.approved_centihours = "改了还没发布", 300
    page.save_revision(clean=False)

    shown = client.get("/courses/ethics/").content.decode()

    assert "改了还没发布" not in shown
    assert "4.0" in shown


def test_course_page_is_complete_in_english(client: Client) -> None:
    make_cms.published(slug="ethics")

    shown = client.get("/en/courses/ethics/").content.decode()

    for words in ("Data security 1", "How to protect personal data", "Deal with a leak", "Ms Zhou", "Lecture 2"):
        assert words in shown
    assert "30 seconds" in shown
    assert "周老师" not in shown


def test_shelf_and_draft_have_no_address(client: Client, base: Organisation) -> None:
    make_cms.course_page(base, slug="draft")

    assert client.get("/courses/draft/").status_code == 404
    assert client.get(f"/courses/{base.slug}/").status_code == 404
    assert client.get(f"/courses/{base.slug}/draft/").status_code == 404


def _open(client: Client, person: Person | None, key: str = "ethics") -> Any:
    if person is not None:
        client.force_login(person)
    answer = client.get(f"/courses/{key}/")
    return answer.context["standing"], answer.content.decode()


def test_visitor_is_asked_to_sign_in(client: Client) -> None:
    make_cms.published(slug="ethics")

    standing, shown = _open(client, None)

    assert standing.stage == "visitor"
    assert "/accounts/login/?next=/courses/ethics/" in shown


def test_learner_may_enrol_and_reads_what_it_counts_as(client: Client, ada: Person) -> None:
    make_cms.published(slug="ethics")

    standing, shown = _open(client, ada)

    assert standing.stage == "may_enrol"
    assert 'action="/courses/ethics/enrol/"' in shown
    assert "规则 2026-1" in shown


def test_editor_is_not_told_that_a_rule_refuses_them(client: Client) -> None:
    make_cms.published(slug="ethics")

    standing, shown = _open(client, make.PersonFactory(title_level=""))

    assert (standing.stage, standing.reasons) == ("staff", ())
    assert "/enrol/" not in shown


def test_refused_learner_reads_every_rule_before_anything_else(client: Client) -> None:
    person = make.PersonFactory(
        title_level=TitleLevel.SENIOR_ASSOCIATE, promotion_track=PromotionTrack.ASSOCIATE_TO_FULL
    )
    make.RequirementFactory(title_level=TitleLevel.SENIOR_ASSOCIATE)
    county = make.BaseFactory(tier=Tier.COUNTY, region=make.lankao())
    make_cms.published(make_cms.course_page(county, slug="ethics"))

    standing, shown = _open(client, person)

    assert standing.reasons == (
        Refusal.PROMOTION_NEEDS_MUNICIPAL,
        Refusal.COUNTY_BASE_LEVEL,
        Refusal.COUNTY_BASE_REGION,
    )
    assert "/enrol/" not in shown
    assert shown.index("R16") < shown.index("第1讲")
    assert "R25" in shown


def _enrolled(ada: Person) -> Any:
    return enrolments.enrol(person=ada, edition=Edition.objects.get(), now=make.NOON)


def test_enrolled_learner_continues_with_the_first_lecture_that_lacks_evidence(client: Client, ada: Person) -> None:
    edition = make_cms.published(slug="ethics")
    place = _enrolled(ada)
    lesson = edition.lessons.get(number=1)
    evidence.record_watched(enrolment=place, lesson=lesson, covered_s=60, digest="0" * 64, now=make.NOON)

    standing, _shown = _open(client, ada)

    assert (standing.stage, standing.completed_count, standing.next_lesson.number) == ("studying", 1, 2)


def test_learner_who_watched_all_is_sent_to_the_exam_and_then_is_done(
    client: Client, ada: Person, bureau: Organisation
) -> None:
    edition = make_cms.published(slug="ethics")
    place = _enrolled(ada)
    for lesson in edition.lessons.all():
        evidence.record_watched(enrolment=place, lesson=lesson, covered_s=60, digest="0" * 64, now=make.NOON)
    assert _open(client, ada)[0].stage == "exam"

    evidence.record_passed(enrolment=place, score_percent=80, attempt_id=1, digest="0" * 64, now=make.NOON)

    standing, shown = _open(client, ada)
    assert standing.stage == "done"
    assert "/enrol/" not in shown


def test_learner_whose_place_ended_is_refused_until_the_year_is_opened_again(client: Client, ada: Person) -> None:
    make_cms.published(slug="ethics")
    place = _enrolled(ada)
    guards.rewrite_rules(place.requirement_id, cutoff_on=dt.date(2026, 11, 18))
    years.close_block(now=make.NOON)

    standing, shown = _open(client, ada)
    assert (standing.stage, standing.reasons) == ("refused", (Refusal.YEAR_CLOSED,))

    guards.rewrite_rules(place.requirement_id, cutoff_on=dt.date(2026, 12, 31))

    standing, shown = _open(client, ada)
    assert standing.stage == "may_enrol"
    assert 'action="/courses/ethics/enrol/"' in shown


def test_learner_keeps_the_edition_they_began(client: Client, ada: Person, base: Organisation) -> None:
    page = make_cms.course_page(base, slug="ethics")
    first = make_cms.published(page)
    _enrolled(ada)
    page = CoursePage.objects.get(pk=page.pk)
    page.approved_centihours = 300
    make_cms.published(page)

    standing, _shown = _open(client, ada)

    assert (standing.edition.pk, standing.is_newer_published) == (first.pk, True)


def test_course_page_says_when_an_hour_is_short_and_not_otherwise(client: Client, base: Organisation) -> None:
    make_cms.published(make_cms.course_page(base, slug="short"))
    make.RequirementFactory(title_level="junior", hour_seconds=2_700)
    make_cms.published(make_cms.course_page(base, slug="real", seconds=(2_700,), approved_centihours=100))

    assert "30 秒" in client.get("/courses/short/").content.decode()
    assert "30 秒" not in client.get("/courses/real/").content.decode()
