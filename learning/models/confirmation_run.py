"""Confirmation runs: many entries confirmed as one job that two officers answer for.

What every run has is `run`'s; these are the columns of this kind, and the sample:

- `ConfirmationRun`: who confirms what, on which snapshot, and how far the work is.
- `ConfirmationSample`: the entries an officer looked at, and what they found.

States: drafted (the set is frozen, the seed bound) → sampling (the seed is shown, the
sample drawn) → ready, or widened after a bad one → ready → second_approval (more entries
than one officer may sign) → running → done. Before it is done a run can be stopped: a
second failed sample, an officer's word, or a signer who is no officer any more; what was
confirmed by then stands. Source: UX screen 9, RELIABILITY S5.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.credit import CreditEntry
from learning.models.run import (
    Run,
    RunItem,
    RunItemQuerySet,
    RunLeft,
    RunQuerySet,
    RunState,
    constraints_of_items,
    constraints_of_runs,
)

#: The states in which the sample is being looked at.
LOOKING = (RunState.SAMPLING, RunState.WIDENED)


class ConfirmationRunQuerySet(RunQuerySet["ConfirmationRun"]):
    """Filters on confirmation runs: those of all runs."""


class ConfirmationRun(Run):
    """One set of entries, confirmed once."""

    JOB = "confirmation-run"
    SUBJECT = "confirmation_run"

    seed = models.CharField(max_length=64)
    seed_digest = models.CharField(max_length=64)
    confirmed_count = models.PositiveIntegerField(default=0)
    confirmed_centihours = models.PositiveBigIntegerField(default=0)
    certificate_count = models.PositiveIntegerField(default=0)
    drawn_at = models.DateTimeField(_("sample drawn at"), null=True)

    objects = ConfirmationRunQuerySet.as_manager()

    class Meta(Run.Meta):
        verbose_name = _("confirmation run")
        verbose_name_plural = _("confirmation runs")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "moved_at"], name="confirmation_run_due")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *constraints_of_runs("confirmation_run", done="confirmed_count"),
            models.CheckConstraint(
                condition=models.Q(state="drafted", drawn_at__isnull=True, signed_at__isnull=True)
                | models.Q(state__in=["sampling", "widened", "ready"], drawn_at__isnull=False, signed_at__isnull=True)
                | models.Q(
                    state="second_approval",
                    drawn_at__isnull=False,
                    signed_at__isnull=False,
                    approved_at__isnull=True,
                    second_officer__isnull=True,
                )
                | models.Q(state__in=["running", "done"], drawn_at__isnull=False, signed_at__isnull=False)
                | models.Q(state="stopped"),
                name="confirmation_run_state_has_its_times",
            ),
        ]

    def __str__(self) -> str:
        """Return the number as pages quote it."""
        return f"R-{self.pk}"


class ConfirmationRunItemQuerySet(RunItemQuerySet["ConfirmationRunItem"]):
    """The frozen set of a confirmation run."""


class ConfirmationRunItem(RunItem):
    """One entry to confirm."""

    run = models.ForeignKey(ConfirmationRun, on_delete=models.PROTECT, related_name="items")

    objects = ConfirmationRunItemQuerySet.as_manager()

    class Meta(RunItem.Meta):
        verbose_name = _("entry of a confirmation run")
        verbose_name_plural = _("entries of confirmation runs")
        constraints: ClassVar[list[models.BaseConstraint]] = constraints_of_items("confirmation_run")

    def __str__(self) -> str:
        """Say what stands where."""
        return f"R-{self.run_id}.{self.position} #{self.entry_id}"


class ConfirmationSample(models.Model):
    """One entry an officer looks at before the rest is signed."""

    run = models.ForeignKey(ConfirmationRun, on_delete=models.PROTECT, related_name="samples")
    item = models.OneToOneField(ConfirmationRunItem, on_delete=models.PROTECT, related_name="sample")
    #: 1: the first sample; 2: what a failed one was widened by.
    draw = models.PositiveSmallIntegerField()
    is_good = models.BooleanField(_("as it should be"), null=True)
    judged_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sampled entry")
        verbose_name_plural = _("sampled entries")
        ordering: ClassVar[list[str]] = ["run", "draw", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(is_good__isnull=True, judged_by__isnull=True, judged_at__isnull=True)
                | models.Q(is_good__isnull=False, judged_by__isnull=False, judged_at__isnull=False),
                name="confirmation_sample_judged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        """Say what is looked at."""
        return f"{self.item} {self.is_good}"


class ConfirmationRunLeft(RunLeft):
    """An entry that was not confirmed."""

    run = models.ForeignKey(ConfirmationRun, on_delete=models.PROTECT, related_name="left")
    item = models.OneToOneField(ConfirmationRunItem, on_delete=models.PROTECT, related_name="left")

    class Meta(RunLeft.Meta):
        verbose_name = _("entry left by a confirmation run")
        verbose_name_plural = _("entries left by confirmation runs")

    def __str__(self) -> str:
        """Say what was left and why."""
        return f"{self.item} {self.why}"

    @property
    def entry(self) -> CreditEntry:
        """The entry that was left."""
        return self.item.entry
