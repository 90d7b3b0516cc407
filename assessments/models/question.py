"""Questions: a course's bank, owned by the base that teaches the course.

`answer` holds the right codes. It leaves this app only as a score: no learner
response ever carries it (RELIABILITY S16).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assessments.rules.papers import BankQuestion
from assessments.rules.questions import Choice, Kind
from learning.models import Membership, Organisation, Role

if TYPE_CHECKING:
    from learning.models import Person


class QuestionQuerySet(models.QuerySet["Question"]):
    """Filters on the bank."""

    def visible_to(self, person: Person) -> QuestionQuerySet:
        """Keep the banks of bases whose editor or administrator the person is; learners see none."""
        bases = Membership.objects.filter(person_id=person.pk, role__in=[Role.EDITOR, Role.ADMINISTRATOR]).values(
            "organisation_id"
        )
        return self.filter(base_id__in=bases)

    def of_base(self, base: Organisation) -> QuestionQuerySet:
        """Keep one base's bank."""
        return self.filter(base_id=base.pk)

    def of_course(self, course_key: str, base: Organisation) -> QuestionQuerySet:
        """Keep one course's bank, as its base keeps it."""
        return self.of_base(base).filter(course_key=course_key)


class Question(models.Model):
    """One question of a course's bank, in both languages.

    Editing a question changes no paper: attempts hold their own copy.
    """

    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="questions", verbose_name=_("base"))
    course_key = models.SlugField(_("course"))
    code = models.SlugField(_("code"), help_text=_("The author's name for the question, unique in its course."))
    kind = models.CharField(
        pgettext_lazy("question", "kind"), max_length=12, choices=[(kind.value, kind.value) for kind in Kind]
    )
    points = models.PositiveSmallIntegerField(_("points"), default=1)
    stem_zh = models.TextField(_("Chinese question"))
    stem_en = models.TextField(_("English question"), blank=True)
    #: [{"code", "text_zh", "text_en"}, …] in the author's order.
    choices = models.JSONField(_("choices"))
    #: Codes of all the right choices. NB: never sent to a learner.
    answer = models.JSONField(_("right choices"))
    explanation_zh = models.TextField(_("Chinese explanation"), blank=True)
    explanation_en = models.TextField(_("English explanation"), blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["course_key", "code"]
        constraints = [
            models.UniqueConstraint(fields=["course_key", "code"], name="question_code_once"),
            models.CheckConstraint(condition=models.Q(points__gt=0), name="question_points_positive"),
        ]

    def __str__(self) -> str:
        """Name the question by its code, which gives nothing away."""
        return f"{self.course_key}/{self.code}"

    def in_bank(self) -> BankQuestion:
        """Return the values a paper is drawn from."""
        return BankQuestion(
            question_id=self.pk,
            kind=Kind(self.kind),
            points=self.points,
            stem_zh=self.stem_zh,
            stem_en=self.stem_en,
            choices=tuple(Choice(**choice) for choice in self.choices),
            right=tuple(self.answer),
        )
