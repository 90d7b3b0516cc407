"""Confirmation runs: many entries confirmed as one job that two officers answer for.

Which table answers which question:

- `ConfirmationRun`: who confirms what, on which snapshot, and how far the work is.
- `ConfirmationRunItem` (append-only): the frozen set, in the order it is worked.
- `ConfirmationSample`: the entries an officer looked at, and what they found.
- `ConfirmationRunLeft` (append-only): what was not confirmed, and why.

States: drafted (the set is frozen, the seed bound) → sampling (the seed is shown, the
sample drawn) → ready, or widened after a bad one → ready → second_approval (more entries
than one officer may sign) → running → done. Before it is done a run can be stopped: a
second failed sample, an officer's word, or a signer who is no officer any more; what was
confirmed by then stands. Source: UX screen 9, RELIABILITY S5.

`cursor` is the last position worked. It moves in the transaction of the decisions it
counts, so a killed worker leaves a run that is complete up to its cursor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import connection, models
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.append_only import AppendOnlyModel
from learning.models.audit_log import AuditLogEntry
from learning.models.credit import CreditDecision, CreditEntry, CreditEntryQuerySet
from learning.models.organisation import Membership, Organisation, Role
from learning.rules.reasons import NotTaken

if TYPE_CHECKING:
    from learning.models.person import Person


class RunState(models.TextChoices):
    """Where a run stands."""

    DRAFTED = "drafted", pgettext_lazy("run", "drafted")
    SAMPLING = "sampling", pgettext_lazy("run", "sample being checked")
    WIDENED = "widened", pgettext_lazy("run", "wider sample being checked")
    READY = "ready", pgettext_lazy("run", "ready to sign")
    SECOND_APPROVAL = "second_approval", pgettext_lazy("run", "waiting for the second officer")
    RUNNING = "running", pgettext_lazy("run", "running")
    DONE = "done", pgettext_lazy("run", "done")
    STOPPED = "stopped", pgettext_lazy("run", "stopped")


class StopReason(models.TextChoices):
    """Why a run was stopped."""

    SAMPLE_FAILED = "sample_failed", _("the wider sample failed too")
    WITHDRAWN = "withdrawn", _("withdrawn by an officer")
    OFFICER_LEFT = "officer_left", _("an officer who signed is no officer of the bureau any more")


#: The states of a run that is over.
ENDED = (RunState.DONE, RunState.STOPPED)
#: The states in which the sample is being looked at.
LOOKING = (RunState.SAMPLING, RunState.WIDENED)


class ConfirmationRunQuerySet(models.QuerySet["ConfirmationRun"]):
    """Filters on runs."""

    def visible_to(self, person: Person) -> ConfirmationRunQuerySet:
        """Keep those of the bureaus whose officer the person is."""
        bureaus = Membership.objects.filter(
            person_id=person.pk, role=Role.OFFICER, organisation__kind=Organisation.Kind.BUREAU
        )
        return self.filter(bureau_id__in=bureaus.values("organisation_id"))

    def unended(self) -> ConfirmationRunQuerySet:
        """Keep those that are not over."""
        return self.exclude(state__in=ENDED)

    def running(self) -> ConfirmationRunQuerySet:
        """Keep those a worker must go on with, longest unmoved first."""
        return self.filter(state=RunState.RUNNING).order_by("moved_at", "pk")


class ConfirmationRun(models.Model):
    """One set of entries, confirmed once."""

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("bureau"))
    #: Drafts, looks at the sample and signs; the decisions are theirs.
    officer = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="+")
    second_officer = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    #: What the set was narrowed to; null and empty: everything that waited.
    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    course_key = models.SlugField(blank=True)
    state = models.CharField(_("state"), max_length=16, choices=RunState.choices, default=RunState.DRAFTED)
    item_count = models.PositiveIntegerField(_("entries"))
    centihours = models.PositiveBigIntegerField(_("credit in hundredths of an hour"))
    #: The labels of the rule versions the entries stand under.
    rules = models.JSONField(default=list)
    #: The digest of exactly what is signed (rules.snapshots).
    snapshot = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    seed_digest = models.CharField(max_length=64)
    #: More entries than this need a second officer; the rule of the day it was drafted.
    second_officer_above = models.PositiveIntegerField()
    cursor = models.PositiveIntegerField(default=0)
    confirmed_count = models.PositiveIntegerField(default=0)
    confirmed_centihours = models.PositiveBigIntegerField(default=0)
    left_count = models.PositiveIntegerField(default=0)
    certificate_count = models.PositiveIntegerField(default=0)
    drafted_at = models.DateTimeField(_("drafted at"))
    drawn_at = models.DateTimeField(_("sample drawn at"), null=True)
    signed_at = models.DateTimeField(_("signed at"), null=True)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    moved_at = models.DateTimeField(_("last moved at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    stop_reason = models.CharField(max_length=16, choices=StopReason.choices, blank=True)
    #: The line of the audit log that is the receipt.
    receipt = models.OneToOneField(AuditLogEntry, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ConfirmationRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation run")
        verbose_name_plural = _("confirmation runs")
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes = [models.Index(fields=["state", "moved_at"], name="confirmation_run_due")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(second_officer__isnull=True) | ~models.Q(second_officer=models.F("officer")),
                name="confirmation_run_two_officers",
            ),
            models.CheckConstraint(
                condition=models.Q(cursor=models.F("confirmed_count") + models.F("left_count"))
                & models.Q(cursor__lte=models.F("item_count"))
                & models.Q(item_count__gt=0),
                name="confirmation_run_counts_agree",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["running", "done"], signed_at__isnull=False)
                & (
                    models.Q(item_count__lte=models.F("second_officer_above"))
                    | models.Q(second_officer__isnull=False, approved_at__isnull=False)
                )
                | (~models.Q(state__in=["running", "done"]) & (models.Q(cursor=0) | models.Q(state="stopped"))),
                name="confirmation_run_runs_when_signed",
            ),
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
            models.CheckConstraint(
                condition=models.Q(state="stopped", ended_at__isnull=False) & ~models.Q(stop_reason="")
                | models.Q(
                    state="done", ended_at__isnull=False, stop_reason="", cursor=models.F("item_count"),
                    receipt__isnull=False,
                )
                | (~models.Q(state__in=["stopped", "done"]) & models.Q(ended_at__isnull=True, stop_reason="")),
                name="confirmation_run_end_has_its_facts",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        """Return the number as pages quote it."""
        return f"R-{self.pk}"

    @property
    def needs_second(self) -> bool:
        """Whether one officer's signature is not enough (RELIABILITY S5)."""
        return self.item_count > self.second_officer_above

    @property
    def is_ended(self) -> bool:
        """Whether nothing will move it any more."""
        return self.state in ENDED

    @property
    def percent_done(self) -> int:
        """How much of the set was worked, rounded down."""
        return self.cursor * 100 // self.item_count


