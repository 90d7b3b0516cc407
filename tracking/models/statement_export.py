"""Statement exports: which sealed sessions the learning record store has been told of.

States: due → sent, or due → refused (the store would not take it; its words are kept) → due again
by hand. A row that is being sent, or could not be, stays due with `next_at` in the future; `tries`
is the fence: whoever holds an older number writes nothing. The rows are the queue, so a lost task,
or two at once, change nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from tracking.models.viewing_session import ViewingSession


def tellable_sessions() -> models.QuerySet[ViewingSession]:
    """Return the sealed sessions before which nothing on the learner's timeline can still change.

    What a session's statements say rests on the sessions before it; told too early, the same ids
    would later carry other content.
    """
    earlier_unsealed = ViewingSession.objects.filter(
        person_id=OuterRef("person_id"),
        opened_ms__lte=OuterRef("opened_ms"),
        pk__lt=OuterRef("pk"),
        sealed_ms__isnull=True,
    )
    return ViewingSession.objects.filter(~Exists(earlier_unsealed), sealed_ms__isnull=False)


class StatementExportQuerySet(models.QuerySet["StatementExport"]):
    """Filters on exports."""

    def due(self, now: datetime) -> StatementExportQuerySet:
        """Keep those to be sent now, the longest waiting first."""
        tellable = tellable_sessions().filter(pk=OuterRef("session_id"))
        waiting = self.filter(Exists(tellable), state=StatementExport.State.DUE, next_at__lte=now)
        return waiting.order_by("next_at", "session_id")

    def refused(self) -> StatementExportQuerySet:
        """Keep those the store would not take."""
        return self.filter(state=StatementExport.State.REFUSED)


class StatementExport(models.Model):
    """One session's way to the store; `told_count` statements of it have arrived."""

    class State(models.TextChoices):
        """Where the export stands."""

        DUE = "due", _("due")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused")

    session = models.OneToOneField(
        ViewingSession, on_delete=models.PROTECT, primary_key=True, related_name="statement_export"
    )
    #: Copied from the session: the newest says how far the sealed sessions are queued.
    sealed_ms = models.BigIntegerField(_("sealed, ms"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_at = models.DateTimeField(_("next try at"))
    told_count = models.PositiveIntegerField(_("statements delivered"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    message = models.CharField(_("the store's words"), max_length=500, blank=True)

    objects = StatementExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement export")
        verbose_name_plural = _("statement exports")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                name="statement_export_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["sealed_ms"], name="statement_export_newest"),
            # The order of `due`, so that a long queue is not sorted for each claim.
            models.Index(fields=["next_at", "session"], condition=models.Q(state="due"), name="statement_export_due"),
        ]

    def __str__(self) -> str:
        """Say where it stands."""
        return f"{self.session_id}: {self.state}"
