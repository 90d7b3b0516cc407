"""Credit: entries, the decisions on them, and where each one stands.

Which table answers which question:

- `CreditEntry` (append-only): what was earned, under which rule, on what evidence.
- `CreditDecision` (append-only): who decided what, in which office, and why.
- `CreditStanding`: where the entry stands now, who holds it and since when. It
  can be recomputed from the decisions at any time (`verify_ledger` does); it is
  kept so that a queue is one indexed read, and so that of two officers who
  decide at once exactly one wins its guarded update.

States: earned → audited (base) → confirmed (bureau); earned → returned (base,
with a reason) → earned (learner resubmits); audited → earned (bureau sends
back); audited → rejected (bureau); confirmed → reversed (bureau, with a reason).
A reversed entry keeps its row; its reversal, an entry of as many hours less, stands beside it and counts as
little. Where the reversal let the same evidence be judged again, a restored entry follows it: earned anew, under
the next source key. Source: DOMAIN §4.7; the table is `learning.rules.credit_states`.

Hours nobody studied are entries too: waived ones, checked by one officer of the home
bureau and granted by another, and those carried over from the year before, which stand
confirmed from the start, as their year was. Source: docs/decisions/0018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.models.bilingual import localized
from learning.models.enrolment import Enrolment
from learning.models.evidence import Evidence
from learning.models.organisation import Membership, Organisation, Role
from learning.models.requirement import Requirement
from learning.rules.credit_states import State, Verdict
from learning.rules.requirements import SubjectKind
from learning.rules.source_keys import AGAIN

if TYPE_CHECKING:
    from learning.models.flag import FlagPolicy
    from learning.models.person import Person


class CreditEntryQuerySet(models.QuerySet["CreditEntry"]):
    """Filters on entries."""

    def visible_to(self, person: Person) -> CreditEntryQuerySet:
        """Keep the person's own, and those the bodies they act for teach or confirm."""
        mine = Membership.objects.filter(person_id=person.pk)
        auditing = mine.filter(role__in=[Role.AUDITOR, Role.ADMINISTRATOR]).values("organisation_id")
        bureaus = mine.filter(role=Role.OFFICER).values("organisation_id")
        return self.filter(
            models.Q(person_id=person.pk) | models.Q(auditor_id__in=auditing) | models.Q(bureau_id__in=bureaus)
        )

    def studied(self) -> CreditEntryQuerySet:
        """Keep hours that somebody studied: what was waived or carried over has no place in their queues."""
        return self.filter(kind__in=CreditEntry.STUDIED)

    def of_year(self, person: Person, year: int) -> CreditEntryQuerySet:
        """Keep one person's year, newest first, with where each stands."""
        return self.filter(person_id=person.pk, year=year).select_related(
            "standing__holder", "auditor", "bureau", "requirement"
        )

    def flagged(self) -> CreditEntryQuerySet:
        """Keep those with something for an office to look at, one by one."""
        return self.filter(models.Exists(_flags_of_entry()))

    def unflagged(self) -> CreditEntryQuerySet:
        """Keep those that may be decided together."""
        return self.filter(~models.Exists(_flags_of_entry()))

    def unscreened(self, policy: FlagPolicy) -> CreditEntryQuerySet:
        """Keep those that were not measured under this policy."""
        screenings = apps.get_model("learning", "CreditScreening").objects
        return self.filter(~models.Exists(screenings.filter(entry=models.OuterRef("pk"), policy=policy.pk)))

    def with_score(self) -> CreditEntryQuerySet:
        """Say of each entry the exam score it rests on, or None."""
        passed = Evidence.objects.filter(enrolment=models.OuterRef("enrolment"), kind=Evidence.Kind.PASSED)
        scores = passed.order_by().annotate(score=Cast(KT("facts__score_percent"), models.IntegerField()))
        score: dict[str, Any] = {"score_percent": models.Subquery(scores.values("score")[:1])}
        return self.annotate(**score)

    def with_balance(self) -> CreditEntryQuerySet:
        """Say of each confirmed entry what its year had by then; what is not confirmed has none.

        An entry that was taken back counts until its reversal, which stands beside it; what was restored, from then on.
        """
        same_year = CreditEntry.objects.alias(entered=_ENTERED).filter(
            person=models.OuterRef("person"), year=models.OuterRef("year"), standing__state__in=_COUNTED
        )
        earlier = models.Q(entered__lt=models.OuterRef("entered"))
        itself = models.Q(entered=models.OuterRef("entered"), pk__lte=models.OuterRef("pk"))
        sums = same_year.filter(earlier | itself).order_by().values("year").annotate(sum=models.Sum("centihours"))
        balance: dict[str, Any] = {
            "balance_centihours": models.Case(
                models.When(standing__state__in=_COUNTED, then=models.Subquery(sums.values("sum")))
            )
        }
        return self.alias(entered=_ENTERED).annotate(**balance)


