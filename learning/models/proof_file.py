"""Files of proof: what a learner sent to have hours waived, known by digest (docs/decisions/0024).

A draft may be taken back and is thrown away in time. Handed in, a file is evidence: written once, held fast by
the learner's chain. The bytes lie under the media folder, which no address serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.models.credit import CreditEntryEvidence
from learning.models.evidence import Evidence
from learning.models.organisation import Organisation, Role
from learning.rules.proofs import ProofKind

if TYPE_CHECKING:
    from learning.models.person import Person


class StoredProof(models.Model):
    """What both have: a name to show, and a file known by its digest."""

    title = models.CharField(_("name of the file"), max_length=100)
    name = models.CharField(_("file"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=[(kind.value, kind.name) for kind in ProofKind])
    digest = models.CharField(_("digest of the file"), max_length=64)
    #: Of the bytes as they were sent: the same copy sent by somebody else has it too.
    sent_digest = models.CharField(_("digest of what was sent"), max_length=64)
    size_bytes = models.PositiveIntegerField(_("size, bytes"))
    sent_at = models.DateTimeField(_("sent at"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Return the name to show."""
        return self.title

    @property
    def is_image(self) -> bool:
        """Whether a page may show it."""
        return ProofKind(self.kind).is_image


class ProofDraft(StoredProof):
    """A file sent and not handed in yet: for a new application, or for one that is open."""

    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="proof_drafts")
    year = models.PositiveSmallIntegerField(_("year"))
    asked = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="proof_drafts")

    class Meta:
        verbose_name = _("file not handed in yet")
        verbose_name_plural = _("files not handed in yet")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "year", "digest"], condition=Q(asked=None), name="proof_draft_new_once"
            ),
            models.UniqueConstraint(fields=["asked", "digest"], name="proof_draft_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sent_at"], name="proof_draft_sent")]


class ProofFileQuerySet(models.QuerySet["ProofFile"]):
    """Filters on files of proof."""

    def visible_to(self, person: Person) -> ProofFileQuerySet:
        """Keep the person's own, and those of applications to a bureau whose officer they are."""
        offices = Organisation.objects.acted_for_by(person, Role.OFFICER).filter(kind=Organisation.Kind.BUREAU)
        asked_of_them = CreditEntryEvidence.objects.filter(
            evidence=OuterRef("asked"), entry__kind="waived", entry__bureau__in=offices
        )
        return self.filter(Q(asked__person_id=person.pk) | Exists(asked_of_them))


class ProofFile(StoredProof, AppendOnlyModel):
    """A file handed in with an application, as stored."""

    asked = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="proofs")
    handed_in_at = models.DateTimeField(_("handed in at"))

    objects = ProofFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of proof")
        verbose_name_plural = _("files of proof")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["asked", "digest"], name="proof_file_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sent_digest"], name="proof_file_sent_digest"),
            models.Index(fields=["name"], name="proof_file_name"),
        ]
