"""Course pages: what an editor writes; publishing one writes an Edition (DESIGN §2).

One page holds both languages, because an edition does: the page in the English tree
is an alias that Wagtail keeps equal to its Chinese source. What a visitor reads of
hours, lectures and the exam is the edition's, never the draft's.
"""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, TitleFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page, Revision

from cms.models.check_questions import CheckQuestionBlock
from cms.models.hours_field import CentihoursField
from cms.models.lecture_media import LectureMedia
from cms.models.standing import standing_of
from learning.models import Edition, Organisation, Person, PublicTopic
from learning.models.bilingual import localized
from learning.models.clock import database_now
from learning.rules.requirements import SubjectKind


class CoursePage(Page):
    """A course of one base. Its slug is the course key and its address /courses/<key>/."""

    title_en = models.CharField(_("English title"), max_length=160)
    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("base"))
    subject_kind = models.CharField(
        _("subject"),
        max_length=16,
        choices=[(SubjectKind.PUBLIC.value, _("public")), (SubjectKind.PROFESSIONAL.value, _("professional"))],
    )
    topic = models.ForeignKey(
        PublicTopic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("public topic"),
        help_text=_("Of this year's public topics; only for a public course."),
    )
    target_levels = models.JSONField(_("title levels it is for"), default=list, blank=True)
    approved_centihours = CentihoursField(
        _("approved hours"), help_text=_("No more than the measured length of the lectures gives.")
    )
    summary_zh = models.TextField(_("summary (Chinese)"), max_length=300)
    summary_en = models.TextField(_("summary (English)"), max_length=500)
    goals_zh = models.TextField(_("what you learn (Chinese)"), help_text=_("One per line."))
    goals_en = models.TextField(_("what you learn (English)"), help_text=_("One per line."))
    teacher_zh = models.CharField(_("teacher (Chinese)"), max_length=60)
    teacher_en = models.CharField(_("teacher (English)"), max_length=80)
    teacher_title_zh = models.CharField(_("teacher's title (Chinese)"), max_length=120)
    teacher_title_en = models.CharField(_("teacher's title (English)"), max_length=160)
    exam_required = models.BooleanField(_("exam required"), default=True)
    exam_question_count = models.PositiveSmallIntegerField(_("questions"), default=10)
    exam_minutes = models.PositiveSmallIntegerField(_("exam length in minutes"), default=30)
    pass_mark_percent = models.PositiveSmallIntegerField(_("pass mark in per cent"), default=60)
    attempts_max = models.PositiveSmallIntegerField(_("attempts"), default=2)

    content_panels = [
        MultiFieldPanel(
            [
                TitleFieldPanel("title", heading=_("Chinese title"), help_text=" "),
                FieldPanel("title_en"),
                FieldPanel("summary_zh"),
                FieldPanel("summary_en"),
            ],
            heading=_("Course"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("subject_kind"),
                FieldPanel("topic"),
                FieldPanel("target_levels"),
                FieldPanel("approved_centihours"),
            ],
            heading=_("Credit"),
        ),
        InlinePanel("lectures", heading=_("Lectures"), label=_("Lecture")),
        MultiFieldPanel([FieldPanel("goals_zh"), FieldPanel("goals_en")], heading=_("What you learn")),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("teacher_zh"), FieldPanel("teacher_en")]),
                FieldRowPanel([FieldPanel("teacher_title_zh"), FieldPanel("teacher_title_en")]),
            ],
            heading=_("Who teaches"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("exam_required"),
                FieldRowPanel([FieldPanel("exam_question_count"), FieldPanel("exam_minutes")]),
                FieldRowPanel([FieldPanel("pass_mark_percent"), FieldPanel("attempts_max")]),
            ],
            heading=_("Exam"),
        ),
    ]
    promote_panels = [
        FieldPanel(
            "slug",
            heading=_("Address"),
            help_text=_("Small letters, digits and hyphens. It names the course in every record and stays as it is."),
        )
    ]
    # No scheduled publishing: a publication is refused to somebody's face, not to a timer.
    settings_panels: list[Any] = []
    private_page_options: list[str] = []
    template = "cms/course.html"
    parent_page_types = ["cms.CourseShelf"]
    subpage_types: list[str] = []

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    @property
    def course_key(self) -> str:
        """The course's name in addresses and editions."""
        return str(self.slug)

    @property
    def title_zh(self) -> str:
        """Wagtail's own title is the Chinese one, in both trees."""
        return str(self.title)

    @property
    def name(self) -> str:
        """The title in the active language."""
        return localized(self, "title")

    @property
    def summary(self) -> str:
        """The summary in the active language."""
        return localized(self, "summary")

    @property
    def goals(self) -> list[str]:
        """What one learns, line by line, in the active language."""
        return [line.strip() for line in localized(self, "goals").splitlines() if line.strip()]

    @property
    def teacher(self) -> str:
        """The teacher's name in the active language."""
        return localized(self, "teacher")

    @property
    def teacher_title(self) -> str:
        """The teacher's title in the active language."""
        return localized(self, "teacher_title")

    def get_url_parts(self, request: HttpRequest | None = None) -> Any:
        """Leave the base's shelf out of the address: /courses/<key>/, whoever teaches it."""
        parts = super().get_url_parts(request)
        if parts is None or parts[2] is None:
            return parts
        site_id, root_url, path = parts
        catalogue = path.removesuffix("/").rsplit("/", 2)[0]
        return site_id, root_url, f"{catalogue}/{self.slug}/"

    @transaction.atomic
    def publish(self, revision: Revision, user: Person | None = None, **kwargs: Any) -> Any:
        """Publish in one transaction with the receiver that writes the edition.

        A refused edition takes the publication back: a course is live only if its
        edition exists. `published_by` is how the receiver learns who pressed.
        """
        revision.published_by = user
        return super().publish(revision, user=user, **kwargs)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the edition in force and where this visitor stands with it; a preview shows the draft instead."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["standing"] = None
        if getattr(request, "is_preview", False):
            return context
        person = request.user if request.user.is_authenticated else None
        edition = Edition.objects.current().filter(course_key=self.course_key).select_related("base").first()
        if edition is not None:
            context["standing"] = standing_of(edition, person, now=database_now())
        return context


class Lecture(Orderable):
    """One lecture of the page, in order."""

    page = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="lectures")
    title_zh = models.CharField(_("Chinese title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160)
    media = models.ForeignKey(LectureMedia, on_delete=models.PROTECT, related_name="+", verbose_name=_("files"))
    check_questions = StreamField(
        [("question", CheckQuestionBlock())],
        blank=True,
        verbose_name=_("questions for presence checks"),
        help_text=_("Asked now and then while the lecture plays, where the rule wants it. Without any, a tap will do."),
    )

    panels = [
        FieldRowPanel([FieldPanel("title_zh"), FieldPanel("title_en")]),
        FieldPanel("media"),
        FieldPanel("check_questions"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("lecture")
        verbose_name_plural = _("lectures")

    def __str__(self) -> str:
        """Name the lecture."""
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return localized(self, "title")
