"""Editions: what a course was when it was published (DESIGN §2).

Publishing writes an edition and its lessons once; editing the page later cannot
change what a past learner was measured against. A new publication is a new
edition.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.bilingual import localized
from learning.models.organisation import Organisation
from learning.models.requirement import PublicTopic
from learning.rules.requirements import SubjectKind


class EditionQuerySet(models.QuerySet["Edition"]):
    """Filters on editions."""

    def current(self) -> EditionQuerySet:
        """Keep the newest open edition of each course."""
        newest = (
            Edition.objects.filter(course_key=models.OuterRef("course_key"), status=Edition.Status.OPEN)
            .order_by("-version")
            .values("pk")[:1]
        )
        return self.filter(pk=models.Subquery(newest))


class Edition(models.Model):
    """A published course, frozen.

    States: open → suspended → open (bureau); open → retired (base). Only the
    state changes after publication; triggers refuse any other change.
    """

    class Status(models.TextChoices):
        """Whether new learners may enrol."""

        OPEN = "open", _("open")
        SUSPENDED = "suspended", _("suspended")
        RETIRED = "retired", _("retired")

    course_key = models.SlugField(_("course"), help_text=_("The course's address name; the same in every edition."))
    version = models.PositiveIntegerField(_("version"))
    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="editions", verbose_name=_("base"))
    subject_kind = models.CharField(
        _("subject"), max_length=16, choices=[(kind.value, kind.value) for kind in SubjectKind]
    )
    topic = models.ForeignKey(PublicTopic, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("topic"))
    title_zh = models.CharField(_("Chinese title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    approved_centihours = models.PositiveIntegerField(_("approved credit"))
    hour_seconds = models.PositiveIntegerField(
        _("length of a credit hour in seconds"), help_text=_("Of the rule the credit was approved under.")
    )
    lesson_slack_s = models.PositiveSmallIntegerField(_("seconds a lesson may lack"), default=2)
    exam_required = models.BooleanField(_("exam required"), default=True)
    exam_question_count = models.PositiveSmallIntegerField(_("questions"), default=10)
    exam_minutes = models.PositiveSmallIntegerField(_("exam length in minutes"), default=30)
    pass_mark_percent = models.PositiveSmallIntegerField(_("pass mark"), default=60)
    attempts_max = models.PositiveSmallIntegerField(_("attempts"), default=2)
    target_levels = models.JSONField(_("target levels"), default=list, help_text=_("Empty: every level (R3)."))
    digest = models.CharField(_("digest"), max_length=64)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.OPEN)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["course_key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["course_key", "version"], name="edition_version_once"),
            models.CheckConstraint(condition=models.Q(approved_centihours__gt=0), name="edition_credit_positive"),
            models.CheckConstraint(
                condition=models.Q(subject_kind=SubjectKind.PUBLIC.value) | models.Q(topic__isnull=True),
                name="edition_topic_only_public",
            ),
        ]

    def __str__(self) -> str:
        """Name the edition in the active language."""
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return localized(self, "title")

    @property
    def is_public_subject(self) -> bool:
        """Whether its credit counts towards the public test."""
        return self.subject_kind == SubjectKind.PUBLIC


class Lesson(models.Model):
    """One lecture of an edition: a media file, known by digest and measured length."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="lessons")
    number = models.PositiveSmallIntegerField(_("number"))
    title_zh = models.CharField(_("Chinese title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    duration_ms = models.PositiveIntegerField(_("length in milliseconds"), help_text=_("Measured from the file."))
    media_digest = models.CharField(_("media digest"), max_length=64)
    media_name = models.CharField(_("media file"), max_length=200, help_text=_("Relative to the media folder."))
    poster_name = models.CharField(_("poster file"), max_length=200, blank=True)
    captions_zh_name = models.CharField(_("Chinese captions"), max_length=200)
    captions_en_name = models.CharField(_("English captions"), max_length=200, blank=True)
    check_questions = models.JSONField(
        _("questions for presence checks"),
        default=list,
        blank=True,
        help_text=_("text_zh, text_en, after_s, options_zh, options_en, right (number of the right option)."),
    )

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="lesson_number_once"),
            models.CheckConstraint(condition=models.Q(duration_ms__gte=1_000), name="lesson_has_a_second"),
        ]

    def __str__(self) -> str:
        """Name the lesson in the active language."""
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return localized(self, "title")

    @property
    def duration_s(self) -> int:
        """Whole seconds that can be covered; the last part of a second never counts."""
        return self.duration_ms // 1_000

    @property
    def needed_s(self) -> int:
        """Distinct seconds after which the lesson is complete."""
        return max(self.duration_s - self.edition.lesson_slack_s, 1)