#: Since when an entry stands: it was earned then, or restored by a reversal.
_ENTERED = Coalesce("restores__earned_at", "earned_at")
#: What a balance adds up: what is confirmed, and what was taken back together with what took it.
_COUNTED = (State.CONFIRMED, State.REVERSED)


def _flags_of_entry() -> models.QuerySet[Any]:
    """Return the flags of the entry asked about; by name, since flags stand on entries."""
    return apps.get_model("learning", "CreditFlag").objects.filter(entry=models.OuterRef("pk"))


class CreditEntry(AppendOnlyModel):
    """Credit of one completed edition, or of one claim; a correction is a reversal."""

    class Kind(models.TextChoices):
        """How the entry came about."""

        EARNED = "earned", _("earned")
        CLAIMED = "claimed", _("claimed")
        REVERSAL = "reversal", _("reversal")
        CARRIED = "carried", _("carried over")
        WAIVED = "waived", _("waived")

    STUDIED = (Kind.EARNED, Kind.CLAIMED)
    #: Hours that count and that nobody studied.
    UNSTUDIED = (Kind.CARRIED, Kind.WAIVED)

    #: Nobody takes these back: they follow the entry they reverse, or the year they come from.
    FOLLOWING: ClassVar[tuple[Kind, ...]] = (Kind.REVERSAL, Kind.CARRIED)

    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="credit_entries")
    year = models.PositiveSmallIntegerField(_("year"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    #: What it was earned by: unique within a person's year, so nothing counts twice.
    source_key = models.CharField(max_length=120)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, related_name="credit_entries")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversal")
    #: The reversal after which this evidence was to be judged again; once only, and never without one.
    restores = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="restored")
    title_zh = models.CharField(_("Chinese title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    subject_kind = models.CharField(
        _("subject"), max_length=16, choices=[(kind.value, kind.value) for kind in SubjectKind]
    )
    centihours = models.IntegerField(_("credit in hundredths of an hour"))
    #: The base that taught it, or the industry department (R19); of hours nobody studied, the home bureau.
    auditor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("audited by"))
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("confirmed by"))
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="+")
    evidence = models.ManyToManyField(Evidence, related_name="credit_entries", through="CreditEntryEvidence")
    #: SHA-256 over the digests of the evidence, in order.
    evidence_digest = models.CharField(max_length=64)
    #: SHA-256 over this entry's own facts; `verify_ledger` recomputes it.
    digest = models.CharField(max_length=64)
    earned_at = models.DateTimeField(_("earned at"))

    #: Set by `with_score` only.
    score_percent: int | None

    objects = CreditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit entry")
        verbose_name_plural = _("credit entries")
        ordering: ClassVar[list[str]] = ["-earned_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "year", "source_key"], name="credit_entry_source_once"),
            models.CheckConstraint(
                condition=models.Q(kind="reversal", centihours__lt=0, reverses__isnull=False)
                | (~models.Q(kind="reversal") & models.Q(centihours__gt=0, reverses__isnull=True)),
                name="credit_entry_sign",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="earned") | models.Q(enrolment__isnull=False),
                name="credit_entry_earned_has_enrolment",
            ),
            models.CheckConstraint(
                condition=models.Q(restores__isnull=True) & ~models.Q(source_key__contains=AGAIN)
                | models.Q(restores__isnull=False, source_key__contains=AGAIN) & ~models.Q(kind="reversal"),
                name="credit_entry_restored_has_next_key",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["carried", "waived"])
                | models.Q(enrolment__isnull=True, auditor=models.F("bureau")),
                name="credit_entry_unstudied_is_the_bureaus",
            ),
        ]

    def __str__(self) -> str:
        """Return the number as pages quote it."""
        return f"#{self.pk}"

    @property
    def title(self) -> str:
        """The title in the active language."""
        return localized(self, "title")

    @property
    def is_public_subject(self) -> bool:
        """Whether it counts towards the public test."""
        return self.subject_kind == SubjectKind.PUBLIC


