"""Evidence: how the siblings speak to learning (DESIGN §2).

Tracking records WATCHED for a lesson, assessments PASSED for an enrolment; a
register kept elsewhere arrives as CLAIMED. Written once, with the digest of what
lies behind it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.models.edition import Lesson
from learning.models.enrolment import Enrolment
from learning.models.organisation import Organisation
from learning.rules.credit_states import State


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Filters on evidence."""

    def waivers_of(self, bureau: Organisation) -> EvidenceQuerySet:
        """Keep what this bureau was asked to waive."""
        # Each once, however many entries rest on it.
        asked = _links().filter(entry__kind="waived", entry__bureau=bureau.pk, evidence=OuterRef("pk"))
        return self.filter(Exists(asked), kind=Evidence.Kind.WAIVER)

    def standing_at(self, *states: State) -> EvidenceQuerySet:
        """Keep the waivers that stand so; the entries of one stand alike. Judged again, it stands as it does anew."""
        links = _links().filter(evidence=OuterRef("pk"), entry__standing__state__in=states)
        return self.filter(Exists(links.filter(entry__reversal__restored__isnull=True)))


def _links() -> models.Manager[Any]:
    """Return the links of entries to evidence; by name, since entries stand on evidence."""
    return apps.get_model("learning", "CreditEntryEvidence").objects


class Evidence(AppendOnlyModel):
    """A fact about a person's study that credit may rest on."""

    class Kind(models.TextChoices):
        """What was measured."""

        WATCHED = "watched", _("watched")
        PASSED = "passed", _("passed")
        CLAIMED = "claimed", _("claimed")
        WAIVER = "waiver", _("waiver asked for")

    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, related_name="evidence")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, null=True, related_name="+")
    #: WATCHED: covered_s, duration_s. PASSED: score_percent, pass_mark_percent, attempt.
    #: CLAIMED: title_zh, title_en, centihours, subject_kind, document; where the register says so,
    #: held_from and held_to (ISO 8601) and id_number_index (`person.blind_index` of its ID number).
    #: WAIVER: ground, from_on, to_on, months, twelfths (`rules.waivers`), document, note, filed_at;
    #: where files were handed in with it, proofs: their digests.
    facts = models.JSONField(_("facts"))
    digest = models.CharField(_("digest"), max_length=64, help_text=_("SHA-256 of what lies behind the fact."))
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering: ClassVar[list[str]] = ["recorded_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson"], condition=models.Q(kind="watched"), name="evidence_watched_once"
            ),
            models.UniqueConstraint(
                fields=["enrolment"], condition=models.Q(kind="passed"), name="evidence_passed_once"
            ),
            models.UniqueConstraint(
                fields=["person", "digest"], condition=models.Q(kind="claimed"), name="evidence_claimed_once"
            ),
            models.UniqueConstraint(
                fields=["person", "digest"], condition=models.Q(kind="waiver"), name="evidence_waiver_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="watched", enrolment__isnull=False, lesson__isnull=False)
                | models.Q(kind="passed", enrolment__isnull=False, lesson__isnull=True)
                | models.Q(kind__in=["claimed", "waiver"], enrolment__isnull=True, lesson__isnull=True),
                name="evidence_names_its_subject",
            ),
        ]

    def __str__(self) -> str:
        """Say what was measured."""
        return f"{self.kind} #{self.pk}"
