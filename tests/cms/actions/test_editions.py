from __future__ import annotations

from typing import Any

import pytest

from cms.actions import editions
from cms.models import CoursePage
from learning.actions.editions import NotPublishable, Objection
from learning.models import BaseProfile, Edition, Organisation, Region
from learning.rules.eligibility import Tier
from learning.rules.requirements import SubjectKind
from tests.factories import cms as make_cms
from tests.factories import learning as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site", "rule")]


def test_publish_writes_the_edition_and_its_lessons(base: Organisation) -> None:
    page = make_cms.course_page(base, seconds=(60, 30), approved_centihours=300)

    edition = make_cms.published(page)

    assert (edition.course_key, edition.version, edition.title_en) == (page.slug, 1, page.title_en)
    assert (edition.approved_centihours, edition.hour_seconds) == (300, 30)
    assert [(lesson.number, lesson.title_zh, lesson.duration_ms) for lesson in edition.lessons.all()] == [
        (1, "第1讲", 60_000),
        (2, "第2讲", 30_000),
    ]
    assert edition.lessons.get(number=1).captions_en_name.endswith(".en.vtt")


def test_publish_again_unchanged_keeps_the_edition(base: Organisation) -> None:
    page = make_cms.course_page(base)
    first = make_cms.published(page)

    again = make_cms.published(CoursePage.objects.get(pk=page.pk))

    assert again.pk == first.pk
    assert Edition.objects.count() == 1


def test_publish_after_an_edit_writes_a_new_edition_and_leaves_the_old_lessons(base: Organisation) -> None:
    page = make_cms.course_page(base)
    first = make_cms.published(page)
    before = list(first.lessons.values())
    page = CoursePage.objects.get(pk=page.pk)
    lecture = page.lectures.first()
    lecture.media = make_cms.media(base, seconds=90)
    page.lectures = [lecture]
    page.approved_centihours = 300

    second = make_cms.published(page)

    assert second.version == 2
    assert [lesson.duration_ms for lesson in second.lessons.all()] == [90_000]
    assert list(first.lessons.values()) == before


OBJECTIONS: dict[str, tuple[dict[str, Any], dict[str, Any], Objection]] = {
    "scope": ({"may_teach_public": False}, {}, Objection.OUT_OF_SCOPE),
    "professional": (
        {"may_teach_professional": False},
        {"subject_kind": SubjectKind.PROFESSIONAL},
        Objection.OUT_OF_SCOPE,
    ),
    "suspended": ({"status": BaseProfile.Status.SUSPENDED}, {}, Objection.BASE_INACTIVE),
    "credit": ({}, {"approved_centihours": 410}, Objection.CREDIT_TOO_HIGH),
    "exam": ({}, {"pass_mark_percent": 0}, Objection.EXAM_UNFIT),
    "topic": ({}, {"topic": None}, Objection.TOPIC_MISSING),
    "lectures": ({}, {"seconds": ()}, Objection.NO_LESSONS),
}


@pytest.mark.parametrize(("profile", "facts", "objection"), OBJECTIONS.values(), ids=OBJECTIONS.keys())
def test_publish_refuses_and_nothing_is_live(
    profile: dict[str, Any], facts: dict[str, Any], objection: Objection
) -> None:
    page = make_cms.course_page(make.BaseFactory(profile=profile), **facts)

    with pytest.raises(NotPublishable) as refusal:
        page.save_revision(clean=False).publish()

    assert objection in refusal.value.objections
    assert CoursePage.objects.get(pk=page.pk).live is False
    assert list(Edition.objects.all()) == []


@pytest.mark.parametrize("missing", ["captions_zh", "captions_en"])
def test_publish_refuses_a_lecture_without_captions(base: Organisation, missing: str) -> None:
    page = make_cms.course_page(base)
    lecture = page.lectures.first()
    nothing: dict[str, Any] = {missing: ""}
    lecture.media = make_cms.media(base, **nothing)
    page.lectures = [lecture]

    with pytest.raises(NotPublishable) as refusal:
        page.save_revision(clean=False).publish()

    assert Objection.NO_CAPTIONS in refusal.value.objections


def test_publish_refuses_a_key_of_another_base(base: Organisation) -> None:
    make.EditionFactory(course_key="taken")

    with pytest.raises(NotPublishable) as refusal:
        make_cms.published(make_cms.course_page(base, slug="taken"))

    assert refusal.value.objections == (Objection.COURSE_OF_ANOTHER_BASE,)


def test_refused_republication_leaves_the_live_page_as_it_was(base: Organisation) -> None:
    page = make_cms.course_page(base)
    make_cms.published(page)
    page = CoursePage.objects.get(pk=page.pk)
    page.title_en = "Worth too much"
    page.approved_centihours = 9_000

    with pytest.raises(NotPublishable):
        page.save_revision(clean=False).publish()

    assert CoursePage.objects.get(pk=page.pk).title_en != "Worth too much"
    assert Edition.objects.count() == 1


def test_publish_refuses_where_no_rule_is_in_force() -> None:
    region = Region.objects.create(code="420000", name_zh="湖北省", name_en="Hubei")
    page = make_cms.course_page(make.BaseFactory(region=region, tier=Tier.MUNICIPAL))

    with pytest.raises(editions.NoRuleInForce):
        page.save_revision(clean=False).publish()

    assert CoursePage.objects.get(pk=page.pk).live is False


def test_publish_approves_under_the_longest_hour_of_the_region(base: Organisation) -> None:
    make.RequirementFactory(title_level="junior", hour_seconds=60)

    with pytest.raises(NotPublishable):
        make_cms.published(make_cms.course_page(base, approved_centihours=400))
    edition = make_cms.published(make_cms.course_page(base, approved_centihours=200))

    assert edition.hour_seconds == 60


def test_publish_records_who_published(base: Organisation, ada: Any) -> None:
    page = make_cms.course_page(base)
    ada.is_superuser = ada.is_staff = True
    ada.save()

    page.save_revision(clean=False).publish(user=ada)

    assert Edition.objects.get().published_by == ada


def test_unpublish_retires_the_edition_and_publishing_opens_a_new_one(base: Organisation) -> None:
    page = make_cms.course_page(base)
    first = make_cms.published(page)

    CoursePage.objects.get(pk=page.pk).unpublish()
    first.refresh_from_db()
    assert first.status == Edition.Status.RETIRED
    assert editions.retire(page, by=None, now=make.NOON) == 0

    again = make_cms.published(CoursePage.objects.get(pk=page.pk))
    assert (again.version, again.status) == (2, Edition.Status.OPEN)


def test_publish_gives_the_course_its_english_address(base: Organisation) -> None:
    page = make_cms.course_page(base)
    make_cms.published(page)

    english = CoursePage.objects.get(slug=page.slug, locale__language_code="en")

    assert (english.alias_of_id, english.live, english.url) == (page.pk, True, f"/en/courses/{page.slug}/")
    assert CoursePage.objects.get(pk=page.pk).url == f"/courses/{page.slug}/"
    assert Edition.objects.count() == 1