class CreditEntryEvidence(AppendOnlyModel):
    """Which evidence an entry rests on; written with the entry."""

    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("evidence of an entry")
        verbose_name_plural = _("evidence of entries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "evidence"], name="credit_entry_evidence_once"),
        ]

    def __str__(self) -> str:
        """Say what rests on what."""
        return f"#{self.entry_id} ← {self.evidence_id}"


class CreditDecision(AppendOnlyModel):
    """One act on one entry: who, for which office, what and why."""

    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT, related_name="decisions")
    sequence = models.PositiveSmallIntegerField(_("number of the decision on this entry, from 1"))
    verdict = models.CharField(_("verdict"), max_length=12, choices=[(given.value, given.value) for given in Verdict])
    actor = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    reason_code = models.CharField(_("reason"), max_length=40, blank=True)
    reason_text = models.CharField(_("reason in words"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("credit decision")
        verbose_name_plural = _("credit decisions")
        ordering: ClassVar[list[str]] = ["entry", "sequence"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "sequence"], name="credit_decision_sequence_once"),
            models.CheckConstraint(
                condition=~models.Q(verdict__in=["returned", "sent_back", "rejected", "reversed"])
                | ~models.Q(reason_code=""),
                name="credit_decision_refusal_has_reason",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "verdict", "decided_at"], name="credit_decision_of_late"),
        ]

    def __str__(self) -> str:
        """Say what was decided."""
        return f"#{self.entry_id}.{self.sequence} {self.verdict}"


class CreditStandingQuerySet(models.QuerySet["CreditStanding"]):
    """Filters on standings: the queues."""

    def awaiting_audit(self, auditor: Organisation) -> CreditStandingQuerySet:
        """Keep what waits for this auditing body, oldest first."""
        return self.filter(state=State.EARNED, holder_id=auditor.pk).order_by("since", "entry_id")

    def awaiting_confirmation(self, bureau: Organisation) -> CreditStandingQuerySet:
        """Keep what waits for this bureau, oldest first."""
        return self.filter(state=State.AUDITED, holder_id=bureau.pk).order_by("since", "entry_id")


class CreditStanding(models.Model):
    """Where an entry stands: state, who holds it, since when, after how many decisions."""

    entry = models.OneToOneField(CreditEntry, on_delete=models.PROTECT, primary_key=True, related_name="standing")
    state = models.CharField(_("state"), max_length=12, choices=[(state.value, state.value) for state in State])
    holder = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("held by")
    )
    since = models.DateTimeField(_("since"))
    decision_count = models.PositiveSmallIntegerField(default=0)

    objects = CreditStandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing of an entry")
        verbose_name_plural = _("standings of entries")
        indexes = [
            models.Index(fields=["holder", "state", "since", "entry"], name="credit_standing_queue"),
            # What the sweep that measures looks through, however much was ever decided.
            models.Index(fields=["entry"], condition=models.Q(state="earned"), name="credit_standing_unaudited"),
        ]

    def __str__(self) -> str:
        """Say where it stands."""
        return f"#{self.entry_id} {self.state}"
