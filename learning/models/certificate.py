"""Certificates: one lifelong book a person, one page a year (DOMAIN §0.8).

Facts are frozen at issue; triggers refuse any change to them. Only the drawn
PDF, the replacement and the revocation are filled in later, once each, by
guarded update.

States (derived): valid → replaced (a newer page stands for it) or revoked; both
are final.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.organisation import Membership, Organisation, Role
from learning.models.record import AnnualRecord

if TYPE_CHECKING:
    from learning.models.person import Person


class CertificateBook(models.Model):
    """A person's lifelong certificate book."""

    person = models.OneToOneField("learning.Person", on_delete=models.PROTECT, related_name="certificate_book")
    number = models.CharField(_("book number"), max_length=24, unique=True)
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name = _("certificate book")
        verbose_name_plural = _("certificate books")

    def __str__(self) -> str:
        """Return its number."""
        return self.number


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Filters on certificates."""

    def visible_to(self, person: Person) -> CertificateQuerySet:
        """Keep the person's own and those issued by a bureau whose officer they are."""
        bureaus = Membership.objects.filter(person_id=person.pk, role=Role.OFFICER).values("organisation_id")
        return self.filter(models.Q(book__person_id=person.pk) | models.Q(issuer_id__in=bureaus))

    def undrawn(self) -> CertificateQuerySet:
        """Keep those whose PDF is still to be drawn, least recently tried first."""
        return self.filter(pdf_name="", revoked_at__isnull=True).order_by("draw_after", "pk")

    def undrawable(self) -> CertificateQuerySet:
        """Keep those whose PDF was refused for a reason a bureau must know (`draw_problem`)."""
        return self.filter(pdf_name="").exclude(draw_problem="").order_by("issued_at", "pk")

    def standing(self) -> CertificateQuerySet:
        """Keep the valid ones: neither replaced nor revoked."""
        return self.filter(replaced_at__isnull=True, revoked_at__isnull=True)


class Certificate(models.Model):
    """One yearly page, as issued."""

    class State(models.TextChoices):
        """What the page is worth today."""

        VALID = "valid", pgettext_lazy("certificate", "valid")
        REPLACED = "replaced", pgettext_lazy("certificate", "replaced")
        REVOKED = "revoked", pgettext_lazy("certificate", "revoked")

    class ReplacementReason(models.TextChoices):
        """Why a newer page stands for this one."""

        NAME_CORRECTED = "name_corrected", _("name corrected")
        HOURS_CORRECTED = "hours_corrected", _("hours corrected")
        OTHER = "other", _("other correction")

    class RevocationReason(models.TextChoices):
        """Why the page may no longer be used, as classes the public may read."""

        HOURS_INSUFFICIENT = "hours_insufficient", _("hours found insufficient on review")
        ISSUED_IN_ERROR = "issued_in_error", _("issued in error")
        FRAUD = "fraud", _("evidence found false")

    book = models.ForeignKey(CertificateBook, on_delete=models.PROTECT, related_name="certificates")
    record = models.ForeignKey(AnnualRecord, on_delete=models.PROTECT, related_name="certificates")
    year = models.PositiveSmallIntegerField(_("year"))
    serial = models.CharField(_("number"), max_length=32, unique=True)
    #: The public check code, 73 random bits and a check character (rules/check_codes).
    code = models.CharField(_("check code"), max_length=24, unique=True)
    #: Everything printed, frozen: names, titles, hours by subject, rule, issuer, entries.
    facts = models.JSONField(_("facts"))
    digest = models.CharField(_("digest of the facts"), max_length=64)
    signature = models.CharField(_("Ed25519 signature over the digest"), max_length=128)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("issued by"))
    issued_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued at"))
    replaced_by = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces")
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)
    replacement_reason = models.CharField(
        _("reason for replacement"), max_length=40, blank=True, choices=ReplacementReason.choices
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revocation_reason = models.CharField(
        _("reason for revocation"), max_length=40, blank=True, choices=RevocationReason.choices
    )
    pdf_name = models.CharField(max_length=200, blank=True)
    draw_after = models.DateTimeField(_("draw after"))
    #: Why the PDF cannot be drawn: the characters the fonts lack, or empty.
    draw_problem = models.CharField(_("characters the fonts lack"), max_length=60, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-year", "-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "year"],
                condition=models.Q(replaced_at__isnull=True, revoked_at__isnull=True),
                name="certificate_one_valid_a_year",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True) | ~models.Q(revocation_reason=""),
                name="certificate_revocation_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_at__isnull=True, replaced_by__isnull=True)
                | (models.Q(replaced_at__isnull=False) & ~models.Q(replacement_reason="")),
                name="certificate_replacement_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["draw_after"], condition=models.Q(pdf_name=""), name="certificate_undrawn"),
            models.Index(
                fields=["issuer", "issued_at"],
                condition=models.Q(pdf_name="") & ~models.Q(draw_problem=""),
                name="certificate_undrawable",
            ),
            models.Index(fields=["issuer", "-issued_at", "-id"], name="certificate_of_issuer"),
        ]

    def __str__(self) -> str:
        """Return its number."""
        return self.serial

    @property
    def state(self) -> State:
        """What the page is worth today; a revocation outranks a replacement."""
        if self.revoked_at is not None:
            return self.State.REVOKED
        return self.State.VALID if self.replaced_at is None else self.State.REPLACED

    def newest(self) -> Certificate:
        """Return the page that stands for this one: itself, or the last of those that replaced it."""
        page = self
        while page.replaced_by is not None:
            page = page.replaced_by
        return page
