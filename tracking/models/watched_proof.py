"""Watched proofs: what lies behind a WATCHED evidence, so that anyone can recompute its digest.

A session's chain may grow after the evidence (late claims, watching on), so the proof pins how
many lines of which sessions it rests on, and the head after the last of them. Written once.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models import Enrolment, Lesson
from learning.models.append_only import AppendOnlyModel


class WatchedProof(AppendOnlyModel):
    """One lesson of one enrolment, watched. `sessions`: [key, lines, head in hex], oldest first."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="watched_proofs", db_index=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="+")
    covered_s = models.PositiveIntegerField(_("covered seconds"))
    sessions = models.JSONField(_("sessions"))
    digest = models.CharField(_("digest"), max_length=64)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("watched proof")
        verbose_name_plural = _("watched proofs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["enrolment", "lesson"], name="watched_proof_once"),
        ]

    def __str__(self) -> str:
        """Say what was watched."""
        return f"{self.enrolment_id}/{self.lesson_id}: {self.covered_s} s"
