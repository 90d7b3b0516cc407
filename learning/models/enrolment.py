"""Enrolments: one person studies one edition towards one year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from learning.models.edition import Edition, Lesson
from learning.models.organisation import Membership, Role
from learning.models.requirement import PublicTopic, Requirement

if TYPE_CHECKING:
    from learning.models.person import Person


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Filters on enrolments."""

    def of(self, person: Person) -> EnrolmentQuerySet:
        """Keep the person's own, not withdrawn."""
        return self.filter(person_id=person.pk).exclude(status=Enrolment.Status.WITHDRAWN)

    def visible_to(self, person: Person) -> EnrolmentQuerySet:
        """Keep the person's own and those at bases whose auditor or administrator they are."""
        bases = Membership.objects.filter(person_id=person.pk, role__in=[Role.AUDITOR, Role.ADMINISTRATOR]).values(
            "organisation_id"
        )
        return self.filter(models.Q(person_id=person.pk) | models.Q(edition__base_id__in=bases))

    def with_progress(self) -> EnrolmentQuerySet:
        """Say of each place what evidence it holds: lessons watched, exam passed, which lesson is next.

        Lessons, not seconds: what lies inside a lesson is tracking's knowledge.
        """
        every = apps.get_model("learning", "Evidence").objects.order_by()
        evidence = every.filter(enrolment=OuterRef("pk"))
        watched = evidence.filter(kind="watched").values("enrolment")
        lessons = Lesson.objects.filter(edition=OuterRef("edition")).order_by()
        # NB: of all evidence: one level further in, `evidence` would speak of the lesson's number.
        held = every.filter(enrolment=OuterRef(OuterRef("pk")), kind="watched").values("lesson")
        unwatched = Lesson.objects.filter(edition=OuterRef("edition")).exclude(pk__in=held).order_by("number")
        counted = lessons.values("edition")
        # A dictionary, so that the attributes below stay declared once, on Enrolment.
        progress: dict[str, Any] = {
            "lesson_count": Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0),
            "lessons_ms": Coalesce(Subquery(counted.annotate(n=Sum("duration_ms")).values("n")), 0),
            "watched_count": Coalesce(Subquery(watched.annotate(n=Count("pk")).values("n")), 0),
            "watched_ms": Coalesce(Subquery(watched.annotate(n=Sum("lesson__duration_ms")).values("n")), 0),
            "is_passed": Exists(evidence.filter(kind="passed")),
            "next_number": Subquery(unwatched.values("number")[:1]),
        }
        return self.annotate(**progress)


class Enrolment(models.Model):
    """A place in a course.

    States: enrolled → credited (the entry is earned); enrolled → withdrawn
    (learner); enrolled → expired (year closed). What is still missing is never
    stored: it follows from evidence. Source: DOMAIN §4.6.
    """

    class Status(models.TextChoices):
        """Where the place stands."""

        ENROLLED = "enrolled", _("studying")
        CREDITED = "credited", _("completed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="enrolments")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="enrolments")
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("The year the credit will count in."))
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="+")
    # Copied from the edition, so that constraints can speak of the course and topic.
    course_key = models.SlugField(editable=False)
    topic = models.ForeignKey(PublicTopic, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ENROLLED)
    enrolled_at = models.DateTimeField(_("enrolled at"))

    # Set by `with_progress` only.
    lesson_count: int
    lessons_ms: int
    watched_count: int
    watched_ms: int
    is_passed: bool
    next_number: int | None

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["-enrolled_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course_key", "year"],
                condition=~models.Q(status="withdrawn"),
                name="enrolment_once_a_year",
            ),
            models.UniqueConstraint(
                fields=["person", "topic", "year"],
                condition=models.Q(topic__isnull=False) & ~models.Q(status="withdrawn"),
                name="enrolment_one_per_topic_year",
            ),
        ]

    def __str__(self) -> str:
        """Say who studies what."""
        return f"{self.person_id} → {self.course_key} ({self.year})"

    @property
    def is_exam_due(self) -> bool:
        """Whether an exam is asked for and not yet passed; asks for `with_progress`."""
        return self.edition.exam_required and not self.is_passed

    @property
    def is_watched(self) -> bool:
        """Whether every lesson is watched; asks for `with_progress`."""
        return self.watched_count >= self.lesson_count

    @property
    def left_lessons(self) -> int:
        """Lessons not yet watched; asks for `with_progress`."""
        return self.lesson_count - self.watched_count

    @property
    def left_s(self) -> int:
        """Seconds of the lessons not yet watched; asks for `with_progress`."""
        return (self.lessons_ms - self.watched_ms) // 1_000
