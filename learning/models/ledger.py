"""The ledger's links, one hash chain a person over entries, decisions, certificates and files; its daily roots.

What is nobody's own, such as issued rules, hangs on the house's chain: that without a person.
A link fixes one row that was written, in the order in which acts were done. `number` runs
without gaps over all people, `sequence` over one person's chain. A root covers the links of one
Beijing day. Written once; triggers refuse any change. What they say is `learning.rules`'.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.models.daily_root import RootAnchor, SignedDay, numbers_in_order
from learning.rules.ledger_chain import RULE_VERSION, LinkKind


class LedgerLinkQuerySet(models.QuerySet["LedgerLink"]):
    """Filters on links."""

    def on_chain_of(self, person_id: int | None) -> LedgerLinkQuerySet:
        """Keep one person's chain; None: the house's."""
        return self.filter(person=None) if person_id is None else self.filter(person_id=person_id)

    def ends_of(self, person_ids: set[int | None]) -> LedgerLinkQuerySet:
        """Keep the last link of each of these people's chains; None: of the house's."""
        theirs = models.Q(person_id__in=person_ids - {None})
        if None in person_ids:
            theirs |= models.Q(person_id=None)
        # Numbers rise along every chain.
        last = self.filter(theirs).values("person_id").annotate(last=models.Max("number"))
        return self.filter(number__in=last.order_by().values("last"))


class LedgerLink(AppendOnlyModel):
    """One link: the columns are the fields of `LinkFacts`, and the head of the chain after it."""

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    #: None: the house's chain.
    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    sequence = models.PositiveIntegerField(_("place in the chain, from 1"))
    kind = models.CharField(_("kind"), max_length=12, choices=[(kind.value, kind.value) for kind in LinkKind])
    #: The entry, the decision, the certificate, the file or the rule set.
    subject_id = models.PositiveBigIntegerField(_("number of the row"))
    digest = models.CharField(_("digest of the row"), max_length=64)
    head = models.CharField(_("head of the chain"), max_length=64)
    linked_ms = models.BigIntegerField(_("linked, ms"))

    objects = LedgerLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link of the ledger")
        verbose_name_plural = _("links of the ledger")
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "sequence"], name="ledger_link_sequence_once"),
            models.UniqueConstraint(
                fields=["sequence"], condition=models.Q(person=None), name="ledger_link_house_sequence_once"
            ),
            models.UniqueConstraint(fields=["kind", "subject_id"], name="ledger_link_subject_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1, sequence__gte=1), name="ledger_link_from_one"),
        ]

    def __str__(self) -> str:
        """Name the link and its place in its chain."""
        return f"link {self.number} ({self.person_id}.{self.sequence})"


class LedgerRoot(SignedDay):
    """One signed day of links."""

    mark = RULE_VERSION

    class Meta(SignedDay.Meta):
        verbose_name = _("daily root of the ledger")
        verbose_name_plural = _("daily roots of the ledger")
        constraints: ClassVar[list[models.BaseConstraint]] = [numbers_in_order("ledger_root_range_in_order")]

    def announcement(self) -> tuple[str, str]:
        """Return what a mailbox is told with the line."""
        day = self.day.isoformat()
        subject = gettext("Hourbook: daily root of the ledger of hours, %(day)s") % {"day": day}
        body = gettext(
            "The line below fixes which credit entries, decisions, certificates, signed files and issued rules stood "
            "in the ledger at the end of %(day)s (Beijing time). Keep this message: with it anyone can show later "
            "that none of them was changed, removed or added."
        ) % {"day": day}
        return subject, body


class LedgerVerification(AppendOnlyModel):
    """One run of `verify_ledger` that found nothing: how far the ledger reached when it began.

    The next run may begin there. A note, no proof: whoever doubts it runs the whole check.
    """

    began_at = models.DateTimeField(_("began at"))
    link_number = models.PositiveBigIntegerField(_("last link"))
    link_head = models.CharField(_("head of the last link"), max_length=64)
    line_sequence = models.PositiveBigIntegerField(_("last line of the audit log"))
    line_digest = models.CharField(_("digest of the last line"), max_length=64)
    is_full = models.BooleanField(_("looked at everything"))

    class Meta:
        verbose_name = _("verification of the ledger")
        verbose_name_plural = _("verifications of the ledger")
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        """Say how far it reached."""
        return f"verified to link {self.link_number}"


class LedgerAnchor(RootAnchor):
    """One root of the ledger, left with one other."""

    root = models.ForeignKey(LedgerRoot, on_delete=models.PROTECT, related_name="anchors", verbose_name=_("daily root"))

    class Meta(RootAnchor.Meta):
        verbose_name = _("anchor of the ledger")
        verbose_name_plural = _("anchors of the ledger")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["root", "backend"], name="ledger_anchor_once_a_backend"),
        ]
