"""Regions: where a person belongs and whose rule binds them."""

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.bilingual import localized


class Region(models.Model):
    """An administrative division, by its GB/T 2260 code.

    The nation is "000000"; each region names the one it lies in, so a rule set
    for a city also binds its counties unless a county sets its own.
    """

    code = models.CharField(_("code"), max_length=6, primary_key=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("lies in")
    )

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["code"]

    def __str__(self) -> str:
        """Name the region in the active language."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return localized(self, "name")

    def upward_codes(self) -> list[str]:
        """Return this region's code and those it lies in, nearest first."""
        codes = [self.code]
        region = self
        while region.parent_id is not None and region.parent_id not in codes:
            region = region.parent  # type: ignore[assignment]  # guarded by parent_id
            codes.append(region.code)
        return codes

    def downward_codes(self, *, without: Collection[str] = ()) -> list[str]:
        """Return this region's code and those in it, leaving out the regions `without` and what lies in them."""
        children: dict[str | None, list[str]] = {}
        for code, parent in Region.objects.values_list("code", "parent_id"):
            children.setdefault(parent, []).append(code)
        codes = [self.code]
        for code in codes:
            codes.extend(child for child in children.get(code, ()) if child not in without and child not in codes)
        return codes
