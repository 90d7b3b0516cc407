"""Daily roots of viewing, and their anchors: a root covers the seals of one Beijing day. Source: TRACKING §4."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from learning.models.daily_root import RootAnchor, SignedDay, numbers_in_order
from tracking.rules.chain import RULE_VERSION


class DailyRoot(SignedDay):
    """One signed day of seals; the sessions' records are hashed beside their tree."""

    mark = RULE_VERSION
    beside = ("records_digest",)

    records_digest = models.CharField(_("digest of the records"), max_length=64)

    class Meta(SignedDay.Meta):
        verbose_name = _("daily root")
        verbose_name_plural = _("daily roots")
        constraints: ClassVar[list[models.BaseConstraint]] = [numbers_in_order("daily_root_range_in_order")]

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
