"""Reversal runs: entries that a confirmation run confirmed, taken back as one job with one reason.

What every run has is `run`'s; these are the columns of this kind. A run takes back the whole
of a confirmation run, or a chosen part of it, and may let the same evidence be judged again.

States: ready (the set and what will follow from it are frozen) → second_approval (more entries
than one officer may sign) → running → done; before it is done it can be stopped, and what was
taken back by then stays so. Source: UX screen 9, RELIABILITY S5, I4.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.confirmation_run import ConfirmationRun
from learning.models.credit import CreditEntry
from learning.models.run import (
    Run,
    RunItem,
    RunItemQuerySet,
    RunLeft,
    RunQuerySet,
    constraints_of_items,
    constraints_of_runs,
)
from learning.rules.reasons import REASON_TEXT_MAX, ReversalReason


class ReversalRunQuerySet(RunQuerySet["ReversalRun"]):
    """Filters on reversal runs: those of all runs."""


class ReversalRun(Run):
    """One set of confirmed entries, taken back once."""

    JOB = "reversal-run"
    SUBJECT = "reversal_run"

    confirmation_run = models.ForeignKey(ConfirmationRun, on_delete=models.PROTECT, related_name="reversal_runs")
    reason_code = models.CharField(
        _("reason"), max_length=40, choices=[(reason.value, reason.value) for reason in ReversalReason]
    )
    reason_text = models.CharField(_("reason in words"), max_length=REASON_TEXT_MAX)
    #: Whether each entry's evidence is to be audited and confirmed again.
    is_again = models.BooleanField(_("to be judged again"))
    #: What would follow, counted when the set was frozen; the officers sign having read it.
    people_count = models.PositiveIntegerField(_("people"), default=0)
    short_count = models.PositiveIntegerField(_("years that fall short again"), default=0)
    revoke_count = models.PositiveIntegerField(_("certificates to revoke"), default=0)
    replace_count = models.PositiveIntegerField(_("certificates to replace"), default=0)
    #: What did follow.
    reversed_count = models.PositiveIntegerField(default=0)
    reversed_centihours = models.PositiveBigIntegerField(default=0)
    revoked_count = models.PositiveIntegerField(default=0)
    replaced_count = models.PositiveIntegerField(default=0)

    objects = ReversalRunQuerySet.as_manager()

    class Meta(Run.Meta):
        verbose_name = _("reversal run")
        verbose_name_plural = _("reversal runs")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "moved_at"], name="reversal_run_due")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *constraints_of_runs("reversal_run", done="reversed_count"),
            models.CheckConstraint(
                condition=models.Q(state="ready", signed_at__isnull=True)
                | models.Q(
                    state="second_approval",
                    signed_at__isnull=False,
                    approved_at__isnull=True,
                    second_officer__isnull=True,
                )
                | models.Q(state__in=["running", "done"], signed_at__isnull=False)
                | models.Q(state="stopped"),
                name="reversal_run_state_has_its_times",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason_code="") & ~models.Q(reason_text=""), name="reversal_run_has_reason"
            ),
        ]

    def __str__(self) -> str:
        """Return the number as pages quote it."""
        return f"U-{self.pk}"


class ReversalRunItemQuerySet(RunItemQuerySet["ReversalRunItem"]):
    """The frozen set of a reversal run."""


class ReversalRunItem(RunItem):
    """One entry to take back."""

    run = models.ForeignKey(ReversalRun, on_delete=models.PROTECT, related_name="items")

    objects = ReversalRunItemQuerySet.as_manager()

    class Meta(RunItem.Meta):
        verbose_name = _("entry of a reversal run")
        verbose_name_plural = _("entries of reversal runs")
        constraints: ClassVar[list[models.BaseConstraint]] = constraints_of_items("reversal_run")

    def __str__(self) -> str:
        """Say what stands where."""
        return f"U-{self.run_id}.{self.position} #{self.entry_id}"


class ReversalRunLeft(RunLeft):
    """An entry that was not taken back."""

    run = models.ForeignKey(ReversalRun, on_delete=models.PROTECT, related_name="left")
    item = models.OneToOneField(ReversalRunItem, on_delete=models.PROTECT, related_name="left")

    class Meta(RunLeft.Meta):
        verbose_name = _("entry left by a reversal run")
        verbose_name_plural = _("entries left by reversal runs")

    def __str__(self) -> str:
        """Say what was left and why."""
        return f"{self.item} {self.why}"

    @property
    def entry(self) -> CreditEntry:
        """The entry that was left."""
        return self.item.entry
