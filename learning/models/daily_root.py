"""Daily roots, and the anchors that carry them out of the operator's reach.

A root covers one Beijing day of a ledger, the rows of a range of numbers, and names the root before it; a
day in which nothing was written has one too, so that a missing day shows. Written once. Which ledger, and
what stands in a day's tree, is the concrete models' knowledge. Source: TRACKING §4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.rules.daily_root import RootFacts, anchor_line


class SignedDay(AppendOnlyModel):
    """One signed day; the columns are the fields of `RootFacts`. Without rows `last` is `first` - 1."""

    #: What the statement begins with.
    mark: ClassVar[str]
    #: Columns of the concrete model that the statement has beside the tree.
    beside: ClassVar[tuple[str, ...]] = ()

    day = models.DateField(_("day"), primary_key=True)
    first_number = models.PositiveBigIntegerField(_("first number"))
    last_number = models.PositiveBigIntegerField(_("last number"))
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
        """Name the ledger and the day."""
        return f"{self.mark} root {self.day}"

    def facts(self) -> RootFacts:
        """Return what the root says."""
        return RootFacts(
            self.mark,
            self.day,
            self.first_number,
            self.last_number,
            self.tree_root,
            self.previous_digest,
            self.signed_ms,
            tuple(getattr(self, column) for column in self.beside),
        )

    def announcement(self) -> tuple[str, str]:
        """Return what a mailbox is told with the line: subject and body, in the active language."""
        raise NotImplementedError

    def line(self) -> str:
        """Return the line that is anchored."""
        text = self.facts().text()
        return anchor_line(text, digest=self.digest, signature=self.signature, public_key=self.public_key)


def numbers_in_order(name: str) -> models.CheckConstraint:
    """Return the constraint that each concrete root has, under the name of its own."""
    is_in_order = models.Q(first_number__gte=1, last_number__gte=models.F("first_number") - 1)
    return models.CheckConstraint(condition=is_in_order, name=name)


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
