"""The audit log: who did what, in the transaction of the act, hash-chained (D9)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.models.organisation import Organisation


class AuditLogEntry(AppendOnlyModel):
    """One act. `digest` covers the facts and the entry before it."""

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(_("act"), max_length=60)
    subject = models.CharField(_("subject"), max_length=80, help_text=_("Such as credit_entry:12."))
    facts = models.JSONField(_("facts"), default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit log entry")
        verbose_name_plural = _("audit log entries")
        ordering: ClassVar[list[str]] = ["sequence"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "action", "sequence"], name="audit_log_acts_of_office"),
        ]

    def __str__(self) -> str:
        """Say what was done."""
        return f"{self.sequence} {self.action} {self.subject}"


class AuditLogHead(models.Model):
    """The end of the chain: one row; updating it is the lock that orders the log."""

    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        verbose_name = _("head of the audit log")
        verbose_name_plural = _("heads of the audit log")

    def __str__(self) -> str:
        """Say how long the log is."""
        return str(self.sequence)
