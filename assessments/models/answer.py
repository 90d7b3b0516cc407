"""Answers: what a learner last said to one question of one attempt.

One row a question, overwritten in place by a higher revision; when the attempt
closes, its answers stand as they are.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.models.attempt import Attempt


class Answer(models.Model):
    """The letters chosen, and whether the learner flagged the question for a second look."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="answers")
    position = models.PositiveSmallIntegerField(_("question"))
    #: Letters as the paper shows them; empty: flagged or withdrawn, but not answered.
    choices = models.JSONField(_("letters"), default=list)
    is_flagged = models.BooleanField(_("flagged"), default=False)
    #: The learner's devices count it: a choice by the sitting's milliseconds, so that of two devices the later one
    #: stands; else the next number. An equal or lower one never overwrites.
    revision = models.PositiveIntegerField(_("revision"))
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="answer_once_a_question"),
            models.CheckConstraint(condition=models.Q(revision__gt=0), name="answer_revision_positive"),
        ]

    def __str__(self) -> str:
        """Say which question is answered, not how."""
        return f"{self.attempt_id}/{self.position} r{self.revision}"

    @property
    def is_blank(self) -> bool:
        """Whether no letter is chosen."""
        return not self.choices
