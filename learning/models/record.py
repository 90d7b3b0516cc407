"""Annual records: a person's year under one rule version.

States: open → met (by rule) → confirmed (every hour counted was confirmed and
the certificate may be issued). The sums follow the ledger in the transaction of
each act; `verify_ledger` recomputes them. Source: DOMAIN §4.8, R1.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.credit import CreditDecision
from learning.models.organisation import Organisation
from learning.models.requirement import Requirement
from learning.rules.credit_states import Verdict
from learning.rules.requirements import Totals


class AnnualRecordQuerySet(models.QuerySet["AnnualRecord"]):
    """Filters on annual records."""

    def due_for_page(self, bureau: Organisation) -> AnnualRecordQuerySet:
        """Keep met years without a certificate page whose last hours this bureau confirmed."""
        confirmed = CreditDecision.objects.filter(
            verdict=Verdict.CONFIRMED, entry__person=models.OuterRef("person"), entry__year=models.OuterRef("year")
        ).order_by("-decided_at", "-pk")
        met = self.filter(state=AnnualRecord.State.MET)
        return met.alias(confirmer=models.Subquery(confirmed.values("organisation_id")[:1])).filter(confirmer=bureau.pk)


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
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    met_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

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
        indexes = [models.Index(fields=["id"], condition=models.Q(state="met"), name="annual_record_due_for_page")]

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
