"""Interface keys: what another office's system shows instead of a password.

A key belongs to one organisation, may do one thing, and ends. Only the digest
of its secret is stored: the secret has 256 random bits, so a slow hash would
protect nothing more.

States (derived): usable → expired or revoked; both are final.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.organisation import Membership, Organisation, Role

if TYPE_CHECKING:
    from learning.models.person import Person

#: Who keeps an office's keys, and which offices have any.
KEEPERS = (Role.OFFICER, Role.ADMINISTRATOR)
KEEPING = (Organisation.Kind.BUREAU, Organisation.Kind.PROVINCE)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Filters on interface keys."""

    def visible_to(self, person: Person) -> ApiKeyQuerySet:
        """Keep those of offices whose keys the person keeps."""
        offices = Membership.objects.filter(
            person_id=person.pk, role__in=KEEPERS, organisation__kind__in=KEEPING
        ).values("organisation_id")
        return self.filter(organisation_id__in=offices)

    def usable(self, now: datetime) -> ApiKeyQuerySet:
        """Keep those that open a door at this moment."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class ApiKey(models.Model):
    """One system's key."""

    class Scope(models.TextChoices):
        """What a key may do."""

        TITLE_REVIEW = "title_review", _("five years of a person, for title review")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("office")
    )
    label = models.CharField(_("system"), max_length=60)
    scope = models.CharField(_("what it may do"), max_length=24, choices=Scope.choices)
    #: Names the key in the open: in lists, in the audit log, in front of the secret.
    name = models.CharField(_("key"), max_length=12, unique=True)
    secret_digest = models.CharField(max_length=64)
    made_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("ends at"))
    #: To the minute, so that a busy system does not write a row for every question.
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("interface key")
        verbose_name_plural = _("interface keys")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("made_at")), name="api_key_ends"),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_key_revocation_has_its_person",
            ),
        ]

    def __str__(self) -> str:
        """Name the key."""
        return self.name
