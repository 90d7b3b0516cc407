"""Runs: what every long job of a bureau over many entries is made of.

A run is a frozen set that officers sign and workers carry out, a chunk at a time. This room
holds what all kinds of runs share; a kind adds what it freezes, what it counts, and the
states it passes through before it is signed.

- the run: whose, how much, who signed, how far it is, how it ended;
- an item (append-only): one entry of the frozen set, in the order it is worked;
- a left one (append-only): an entry that was not touched, and why.

`cursor` is the last position worked. It moves in the transaction of the acts it counts, so
that a killed worker leaves a run that is complete up to its cursor. A second officer signs
above the number that stood in the rule when the set was frozen. Source: RELIABILITY S5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

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

R = TypeVar("R", bound="Run")
T = TypeVar("T", bound="RunItem")


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


class RunQuerySet(models.QuerySet[R]):
    """Filters on runs."""

    def visible_to(self, person: Person) -> Self:
        """Keep those of the bureaus whose officer the person is."""
        bureaus = Membership.objects.filter(
            person_id=person.pk, role=Role.OFFICER, organisation__kind=Organisation.Kind.BUREAU
        )
        return self.filter(bureau_id__in=bureaus.values("organisation_id"))

    def unended(self) -> Self:
        """Keep those that are not over."""
        return self.exclude(state__in=ENDED)

    def running(self) -> Self:
        """Keep those a worker must go on with, longest unmoved first."""
        return self.filter(state=RunState.RUNNING).order_by("moved_at", "pk")


class Run(models.Model):
    """One frozen set, signed and worked once."""

    #: The kind's name to watching pages (job_hints), and to the audit log.
    JOB: ClassVar[str]
    SUBJECT: ClassVar[str]

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("bureau"))
    #: Drafts and signs; the decisions are theirs.
    officer = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="+")
    second_officer = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    #: What the set was narrowed to; null and empty: everything there was.
    base = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    course_key = models.SlugField(blank=True)
    state = models.CharField(_("state"), max_length=16, choices=RunState.choices, default=RunState.DRAFTED)
    item_count = models.PositiveIntegerField(_("entries"))
    centihours = models.PositiveBigIntegerField(_("credit in hundredths of an hour"))
    #: The labels of the rule versions the entries stand under.
    rules = models.JSONField(default=list)
    #: The digest of exactly what is signed (rules.snapshots).
    snapshot = models.CharField(max_length=64)
    #: More entries than this need a second officer; the rule of the day it was drafted.
    second_officer_above = models.PositiveIntegerField()
    cursor = models.PositiveIntegerField(default=0)
    left_count = models.PositiveIntegerField(default=0)
    drafted_at = models.DateTimeField(_("drafted at"))
    signed_at = models.DateTimeField(_("signed at"), null=True)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    moved_at = models.DateTimeField(_("last moved at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    stop_reason = models.CharField(max_length=16, choices=StopReason.choices, blank=True)
    #: The line of the audit log that is the receipt.
    receipt = models.OneToOneField(AuditLogEntry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-pk"]

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


def constraints_of_runs(name: str, *, done: str) -> list[models.BaseConstraint]:
    """Return what holds of every kind of run; `done`: the column that counts the entries it acted on."""
    at_work = models.Q(state__in=["running", "done"])
    return [
        models.CheckConstraint(
            condition=models.Q(second_officer__isnull=True) | ~models.Q(second_officer=models.F("officer")),
            name=f"{name}_two_officers",
        ),
        models.CheckConstraint(
            condition=models.Q(cursor=models.F(done) + models.F("left_count"))
            & models.Q(cursor__lte=models.F("item_count"))
            & models.Q(item_count__gt=0),
            name=f"{name}_counts_agree",
        ),
        models.CheckConstraint(
            condition=models.Q(state__in=["running", "done"], signed_at__isnull=False)
            & (
                models.Q(item_count__lte=models.F("second_officer_above"))
                | models.Q(second_officer__isnull=False, approved_at__isnull=False)
            )
            | (~at_work & (models.Q(cursor=0) | models.Q(state="stopped"))),
            name=f"{name}_runs_when_signed",
        ),
        models.CheckConstraint(
            condition=models.Q(state="stopped", ended_at__isnull=False) & ~models.Q(stop_reason="")
            | models.Q(
                state="done", ended_at__isnull=False, stop_reason="", cursor=models.F("item_count"),
                receipt__isnull=False,
            )
            | (~models.Q(state__in=["stopped", "done"]) & models.Q(ended_at__isnull=True, stop_reason="")),
            name=f"{name}_end_has_its_facts",
        ),
    ]  # fmt: skip


class RunItemQuerySet(models.QuerySet[T]):
    """The frozen set."""

    def freeze(self, run: Run, entries: CreditEntryQuerySet) -> int:
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


class RunItem(AppendOnlyModel):
    """One entry of the set, as it was seen when the set was frozen. A kind adds the `run` it is of."""

    position = models.PositiveIntegerField()
    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT, related_name="+")
    decision_count = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["run", "position"]


def constraints_of_items(name: str) -> list[models.BaseConstraint]:
    """Return what holds of the items of every kind of run."""
    return [
        models.UniqueConstraint(fields=["run", "position"], name=f"{name}_item_place"),
        models.UniqueConstraint(fields=["run", "entry"], name=f"{name}_item_once"),
    ]


class RunLeft(AppendOnlyModel):
    """An entry of the set that was left as it stood; `first`: the decision that came before ours.

    A kind adds the `run` and the `item` it is of.
    """

    why = models.CharField(max_length=16, choices=[(why.value, why.value) for why in NotTaken])
    first = models.ForeignKey(CreditDecision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["run", "pk"]
