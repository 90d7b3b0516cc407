"""Factories of learning's nouns: each makes a valid row with the least said."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, cast

import factory
from factory.django import DjangoModelFactory

from learning.models import (
    BaseProfile,
    Edition,
    Enrolment,
    Lesson,
    Membership,
    Organisation,
    Person,
    PublicTopic,
    Region,
    Requirement,
    Role,
    RuleSet,
)
from learning.rules.eligibility import Tier
from learning.rules.requirements import SubjectKind, TitleLevel
from tests.factories import guards

#: The one clock value of the tests: noon in Kaifeng, a Thursday before the year's cut-off.
NOON = dt.datetime(2026, 11, 19, 4, 0, tzinfo=dt.UTC)
PASSWORD = "correct-horse-battery"


def henan() -> Region:
    return Region.objects.get_or_create(code="410000", defaults={"name_zh": "河南省", "name_en": "Henan"})[0]


def kaifeng() -> Region:
    return Region.objects.get_or_create(
        code="410200", defaults={"name_zh": "开封市", "name_en": "Kaifeng", "parent": henan()}
    )[0]


def lankao() -> Region:
    return Region.objects.get_or_create(
        code="410225", defaults={"name_zh": "兰考县", "name_en": "Lankao", "parent": kaifeng()}
    )[0]


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    kind = Organisation.Kind.EMPLOYER
    tier = Tier.MUNICIPAL
    slug = factory.Sequence(lambda n: f"unit-{n}")
    name_zh = factory.Sequence(lambda n: f"第{n}单位")
    name_en = factory.Sequence(lambda n: f"Unit {n}")
    region = factory.LazyFunction(kaifeng)


class BureauFactory(OrganisationFactory):
    kind = Organisation.Kind.BUREAU
    slug = factory.Sequence(lambda n: f"bureau-{n}")
    name_zh = factory.Sequence(lambda n: f"第{n}人社局")
    name_en = factory.Sequence(lambda n: f"HR bureau {n}")


class BaseFactory(OrganisationFactory):
    """A municipal base that may teach both subjects."""

    kind = Organisation.Kind.BASE
    slug = factory.Sequence(lambda n: f"base-{n}")
    name_zh = factory.Sequence(lambda n: f"第{n}继续教育基地")
    name_en = factory.Sequence(lambda n: f"Base {n}")

    @factory.post_generation
    def profile(self: Organisation, create: bool, extracted: dict[str, Any] | None, **kwargs: Any) -> None:
        facts = {"may_teach_professional": True, "recognised_on": dt.date(2013, 7, 1)} | (extracted or {}) | kwargs
        BaseProfile.objects.create(organisation=self, **facts)


class PersonFactory(DjangoModelFactory[Person]):
    """An intermediate professional of Kaifeng; every person's password is PASSWORD."""

    class Meta:
        model = Person
        skip_postgeneration_save = True

    full_name = factory.Sequence(lambda n: f"学员{n}")
    full_name_en = factory.Sequence(lambda n: f"Learner {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.test")
    region = factory.LazyFunction(kaifeng)
    title_level = TitleLevel.INTERMEDIATE
    title_zh = "工程师"
    title_en = "Engineer"
    #: Here since the factories' year began, whatever year it is outside.
    date_joined = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)

    @factory.post_generation
    def password(self: Person, create: bool, extracted: str | None, **kwargs: Any) -> None:
        self.set_password(extracted or PASSWORD)
        self.save()


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    person = factory.SubFactory(PersonFactory, title_level="")
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.EMPLOYEE


class RuleSetFactory(DjangoModelFactory[RuleSet]):
    """A set in force, as those from before there were officers to sign them; it has no rows yet."""

    class Meta:
        model = RuleSet
        django_get_or_create = ("region", "year", "version")

    region = factory.LazyFunction(kaifeng)
    year = 2026
    version = 1
    state = RuleSet.State.IN_FORCE
    effective_on = dt.date(2026, 1, 5)
    issued_at = in_force_at = moved_at = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


