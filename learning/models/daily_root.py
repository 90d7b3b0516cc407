"""Daily roots, and the anchors that carry them out of the operator's reach.

A root covers one Beijing day of a ledger and names the root before it; a day in which nothing was
written has one too, so that a missing day shows. Written once. Which ledger, and what stands in a
day's tree, is the concrete models' knowledge. Source: TRACKING §4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.rules.daily_root import anchor_line


class SignedDay(AppendOnlyModel):
    """One signed day; its numbers, and what else it states, are columns of the concrete model."""

    day = models.DateField(_("day"), primary_key=True)
    tree_root = models.CharField(_("root of the tree"), max_length=64)
    previous_digest = models.CharField(_("root of the day before"), max_length=64)
    signed_ms = models.BigIntegerField(_("signed, ms"))
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    signature = models.CharField(_("signature"), max_length=128)
    public_key = models.CharField(_("public key"), max_length=64)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["day"]

    def __str__(self) -> str:
        """Name the day."""
        return f"daily root {self.day}"

    def statement(self) -> str:
        """Return the canonical line that was hashed and signed."""
        raise NotImplementedError

    def announcement(self) -> tuple[str, str]:
        """Return what a mailbox is told with the line: subject and body, in the active language."""
        raise NotImplementedError

    def line(self) -> str:
        """Return the line that is anchored."""
        return anchor_line(self.statement(), digest=self.digest, signature=self.signature, public_key=self.public_key)


class RootAnchor(AppendOnlyModel):
    """One root, left with one other; `receipt` is what the other gave for it. `root` is the concrete model's."""

    if TYPE_CHECKING:
        root: Any
        root_id: Any

    backend = models.CharField(_("where"), max_length=20)
    receipt = models.TextField(_("receipt"))
    anchored_ms = models.BigIntegerField(_("anchored, ms"))
    #: SHA-256 over the facts of this row.
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["root", "backend"]

    def __str__(self) -> str:
        """Say what is anchored where."""
        return f"{self.root_id} → {self.backend}"
