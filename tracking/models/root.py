"""Daily roots, and the anchors that carry them out of the operator's reach.

A root covers the seals of one Beijing day and names the root before it; a day without seals has
one too, so that a missing day shows. Written once. Source: TRACKING §4.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from tracking.rules.daily_root import RootFacts, anchor_line


class DailyRoot(AppendOnlyModel):
    """One signed day; the columns are the fields of `RootFacts`. Without seals `last` is `first` - 1."""

    day = models.DateField(_("day"), primary_key=True)
    first_number = models.PositiveBigIntegerField(_("first seal"))
    last_number = models.PositiveBigIntegerField(_("last seal"))
    tree_root = models.CharField(_("root of the tree"), max_length=64)
    records_digest = models.CharField(_("digest of the records"), max_length=64)
    previous_digest = models.CharField(_("root of the day before"), max_length=64)
    signed_ms = models.BigIntegerField(_("signed, ms"))
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    signature = models.CharField(_("signature"), max_length=128)
    public_key = models.CharField(_("public key"), max_length=64)

    class Meta:
        verbose_name = _("daily root")
        verbose_name_plural = _("daily roots")
        ordering: ClassVar[list[str]] = ["day"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(first_number__gte=1, last_number__gte=models.F("first_number") - 1),
                name="daily_root_range_in_order",
            ),
        ]

    def __str__(self) -> str:
        """Name the day."""
        return f"daily root {self.day}"

    def facts(self) -> RootFacts:
        """Return what the root says."""
        return RootFacts(
            self.day,
            self.first_number,
            self.last_number,
            self.tree_root,
            self.records_digest,
            self.previous_digest,
            self.signed_ms,
        )

    def line(self) -> str:
        """Return the line that is anchored."""
        return anchor_line(self.facts(), signature=self.signature, public_key=self.public_key)


class Anchor(AppendOnlyModel):
    """One root, left with one other; `receipt` is what the other gave for it."""

    root = models.ForeignKey(DailyRoot, on_delete=models.PROTECT, related_name="anchors", verbose_name=_("daily root"))
    backend = models.CharField(_("where"), max_length=20)
    receipt = models.TextField(_("receipt"))
    anchored_ms = models.BigIntegerField(_("anchored, ms"))
    #: SHA-256 over the facts of this row.
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")
        ordering: ClassVar[list[str]] = ["root", "backend"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["root", "backend"], name="anchor_once_a_backend"),
        ]

    def __str__(self) -> str:
        """Say what is anchored where."""
        return f"{self.root_id} → {self.backend}"
