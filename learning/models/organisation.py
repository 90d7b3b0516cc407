"""Organisations, what a base may teach, and who acts for whom (D2).

One table for provinces, bureaus, departments, employers and bases: one way to
ask "who may see this".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.bilingual import localized
from learning.models.region import Region
from learning.rules.eligibility import Tier

if TYPE_CHECKING:
    from learning.models.person import Person


class Role(models.TextChoices):
    """What a member may be for an organisation; access.py says what each may do."""

    EMPLOYEE = "employee", _("employee")
    EDITOR = "editor", _("course editor")
    AUDITOR = "auditor", _("auditor")
    OFFICER = "officer", _("officer")
    CLERK = "clerk", _("clerk")
    ADMINISTRATOR = "administrator", _("administrator")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Filters on organisations."""

    def bases(self) -> OrganisationQuerySet:
        """Keep the continuing-education bases."""
        return self.filter(kind=Organisation.Kind.BASE)

    def bureau_of(self, region: Region) -> Organisation:
        """Return the bureau that answers for this region: its own, else the nearest above (R9).

        Raises: Organisation.DoesNotExist, when no bureau answers for it.
        """
        codes = region.upward_codes()
        found = self.filter(kind=Organisation.Kind.BUREAU, region_id__in=codes)
        nearest = min(found, key=lambda row: codes.index(row.region_id), default=None)
        if nearest is None:
            raise Organisation.DoesNotExist(region.code)
        return nearest

    def industries(self, regions: Collection[str]) -> dict[int, Organisation]:
        """Return each industry department's number → the department that stands for its industry in these regions.

        A department answers to the one above it (`supervisor`), so a county's health department is of the city's.
        """
        departments = self.filter(kind=Organisation.Kind.DEPARTMENT).in_bulk()
        found: dict[int, Organisation] = {}
        for number, department in departments.items():
            way, highest = {number}, department
            while (above := departments.get(highest.supervisor_id or 0)) and above.pk not in way:
                if above.region_id not in regions:
                    break
                way.add(above.pk)
                highest = above
            found[number] = highest
        return found

    def acted_for_by(self, person: Person, *roles: Role) -> OrganisationQuerySet:
        """Keep those the person acts for in one of the roles (any role when none is named)."""
        memberships = Membership.objects.filter(person_id=person.pk)
        if roles:
            memberships = memberships.filter(role__in=roles)
        return self.filter(pk__in=memberships.values("organisation_id"))


class Organisation(models.Model):
    """A body with a place in the chain of supervision."""

    class Kind(models.TextChoices):
        """What the organisation is."""

        PROVINCE = "province", _("provincial department")
        BUREAU = "bureau", _("human-resources bureau")
        DEPARTMENT = "department", _("industry department")
        EMPLOYER = "employer", _("employing unit")
        BASE = "base", pgettext_lazy("organisation", "continuing-education base")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    tier = models.CharField(_("tier"), max_length=12, choices=[(tier.value, tier.value) for tier in Tier])
    slug = models.SlugField(_("address name"), unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, verbose_name=_("region"))
    supervisor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supervised", verbose_name=_("supervisor")
    )

    department = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="units",
        limit_choices_to={"kind": Kind.DEPARTMENT},
        verbose_name=_("competent industry department"),
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["pk"]

    def __str__(self) -> str:
        """Name the organisation in the active language."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return localized(self, "name")


class BaseProfile(models.Model):
    """What a base is recognised to teach.

    States: active → suspended → active; active → revoked. Credit earned before
    a suspension stands. Source: DOMAIN §4.1, R24, R27.
    """

    class Status(models.TextChoices):
        """Where the recognition stands."""

        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        REVOKED = "revoked", _("revoked")

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="base_profile"
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    may_teach_public = models.BooleanField(_("may teach public subjects"), default=True)
    may_teach_professional = models.BooleanField(_("may teach professional subjects"), default=False)
    fields_zh = models.CharField(_("approved fields (Chinese)"), max_length=200, blank=True)
    fields_en = models.CharField(_("approved fields (English)"), max_length=200, blank=True)
    recognised_on = models.DateField(_("recognised on"))

    class Meta:
        verbose_name = _("base profile")
        verbose_name_plural = _("base profiles")

    def __str__(self) -> str:
        """Name the base."""
        return str(self.organisation)

    @property
    def fields(self) -> str:
        """The approved fields in the active language."""
        return localized(self, "fields")


class Membership(models.Model):
    """A person acts for an organisation in a role; removing the row ends it at once."""

    person = models.ForeignKey("learning.Person", on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["person", "organisation", "role"], name="membership_once"),
        ]

    def __str__(self) -> str:
        """Say who acts as what."""
        return f"{self.person_id} {self.role} @ {self.organisation_id}"