class RequirementFactory(DjangoModelFactory[Requirement]):
    """Kaifeng 2026, intermediate: 86 hours, of which 26 public (R14); an hour of 30 s.

    Another level of the same version joins the same set, which is in force already.
    """

    class Meta:
        model = Requirement
        django_get_or_create = ("region", "year", "title_level", "version")

    region = factory.LazyFunction(kaifeng)
    year = 2026
    title_level = TitleLevel.INTERMEDIATE
    version = 1
    total_centihours = 8_600
    public_centihours = 2_600
    hour_seconds = 30
    cutoff_on = dt.date(2026, 12, 31)
    issued_on = dt.date(2026, 1, 5)
    article_zh = "高级、中级职称每年不少于86学时，其中公需科目不少于26学时。"
    article_en = "Senior and intermediate: at least 86 hours a year, of which at least 26 public."
    rule_set = factory.LazyAttribute(lambda row: RuleSetFactory(region=row.region, year=row.year, version=row.version))

    @classmethod
    def _create(cls, model_class: type[Requirement], *args: Any, **kwargs: Any) -> Requirement:
        key = {name: kwargs[name] for name in cls._meta.django_get_or_create}
        if kwargs["rule_set"].is_open or model_class.objects.filter(**key).exists():
            return cast("Requirement", super()._create(model_class, *args, **kwargs))
        with guards.lifted("learning_requirement"):
            return cast("Requirement", super()._create(model_class, *args, **kwargs))


class PublicTopicFactory(DjangoModelFactory[PublicTopic]):
    class Meta:
        model = PublicTopic

    region = factory.LazyFunction(kaifeng)
    year = 2026
    code = factory.Sequence(lambda n: f"topic-{n}")
    name_zh = factory.Sequence(lambda n: f"公需课题{n}")
    name_en = factory.Sequence(lambda n: f"Public topic {n}")


class EditionFactory(DjangoModelFactory[Edition]):
    """A public course of 4.0 hours with two lessons of 60 s; `lessons=` gives other lengths in seconds."""

    class Meta:
        model = Edition
        skip_postgeneration_save = True

    course_key = factory.Sequence(lambda n: f"course-{n}")
    version = 1
    base = factory.SubFactory(BaseFactory)
    subject_kind = SubjectKind.PUBLIC
    topic = factory.SubFactory(PublicTopicFactory)
    title_zh = factory.Sequence(lambda n: f"课程{n}")
    title_en = factory.Sequence(lambda n: f"Course {n}")
    approved_centihours = 400
    hour_seconds = 30
    exam_question_count = 5
    digest = factory.LazyAttribute(lambda row: hashlib.sha256(row.course_key.encode()).hexdigest())
    published_at = NOON - dt.timedelta(days=90)

    @factory.post_generation
    def lessons(self: Edition, create: bool, extracted: list[int] | None, **kwargs: Any) -> None:
        for number, seconds in enumerate(extracted or [60, 60], start=1):
            Lesson.objects.create(
                edition=self,
                number=number,
                title_zh=f"第{number}讲",
                title_en=f"Lecture {number}",
                duration_ms=seconds * 1_000,
                media_digest=hashlib.sha256(f"{self.course_key}/{number}".encode()).hexdigest(),
                media_name=f"lectures/{self.course_key}-{number}.mp4",
                captions_zh_name=f"lectures/{self.course_key}-{number}.zh.vtt",
                check_questions=kwargs.get("questions", []),
            )


class EnrolmentFactory(DjangoModelFactory[Enrolment]):
    """A place of a learner in a course, under their region's requirement."""

    class Meta:
        model = Enrolment

    person = factory.SubFactory(PersonFactory)
    edition = factory.SubFactory(EditionFactory)
    year = 2026
    requirement = factory.LazyAttribute(
        lambda row: RequirementFactory(region=row.person.region, title_level=row.person.title_level)
    )
    course_key = factory.LazyAttribute(lambda row: row.edition.course_key)
    topic = factory.LazyAttribute(lambda row: row.edition.topic)
    enrolled_at = NOON - dt.timedelta(days=30)
