"""R1 to R4, R11, R16, R17, R23 to R25, R27, R31: who studies what, and whose teaching counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from learning.actions import editions, enrolments, evidence
from learning.actions.editions import EditionDraft, NotPublishable, Objection
from learning.demo import places
from learning.models import AnnualRecord, BaseProfile, CreditEntry, Edition, Organisation, Person, Requirement
from learning.rules.eligibility import Refusal, Tier
from learning.rules.requirements import PromotionTrack, SubjectKind, TitleLevel
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


def refused(person: Person, edition: Edition, now: dt.datetime = NOON) -> tuple[Refusal, ...]:
    """Return the rules that refuse the place; empty: it is theirs."""
    try:
        enrolments.enrol(person=person, edition=edition, now=now)
    except enrolments.NotEligible as refusal:
        return refusal.reasons
    return ()


def taught_by(tier: Tier, *, region: object | None = None, **facts: object) -> Edition:
    return make.EditionFactory(base=make.BaseFactory(tier=tier, region=region or make.kaifeng()), **facts)


def test_r1_every_professional_has_a_record_of_the_year_and_others_have_none(
    ada: Person, requirement: Requirement
) -> None:
    nobody = make.PersonFactory(title_level="")

    assert refused(ada, make.EditionFactory()) == ()
    assert refused(nobody, make.EditionFactory()) == (Refusal.NO_REQUIREMENT,)
    assert [(record.person, record.year) for record in AnnualRecord.objects.all()] == [(ada, 2026)]


@pytest.mark.parametrize("kind", SubjectKind)
def test_r2_an_hour_counts_in_exactly_one_of_the_two_subjects(ada: Person, bureau: object, kind: SubjectKind) -> None:
    topic = make.PublicTopicFactory() if kind == SubjectKind.PUBLIC else None
    edition = make.EditionFactory(subject_kind=kind, topic=topic, exam_required=False)
    enrolment = make.EnrolmentFactory(person=ada, edition=edition)
    for lesson in edition.lessons.all():
        evidence.record_watched(enrolment=enrolment, lesson=lesson, covered_s=60, digest=f"{lesson.pk:064}", now=NOON)

    record = AnnualRecord.objects.get(person=ada)
    sums = {"public": record.pending_public_centihours, "professional": record.pending_professional_centihours}
    assert CreditEntry.objects.get().subject_kind == kind
    assert sums == {"public": 0, "professional": 0} | {str(kind): 400}


def test_r3_a_professional_course_for_seniors_is_not_for_juniors(requirement: Requirement) -> None:
    make.RequirementFactory(title_level=TitleLevel.JUNIOR)
    make.RequirementFactory(title_level=TitleLevel.SENIOR_FULL)
    seniors = make.EditionFactory(
        subject_kind=SubjectKind.PROFESSIONAL, topic=None, target_levels=[TitleLevel.SENIOR_FULL]
    )

    assert refused(make.PersonFactory(title_level=TitleLevel.JUNIOR), seniors) == (Refusal.LEVEL_NOT_TARGETED,)
    assert refused(make.PersonFactory(title_level=TitleLevel.SENIOR_FULL), seniors) == ()


def test_r4_a_public_course_is_of_one_of_the_years_topics_and_each_topic_counts_once(
    ada: Person, requirement: Requirement
) -> None:
    topic = make.PublicTopicFactory()

    assert NO_TOPIC in objections(draft(requirement, topic=None))
    assert refused(ada, make.EditionFactory(topic=topic)) == ()
    assert refused(ada, make.EditionFactory(topic=topic)) == (Refusal.TOPIC_TAKEN,)


def test_r11_whoever_is_sent_by_nobody_enrols_in_a_bases_professional_subjects(
    ada: Person, requirement: Requirement
) -> None:
    assert refused(ada, make.EditionFactory(subject_kind=SubjectKind.PROFESSIONAL, topic=None)) == ()


TO_MID, TO_ASSOCIATE, TO_FULL = (
    PromotionTrack.JUNIOR_TO_INTERMEDIATE,
    PromotionTrack.INTERMEDIATE_TO_ASSOCIATE,
    PromotionTrack.ASSOCIATE_TO_FULL,
)


@pytest.mark.parametrize(
    ("level", "track", "tier", "is_refused"),
    [
        (TitleLevel.INTERMEDIATE, TO_ASSOCIATE, Tier.COUNTY, True),
        (TitleLevel.INTERMEDIATE, TO_ASSOCIATE, Tier.MUNICIPAL, False),
        (TitleLevel.SENIOR_ASSOCIATE, TO_FULL, Tier.COUNTY, True),
        (TitleLevel.SENIOR_ASSOCIATE, TO_FULL, Tier.PROVINCIAL, False),
    ],
    ids=["county for associate", "the city itself counts", "county for full", "the province"],
)
def test_r16_promotion_to_senior_needs_the_city_or_higher(
    level: TitleLevel, track: PromotionTrack, tier: Tier, is_refused: bool
) -> None:
    make.RequirementFactory(title_level=level)
    person = make.PersonFactory(title_level=level, promotion_track=track)

    assert (Refusal.PROMOTION_NEEDS_MUNICIPAL in refused(person, taught_by(tier))) is is_refused


@pytest.mark.parametrize("tier", [Tier.COUNTY, Tier.MUNICIPAL])
def test_r17_promotion_to_intermediate_may_use_county_or_city(tier: Tier) -> None:
    make.RequirementFactory(title_level=TitleLevel.JUNIOR)
    person = make.PersonFactory(title_level=TitleLevel.JUNIOR, promotion_track=TO_MID, region=make.lankao())

    assert refused(person, taught_by(tier, region=make.lankao())) == ()


@pytest.mark.parametrize("level", TitleLevel)
def test_r23_a_municipal_base_teaches_public_subjects_to_every_level(level: TitleLevel) -> None:
    make.RequirementFactory(title_level=level)

    assert refused(make.PersonFactory(title_level=level), taught_by(Tier.MUNICIPAL)) == ()


@pytest.mark.parametrize(
    ("level", "home", "reasons"),
    [
        (TitleLevel.INTERMEDIATE, "lankao", ()),
        (TitleLevel.JUNIOR, "lankao", ()),
        (TitleLevel.SENIOR_FULL, "lankao", (Refusal.COUNTY_BASE_LEVEL,)),
        (TitleLevel.JUNIOR, "kaifeng", (Refusal.COUNTY_BASE_REGION,)),
    ],
    ids=["intermediate of the county", "junior of the county", "a senior", "another county's"],
)
def test_r25_a_county_base_teaches_its_countys_intermediate_and_junior(
    level: TitleLevel, home: str, reasons: tuple[Refusal, ...]
) -> None:
    make.RequirementFactory(title_level=level)
    person = make.PersonFactory(title_level=level, region=make.lankao() if home == "lankao" else make.kaifeng())

    assert refused(person, taught_by(Tier.COUNTY, region=make.lankao())) == reasons


NO_TOPIC, OUT_OF_SCOPE = Objection.TOPIC_MISSING, Objection.OUT_OF_SCOPE


def draft(requirement: Requirement, **other: object) -> EditionDraft:
    whole = EditionDraft(
        course_key="ethics",
        base=make.BaseFactory(),
        subject_kind=SubjectKind.PUBLIC,
        topic=None,
        title_zh="职业道德",
        title_en="Ethics",
        approved_centihours=200,
        requirement=requirement,
        lessons=[years.lecture(1, part, 60) for part in (1, 2)],
    )
    return replace(whole, **other)  # type: ignore[arg-type]


def objections(course: EditionDraft) -> tuple[Objection, ...]:
    """Return why it is not published; empty: it is."""
    try:
        editions.publish(draft=course, by=None, now=NOON)
    except NotPublishable as refusal:
        return refusal.objections
    return ()


@pytest.mark.parametrize("may", [False, True], ids=["not conditional", "conditional"])
def test_r24_a_base_teaches_professional_subjects_only_where_it_is_said_to(requirement: Requirement, may: bool) -> None:
    base: Organisation = make.BaseFactory(profile={"may_teach_professional": may})
    course = draft(requirement, base=base, subject_kind=SubjectKind.PROFESSIONAL)

    assert objections(course) == (() if may else (OUT_OF_SCOPE,))


def test_r27_a_course_outside_the_bases_scope_is_not_published(requirement: Requirement) -> None:
    base: Organisation = make.BaseFactory()
    BaseProfile.objects.filter(organisation=base).update(may_teach_public=False)
    course = draft(requirement, base=Organisation.objects.get(pk=base.pk), topic=make.PublicTopicFactory())

    assert objections(course) == (OUT_OF_SCOPE,)
    assert Edition.objects.count() == 0


def test_r31_kaifeng_university_is_the_citys_first_base() -> None:
    places.build_regions()
    places.build_organisations()

    first = BaseProfile.objects.select_related("organisation__supervisor").order_by("recognised_on").first()

    assert first is not None
    body = first.organisation
    assert (body.slug, body.tier, body.supervisor and body.supervisor.kind) == (
        "kaifeng-university",
        Tier.MUNICIPAL,
        Organisation.Kind.BUREAU,
    )
