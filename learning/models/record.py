"""Annual records: a person's year under one rule version.

States: open → met (by rule) → confirmed (every hour counted was confirmed and
the certificate may be issued). That an open year is missed, or may be made up, follows
from its rule's days and is not stored; what is done once when a year is over is
(`closed_at`). The sums follow the ledger in the transaction of each act;
`verify_ledger` recomputes them. Source: DOMAIN §4.8, R1; docs/decisions/0018.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db import models
from django.db.models import Case, Count, F, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from learning.models.credit import CreditDecision, CreditEntry
from learning.models.organisation import Organisation
from learning.models.requirement import Requirement
from learning.rules.credit_states import Verdict
from learning.rules.outcomes import Outcome
from learning.rules.requirements import RequirementRule, Totals, is_met
from learning.rules.years import YearState, state_of

#: Rules by title level.
Rules = Mapping[str, RequirementRule]


def _holds(rules: Rules, *, public: str, professional: str) -> Q:
    """Return the condition that a year's sums fulfil its level's rule, as `rules.requirements.is_met` says it."""
    fulfilled = Q()
    for level, rule in rules.items():
        fulfilled |= Q(
            (f"{public}__gte", rule.public_centihours),
            (f"{professional}__gte", rule.professional_centihours),
            (f"{public}__gte", Value(rule.total_centihours) - F(professional)),
            requirement__title_level=level,
        )
    return fulfilled


#: What was studied, pending hours included, fulfils the rule the year is judged by now.
ENOUGH_UNDER_ITS_OWN = Q(
    studied_public__gte=F("requirement__public_centihours"),
    studied_total__gte=F("requirement__total_centihours"),
    share_studied__gte=F("share_asked"),
)


class AnnualRecordQuerySet(models.QuerySet["AnnualRecord"]):
    """Filters on annual records."""

    def governed_by(self, *, year: int, region_codes: Collection[str], levels: Collection[str]) -> AnnualRecordQuerySet:
        """Keep a year's records of the people of these regions, judged at these levels."""
        return self.filter(year=year, person__region_id__in=region_codes, requirement__title_level__in=levels)

    def with_outcome(self, rules: Rules) -> AnnualRecordQuerySet:
        """Add `outcome`: what these rules would change for each year, or None; the database decides."""
        state = AnnualRecord.State
        rows = self.annotate(
            studied_public=F("confirmed_public_centihours") + F("pending_public_centihours"),
            studied_professional=F("confirmed_professional_centihours") + F("pending_professional_centihours"),
        ).annotate(
            studied_total=F("studied_public") + F("studied_professional"),
            share_studied=F("studied_professional") * F("requirement__professional_share_denominator"),
            share_asked=F("requirement__total_centihours") * F("requirement__professional_share_numerator"),
        )
        met = _holds(rules, public="confirmed_public_centihours", professional="confirmed_professional_centihours")
        enough = _holds(rules, public="studied_public", professional="studied_professional")
        cases = (
            (Q(state=state.CONFIRMED) & ~met, Outcome.CERTIFICATE_AT_STAKE),
            (Q(state=state.MET) & ~met, Outcome.WOULD_FALL_SHORT),
            (Q(state=state.OPEN) & met, Outcome.BECOMES_MET),
            (Q(state=state.OPEN) & ENOUGH_UNDER_ITS_OWN & ~enough, Outcome.MORE_TO_STUDY),
        )
        whens = [When(condition, then=Value(str(outcome))) for condition, outcome in cases]
        return rows.annotate(outcome=Case(*whens, default=None, output_field=models.CharField()))

    def of_outcome(self, rules: Rules, outcome: Outcome) -> AnnualRecordQuerySet:
        """Keep the years that these rules would change in this way."""
        return self.with_outcome(rules).filter(Q(("outcome", outcome)))

    def outcome_counts(self, rules: Rules) -> dict[str, int]:
        """Count the years each way, in one statement."""
        rows = self.with_outcome(rules).values("outcome")  # type: ignore[misc]  # an annotation
        counts = rows.annotate(count=Count("pk")).order_by().values_list("outcome", "count")
        return {outcome: count for outcome, count in counts if outcome}

    def past_cutoff(self, today: date) -> AnnualRecordQuerySet:
        """Keep the years that were not closed and whose cut-off is over."""
        return self.filter(closed_at=None, year__lte=today.year, requirement__cutoff_on__lt=today)

    def due_for_page(self, bureau: Organisation) -> AnnualRecordQuerySet:
        """Keep met years without a certificate page whose last hours this bureau confirmed.

        One that was met by what was carried over alone is the home bureau's: no office decided on those hours.
        """
        of_year = {"person": models.OuterRef("person"), "year": models.OuterRef("year")}
        carried = CreditEntry.objects.filter(**of_year, kind=CreditEntry.Kind.CARRIED).order_by("-pk")
        confirmed = CreditDecision.objects.filter(
            verdict=Verdict.CONFIRMED, entry__person=models.OuterRef("person"), entry__year=models.OuterRef("year")
        ).order_by("-decided_at", "-pk")
        met = self.filter(state=AnnualRecord.State.MET)
        confirmer = Coalesce(
            Subquery(confirmed.values("organisation_id")[:1]), Subquery(carried.values("bureau_id")[:1])
        )
        return met.alias(confirmer=confirmer).filter(confirmer=bureau.pk)


