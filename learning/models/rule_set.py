"""Rule sets: a region's rules of one year, for every title level, in one version.

States: draft → submitted → issued → in force → superseded. A submitted set may be
sent back to draft; a draft, a submitted set and one that is not yet in force may
be withdrawn, with a reason. Issued by another officer than drafted it. From the
issue on neither the set nor its rows change (migration 0005): a correction is a
higher version. Source: DESIGN D4, R8, R9, R13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.organisation import Membership, Organisation, Role
from learning.models.region import Region
from learning.rules.accounting import AccountingScheme

if TYPE_CHECKING:
    from datetime import date

    from learning.models.person import Person

#: The offices whose officers make rules, each for its own region. Source: R8, R9.
RULE_MAKERS = (Organisation.Kind.PROVINCE, Organisation.Kind.BUREAU)


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    """Filters on rule sets."""

    def visible_to(self, person: Person) -> RuleSetQuerySet:
        """Keep the sets of the regions the person makes rules for."""
        offices = Membership.objects.filter(person_id=person.pk, role=Role.OFFICER, organisation__kind__in=RULE_MAKERS)
        return self.filter(region_id__in=offices.values("organisation__region_id"))

    def coming(self) -> RuleSetQuerySet:
        """Keep the one version of each region and year that is on its way into force."""
        return self.filter(state__in=RuleSet.COMING)

    def binding(self) -> RuleSetQuerySet:
        """Keep the sets that have come into force; of two, the higher version binds."""
        return self.filter(state__in=RuleSet.BINDING)

    def due(self, today: date) -> RuleSetQuerySet:
        """Keep the issued sets whose day has come."""
        return self.filter(state=RuleSet.State.ISSUED, effective_on__lte=today)


class RuleSet(models.Model):
    """One version of what a region asks in one year."""

    class State(models.TextChoices):
        """Where the set stands."""

        DRAFT = "draft", pgettext_lazy("ruleset", "draft")
        SUBMITTED = "submitted", pgettext_lazy("ruleset", "waiting for a second officer")
        ISSUED = "issued", pgettext_lazy("ruleset", "issued, not yet in force")
        IN_FORCE = "in_force", pgettext_lazy("ruleset", "in force")
        SUPERSEDED = "superseded", pgettext_lazy("ruleset", "superseded")
        WITHDRAWN = "withdrawn", pgettext_lazy("ruleset", "withdrawn")

    COMING = (State.DRAFT, State.SUBMITTED, State.ISSUED)
    BINDING = (State.IN_FORCE, State.SUPERSEDED)

    region = models.ForeignKey(Region, on_delete=models.PROTECT, verbose_name=_("region"))
    year = models.PositiveSmallIntegerField(_("year"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    effective_on = models.DateField(_("in force from"))
    source = models.CharField(_("document number"), max_length=60, blank=True)
    accounting = models.CharField(
        _("accounting"),
        max_length=8,
        default=AccountingScheme.HOURS.value,
        choices=[
            (AccountingScheme.HOURS.value, _("hours")),
            (AccountingScheme.POINTS.value, pgettext_lazy("accounting", "points")),
        ],
    )
    point_centihours = models.PositiveIntegerField(_("hours in a point"), null=True, blank=True)
    drafted_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(null=True)
    in_force_at = models.DateTimeField(null=True)
    #: When the open years had all been moved under this version; None: the sweep still has work.
    moved_at = models.DateTimeField(null=True)
    #: Why it was last sent back, or was withdrawn.
    reason_text = models.CharField(_("reason"), max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        ordering = ["-year", "region", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["region", "year", "version"], name="rule_set_version_once"),
            models.UniqueConstraint(
                fields=["region", "year"],
                condition=models.Q(state__in=("draft", "submitted", "issued")),
                name="rule_set_one_coming_version",
            ),
            models.CheckConstraint(
                condition=models.Q(issued_by__isnull=True)
                | models.Q(drafted_by__isnull=True)
                | ~models.Q(issued_by=models.F("drafted_by")),
                name="rule_set_issued_by_a_second",
            ),
            models.CheckConstraint(
                condition=models.Q(issued_at__isnull=True)
                | models.Q(drafted_by__isnull=True)
                | models.Q(issued_by__isnull=False),
                name="rule_set_issue_is_signed",
            ),
            models.CheckConstraint(
                condition=models.Q(accounting="hours", point_centihours__isnull=True)
                | models.Q(accounting="points", point_centihours__isnull=False, point_centihours__gt=0),
                name="rule_set_points_have_their_worth",
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", submitted_at__isnull=True, issued_at__isnull=True)
                | models.Q(state="submitted", submitted_at__isnull=False, issued_at__isnull=True)
                | models.Q(state="issued", issued_at__isnull=False, in_force_at__isnull=True)
                | models.Q(state__in=("in_force", "superseded"), issued_at__isnull=False, in_force_at__isnull=False)
                | models.Q(state="withdrawn", in_force_at__isnull=True) & ~models.Q(reason_text=""),
                name="rule_set_state_has_its_times",
            ),
        ]

    def __str__(self) -> str:
        """Name the version, as it is quoted on every figure."""
        return self.label

    @property
    def label(self) -> str:
        """The name by which pages quote this version, such as 2026-1."""
        return f"{self.year}-{self.version}"

    @property
    def is_open(self) -> bool:
        """Whether it is still being written or waits for the second officer."""
        return self.state in {self.State.DRAFT, self.State.SUBMITTED}
