"""Credentials: a page in machine-readable form, signed once and stored.

States: prepared (what will be signed is stored) → signed (`proof` is there, for
good). Triggers refuse any change to what was prepared and to a proof. A
credential is prepared when it is first asked for; its bit in the status lists
follows the page's own state and is stored nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.certificate import Certificate
from learning.rules.status_lists import LENGTH

if TYPE_CHECKING:
    from learning.models.person import Person


class CredentialQuerySet(models.QuerySet["Credential"]):
    """Filters on credentials."""

    def visible_to(self, person: Person) -> CredentialQuerySet:
        """Keep those whose page the person may see: they carry the full name."""
        return self.filter(certificate__in=Certificate.objects.visible_to(person))

    def of_list(self, *, issuer_id: int, number: int) -> CredentialQuerySet:
        """Keep those whose bit lies in this list of this issuer."""
        return self.filter(list_number=number, certificate__issuer_id=issuer_id)


class Credential(models.Model):
    """One page's credential. `claims`: the document without its proof, as it was before signing."""

    certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, related_name="credential", verbose_name=_("certificate")
    )
    list_number = models.PositiveIntegerField(_("status list"))
    position = models.PositiveIntegerField(_("place in the status list"))
    claims = models.JSONField(_("what is signed"))
    prepared_at = models.DateTimeField(_("prepared at"))
    #: The Data Integrity proof; null until it is signed.
    proof = models.JSONField(_("proof"), null=True, blank=True)
    #: The public half (hexadecimal) of the key that signed.
    public_key = models.CharField(_("public key"), max_length=64, blank=True)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.UniqueConstraint(fields=["list_number", "position"], name="credential_place_once"),
            models.CheckConstraint(condition=models.Q(position__lt=LENGTH), name="credential_place_in_list"),
            models.CheckConstraint(
                condition=models.Q(proof__isnull=True, signed_at__isnull=True, public_key="")
                | (models.Q(proof__isnull=False, signed_at__isnull=False) & ~models.Q(public_key="")),
                name="credential_proof_has_its_key",
            ),
        ]
        indexes = [models.Index(fields=["public_key", "signed_at"], name="credential_by_key")]

    def __str__(self) -> str:
        """Name the page."""
        return str(self.certificate_id)

    @property
    def document(self) -> dict[str, Any]:
        """The credential as it is handed out."""
        claims = cast("dict[str, Any]", self.claims)
        return claims | ({"proof": self.proof} if self.proof else {})