class AnnualRecord(models.Model):
    """One person's year."""

    class State(models.TextChoices):
        """Where the year stands."""

        OPEN = "open", _("in progress")
        MET = "met", _("requirement met")
        CONFIRMED = "confirmed", _("registered as qualified")

    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="annual_records")
    year = models.PositiveSmallIntegerField(_("year"))
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="+")
    confirmed_public_centihours = models.IntegerField(default=0)
    confirmed_professional_centihours = models.IntegerField(default=0)
    pending_public_centihours = models.IntegerField(default=0)
    pending_professional_centihours = models.IntegerField(default=0)
    #: How much of the confirmed hours nobody studied in this year.
    waived_public_centihours = models.IntegerField(default=0, db_default=0)
    waived_professional_centihours = models.IntegerField(default=0, db_default=0)
    carried_public_centihours = models.IntegerField(default=0, db_default=0)
    carried_professional_centihours = models.IntegerField(default=0, db_default=0)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    met_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    #: When the year was closed last: its unfinished places ended, its surplus carried over. None again when
    #: something of it is open once more.
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AnnualRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("annual record")
        verbose_name_plural = _("annual records")
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(fields=["person", "year"], name="annual_record_once"),
            models.CheckConstraint(
                condition=models.Q(state="open", met_at__isnull=True, confirmed_at__isnull=True)
                | models.Q(state="met", met_at__isnull=False, confirmed_at__isnull=True)
                | models.Q(state="confirmed", met_at__isnull=False, confirmed_at__isnull=False),
                name="annual_record_state_has_its_times",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="met"), name="annual_record_due_for_page"),
            models.Index(fields=["year", "id"], condition=models.Q(closed_at=None), name="annual_record_unclosed"),
        ]

    def __str__(self) -> str:
        """Say whose year it is."""
        return f"{self.person_id}/{self.year}"

    @property
    def confirmed(self) -> Totals:
        """What the bureau has confirmed."""
        return Totals(self.confirmed_public_centihours, self.confirmed_professional_centihours)

    @property
    def pending(self) -> Totals:
        """What was earned and waits for the base or the bureau."""
        return Totals(self.pending_public_centihours, self.pending_professional_centihours)

    @property
    def waived(self) -> Totals:
        """What of the confirmed hours was waived."""
        return Totals(self.waived_public_centihours, self.waived_professional_centihours)

    @property
    def carried(self) -> Totals:
        """What of the confirmed hours was carried over from the year before."""
        return Totals(self.carried_public_centihours, self.carried_professional_centihours)

    @property
    def studied(self) -> Totals:
        """What of the confirmed hours was studied."""
        return self.confirmed - self.waived - self.carried

    @property
    def is_closed(self) -> bool:
        """Whether nothing is added to the year any more, but by a correction."""
        return self.closed_at is not None

    def standing(self, today: date) -> YearState:
        """Return where the year stands on a day (DOMAIN §4.8)."""
        return state_of(
            self.requirement.as_calendar(),
            today,
            is_met=self.state != self.State.OPEN,
            is_confirmed=self.state == self.State.CONFIRMED,
            is_enough=is_met(self.requirement.as_rule(), self.confirmed + self.pending),
        )
