"""Seals: each sealed session's number in the one gapless row of all sessions.

A seal fixes the end of a session's hash chain (`digest`) and everything else its row says
(`record_digest`); the daily root covers both. Written once. Source: TRACKING §4.
"""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from tracking.models.viewing_session import ViewingSession

#: What a seal says of its session beyond the chain. A new column of the session belongs here too.
RECORD_COLUMNS: Final = (
    "key",
    "person_id",
    "enrolment_id",
    "lesson_id",
    "duration_s",
    "rate_percent",
    "cap_ms",
    "answer_s",
    "missed_check",
    "policy_digest",
    "media_digest",
    "learner_commitment",
    "software_version",
    "header_digest",
    "device",
    "device_label",
    "opened_ms",
    "ended_ms",
    "end_reason",
    "left_ms",
    "new_s",
    "line_count",
    "head",
    "sealed_ms",
)


class Seal(AppendOnlyModel):
    """The seal of one session; numbers begin at 1 and leave none out."""

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    session = models.OneToOneField(ViewingSession, on_delete=models.PROTECT, related_name="seal")
    digest = models.CharField(_("digest"), max_length=64, help_text=_("The last head of the session's chain."))
    line_count = models.PositiveIntegerField(_("lines"))
    new_s = models.PositiveIntegerField(_("new seconds"))
    record_digest = models.CharField(_("digest of the record"), max_length=64)
    given_ms = models.BigIntegerField(_("given, ms"))

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(number__gte=1), name="seal_number_from_one"),
            models.CheckConstraint(condition=models.Q(line_count__gte=1), name="seal_has_lines"),
        ]

    def __str__(self) -> str:
        """Name the seal."""
        return f"seal {self.number}"


class SealHead(models.Model):
    """The end of the row of seals: locking this one row orders all who give seals or sign roots.

    `session_floor`: every session up to this id has its seal, so that a sweep need not look back.
    """

    number = models.PositiveBigIntegerField(default=0)
    closed_on = models.DateField(null=True)
    session_floor = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("head of the seals")
        verbose_name_plural = _("heads of the seals")

    def __str__(self) -> str:
        """Say how many seals there are."""
        return str(self.number)

    @classmethod
    def locked(cls) -> SealHead:
        """Return the one row, held until the transaction ends."""
        head, _made = cls.objects.select_for_update().get_or_create(pk=1)
        return head