class ConfirmationRunItemQuerySet(models.QuerySet["ConfirmationRunItem"]):
    """The frozen set."""

    def freeze(self, run: ConfirmationRun, entries: CreditEntryQuerySet) -> int:
        """Copy the entries and how many decisions each has into the run, in one statement; return how many.

        Numbered by person and year, so that a person's hours are worked together and years
        are locked in the order every act locks them in.
        """
        rows = entries.order_by().values_list(
            models.Value(run.pk),
            models.Window(RowNumber(), order_by=["person_id", "year", "pk"]),
            "pk",
            "standing__decision_count",
        )
        select, values = rows.query.sql_with_params()
        table = self.model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} (run_id, position, entry_id, decision_count) {select}", values)
            return int(cursor.rowcount)


class ConfirmationRunItem(AppendOnlyModel):
    """One entry of the set, as it was seen when the set was frozen."""

    run = models.ForeignKey(ConfirmationRun, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT, related_name="+")
    decision_count = models.PositiveSmallIntegerField()

    objects = ConfirmationRunItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a confirmation run")
        verbose_name_plural = _("entries of confirmation runs")
        ordering: ClassVar[list[str]] = ["run", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "position"], name="confirmation_run_item_place"),
            models.UniqueConstraint(fields=["run", "entry"], name="confirmation_run_item_once"),
        ]

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


class ConfirmationRunLeft(AppendOnlyModel):
    """An entry of the set that was left as it stood; `first`: the decision that came before ours."""

    run = models.ForeignKey(ConfirmationRun, on_delete=models.PROTECT, related_name="left")
    item = models.OneToOneField(ConfirmationRunItem, on_delete=models.PROTECT, related_name="left")
    why = models.CharField(max_length=16, choices=[(why.value, why.value) for why in NotTaken])
    first = models.ForeignKey(CreditDecision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("entry left by a confirmation run")
        verbose_name_plural = _("entries left by confirmation runs")
        ordering: ClassVar[list[str]] = ["run", "pk"]

    def __str__(self) -> str:
        """Say what was left and why."""
        return f"{self.item} {self.why}"

    @property
    def entry(self) -> CreditEntry:
        """The entry that was left."""
        return self.item.entry
