"""Daily roots of viewing, and their anchors: a root covers the seals of one Beijing day. Source: TRACKING §4."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from learning.models.daily_root import RootAnchor, SignedDay
from tracking.rules.daily_root import RootFacts


class DailyRoot(SignedDay):
    """One signed day; the columns are the fields of `RootFacts`. Without seals `last` is `first` - 1."""

    first_number = models.PositiveBigIntegerField(_("first seal"))
    last_number = models.PositiveBigIntegerField(_("last seal"))
    records_digest = models.CharField(_("digest of the records"), max_length=64)

    class Meta(SignedDay.Meta):
        verbose_name = _("daily root")
        verbose_name_plural = _("daily roots")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(first_number__gte=1, last_number__gte=models.F("first_number") - 1),
                name="daily_root_range_in_order",
            ),
        ]

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

    def statement(self) -> str:
        """Return the canonical line that was hashed and signed."""
        return self.facts().text()

    def announcement(self) -> tuple[str, str]:
        """Return what a mailbox is told with the line."""
        day = self.day.isoformat()
        subject = gettext("Hourbook: daily root of the viewing ledger, %(day)s") % {"day": day}
        body = gettext(
            "The line below fixes what the viewing ledger held at the end of %(day)s (Beijing time). "
            "Keep this message: with it anyone can show later that no record up to that day was changed, removed "
            "or added."
        ) % {"day": day}
        return subject, body


class Anchor(RootAnchor):
    """One root, left with one other."""

    root = models.ForeignKey(DailyRoot, on_delete=models.PROTECT, related_name="anchors", verbose_name=_("daily root"))

    class Meta(RootAnchor.Meta):
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["root", "backend"], name="anchor_once_a_backend"),
        ]
