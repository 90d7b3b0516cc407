"""Runs: one officer's act on many certificate pages, carried out row by row.

The rows are the work: a run is what was asked, its items are what is still to
do and what came of each. An item is decided once, by guarded update, in the
transaction of the page it issues or ends; so a killed worker loses nothing and
repeats nothing. A finished run is its own receipt.

States of an item (derived from `outcome`): waiting → done | left (with why).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.certificate import Certificate
from learning.models.organisation import Membership, Organisation, Role
from learning.models.record import AnnualRecord
from learning.rules.reasons import REASON_TEXT_MAX

if TYPE_CHECKING:
    from learning.models.person import Person


class CertificateRunQuerySet(models.QuerySet["CertificateRun"]):
    """Filters on runs."""

    def visible_to(self, person: Person) -> CertificateRunQuerySet:
        """Keep those of bureaus whose officer the person is."""
        bureaus = Membership.objects.filter(person_id=person.pk, role=Role.OFFICER).values("organisation_id")
        return self.filter(bureau_id__in=bureaus)

    def unfinished(self) -> CertificateRunQuerySet:
        """Keep those that still have work, oldest first."""
        return self.filter(finished_at__isnull=True).order_by("pk")


class CertificateRun(models.Model):
    """What was asked: of which bureau's pages, why, by whom."""

    #: The kind's name to watching pages (job_hints).
    JOB = "certificate-run"

    class Kind(models.TextChoices):
        """What is done to each page."""

        ISSUE = "issue", pgettext_lazy("run", "issue")
        REISSUE = "reissue", pgettext_lazy("run", "replace")
        REVOKE = "revoke", pgettext_lazy("run", "revoke")

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    #: A class of reason the public may read (Certificate's own), and words for the holder.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    reason_text = models.CharField(_("words for the holder"), max_length=REASON_TEXT_MAX, blank=True)
    begun_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(_("begun at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = CertificateRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate run")
        verbose_name_plural = _("certificate runs")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="issue") | (~models.Q(reason="") & ~models.Q(reason_text="")),
                name="certificate_run_has_reason",
            ),
            # Two at once would ask for the same years twice; the second waits its turn.
            models.UniqueConstraint(
                fields=["bureau"],
                condition=models.Q(kind="issue", finished_at__isnull=True),
                name="certificate_run_one_issue_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(finished_at__isnull=True), name="certificate_run_unfinished")
        ]

    def __str__(self) -> str:
        """Say what it does."""
        return f"{self.kind} {self.pk}"


class CertificateRunItem(models.Model):
    """One year of one person within a run."""

    class Outcome(models.TextChoices):
        """What came of it."""

        WAITING = "waiting", pgettext_lazy("run", "waiting")
        DONE = "done", pgettext_lazy("run", "done")
        LEFT = "left", pgettext_lazy("run", "left as it was")

    class Why(models.TextChoices):
        """Why a page was left as it was."""

        OWN = "own", _("it is the officer’s own; a colleague decides")
        NO_LONGER_DUE = "no_longer_due", _("somebody else was first")
        FAILED = "failed", _("it could not be done; the log says more")
        OFFICER_LEFT = (
            "officer_left",
            _("whoever began this is no officer of the bureau any more; a colleague begins anew"),
        )

    run = models.ForeignKey(CertificateRun, on_delete=models.PROTECT, related_name="items")
    record = models.ForeignKey(AnnualRecord, on_delete=models.PROTECT, related_name="+")
    #: The page that is replaced or revoked; none where one is issued.
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    why = models.CharField(_("why it was left"), max_length=16, choices=Why.choices, blank=True)
    #: The page that was issued.
    result = models.OneToOneField(Certificate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("page of a run")
        verbose_name_plural = _("pages of a run")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "record"], name="certificate_run_item_once"),
            models.CheckConstraint(
                condition=(models.Q(outcome="left") & ~models.Q(why=""))
                | (~models.Q(outcome="left") & models.Q(why="")),
                name="certificate_run_item_left_says_why",
            ),
        ]
        indexes = [models.Index(fields=["run", "outcome"], name="certificate_run_item_outcome")]

    def __str__(self) -> str:
        """Say whose year, in which run."""
        return f"{self.run_id}/{self.record_id}"
