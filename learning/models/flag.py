"""Flags on entries: the policy they are raised under, what was measured, what was raised, who looked.

- `FlagPolicy` (append-only): the thresholds, in versions; the newest is in force.
- `FlagProposal`: thresholds that one officer drafted, for a second one to issue as the next version.
- `CreditScreening` (append-only): an entry was measured under a policy, with what result. An entry
  without one under the policy in force is due, and the figures are what others are compared with.
- `CreditFlag` (append-only): what an office should look at. Once raised it stays; it takes no hour away.
- `CreditFlagLook` (append-only): a decision that was taken with the flag before one's eyes. The words
  are the decision's own.

Source: DOMAIN §5 (8), UX screen 8; docs/decisions/0014, 0023.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models.append_only import AppendOnlyModel
from learning.models.credit import CreditDecision, CreditEntry
from learning.models.edition import Edition
from learning.models.organisation import Membership, Organisation, Role
from learning.models.rule_set import RULE_MAKERS
from learning.rules.flags import RULES, FlagCode, Terms

if TYPE_CHECKING:
    from learning.models.person import Person

TERMS = tuple(Terms.__dataclass_fields__)


class FlagPolicyQuerySet(models.QuerySet["FlagPolicy"]):
    """The one question."""

    def in_force(self) -> FlagPolicy | None:
        """Return the newest policy; without one, nothing is looked for."""
        return self.order_by("-version").first()


class FlagThresholds(models.Model):
    """What is looked for; the columns are the fields of `Terms`."""

    peers_min = models.PositiveSmallIntegerField(_("learners needed for a comparison"), default=5)
    network_people_min = models.PositiveSmallIntegerField(_("people on one network in one exam"), default=5)
    night_from_hour = models.PositiveSmallIntegerField(_("hour at which the night begins"), default=23)
    night_hours = models.PositiveSmallIntegerField(_("length of the night in hours"), default=6)
    night_s_min = models.PositiveIntegerField(_("seconds of study in one night"), default=10_800)
    answers_min = models.PositiveSmallIntegerField(_("answers needed to compare their times"), default=10)
    answer_spread_ms_max = models.PositiveIntegerField(_("milliseconds between the answers' times"), default=300)
    overlap_s_min = models.PositiveIntegerField(_("seconds shared with other study"), default=60)
    missed_checks_min = models.PositiveSmallIntegerField(_("presence checks missed"), default=3)
    missed_percent_min = models.PositiveSmallIntegerField(_("share of the checks missed, percent"), default=50)
    exam_percent_of_usual_max = models.PositiveSmallIntegerField(
        _("exam time as a share of the usual, percent"), default=25
    )

    class Meta:
        abstract = True

    def as_terms(self) -> Terms:
        """Return the thresholds the rules judge by."""
        return Terms(**{name: getattr(self, name) for name in TERMS})


class FlagPolicy(FlagThresholds, AppendOnlyModel):
    """The thresholds of one version."""

    version = models.PositiveSmallIntegerField(_("version"), unique=True)
    issued_at = models.DateTimeField(_("issued at"))

    objects = FlagPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("flag policy")
        verbose_name_plural = _("flag policies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(night_from_hour__lt=24, night_hours__gt=0, night_hours__lt=24),
                name="flag_policy_night_is_one",
            ),
        ]

    def __str__(self) -> str:
        """Name the version."""
        return f"{self.version}"


class FlagProposalQuerySet(models.QuerySet["FlagProposal"]):
    """Filters on proposals."""

    def visible_to(self, person: Person) -> FlagProposalQuerySet:
        """Keep them for the officers of provinces and bureaus: one policy holds for all of them."""
        offices = Membership.objects.filter(person_id=person.pk, role=Role.OFFICER, organisation__kind__in=RULE_MAKERS)
        return self.filter(models.Exists(offices))

    def waiting(self) -> FlagProposalQuerySet:
        """Keep the one that a second officer may issue."""
        return self.filter(state=FlagProposal.State.WAITING)


class FlagProposal(FlagThresholds):
    """Thresholds for the next version. States: waiting → issued, waiting → withdrawn; what it says never changes."""

    class State(models.TextChoices):
        """Where the proposal stands."""

        WAITING = "waiting", pgettext_lazy("flagpolicy", "waiting for a second officer")
        ISSUED = "issued", pgettext_lazy("flagpolicy", "issued")
        WITHDRAWN = "withdrawn", pgettext_lazy("flagpolicy", "withdrawn")

    office = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    #: The version in force when it was drafted: what it was compared with.
    base = models.ForeignKey(FlagPolicy, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason_text = models.CharField(_("reason"), max_length=500)
    drafted_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted at"))
    ended_by = models.ForeignKey("learning.Person", on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended at"), null=True)
    #: Why it was withdrawn.
    end_text = models.CharField(_("why it was withdrawn"), max_length=500, blank=True)
    policy = models.OneToOneField(FlagPolicy, on_delete=models.PROTECT, null=True, related_name="proposal")

    objects = FlagProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal of a flag policy")
        verbose_name_plural = _("proposals of flag policies")
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="waiting"), name="flag_proposal_one_waits"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="issued") | ~models.Q(ended_by=models.F("drafted_by")),
                name="flag_proposal_issued_by_a_second",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", ended_by=None, ended_at=None, policy=None, end_text="")
                | models.Q(state="issued", ended_by__isnull=False, ended_at__isnull=False, policy__isnull=False)
                | models.Q(state="withdrawn", ended_by__isnull=False, ended_at__isnull=False, policy=None)
                & ~models.Q(end_text=""),
                name="flag_proposal_state_has_its_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(night_from_hour__lt=24, night_hours__gt=0, night_hours__lt=24),
                name="flag_proposal_night_is_one",
            ),
        ]

    def __str__(self) -> str:
        """Say after which version it was drafted."""
        return f"#{self.pk} ({self.base_id})"


class CreditScreening(AppendOnlyModel):
    """One entry, measured once under one policy."""

    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT, related_name="screenings")
    policy = models.ForeignKey(FlagPolicy, on_delete=models.PROTECT, related_name="+")
    #: Of the entry's course, so that a course's latest are one indexed read.
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    #: Code → figure, as the rules measured it.
    figures = models.JSONField(_("figures"))
    screened_at = models.DateTimeField(_("measured at"))

    class Meta:
        verbose_name = _("screening of an entry")
        verbose_name_plural = _("screenings of entries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "policy"], name="credit_screening_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["edition", "-id"], name="credit_screening_peers"),
        ]

    def __str__(self) -> str:
        """Say what was measured."""
        return f"#{self.entry_id} ({self.policy_id})"


class CreditFlagQuerySet(models.QuerySet["CreditFlag"]):
    """Filters on flags."""

    def visible_to(self, person: Person) -> CreditFlagQuerySet:
        """Keep those on entries the person may see."""
        return self.filter(entry__in=CreditEntry.objects.visible_to(person).values("pk"))

    def with_looks(self) -> CreditFlagQuerySet:
        """Read with each flag who looked at it, in the order of the rules."""
        looks = CreditFlagLook.objects.select_related("decision__actor", "decision__organisation").order_by("pk")
        return self.annotate(rank=rank_of("code")).order_by("rank").prefetch_related(models.Prefetch("looks", looks))


def rank_of(name: str) -> models.Case:
    """Return the place of a flag's code among the rules: the first is what an office is told first."""
    return models.Case(
        *(models.When(**{name: rule.CODE}, then=place) for place, rule in enumerate(RULES)),
        default=len(RULES),
        output_field=models.PositiveSmallIntegerField(),
    )


class CreditFlag(AppendOnlyModel):
    """One thing to look at on one entry."""

    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT, related_name="flags")
    code = models.CharField(_("flag"), max_length=20, choices=[(code.value, code.value) for code in FlagCode])
    policy = models.ForeignKey(FlagPolicy, on_delete=models.PROTECT, related_name="+")
    #: figure; usual, where there was something to compare with; what else the rule says beside it.
    facts = models.JSONField(_("facts"))
    computed_at = models.DateTimeField(_("computed at"))

    objects = CreditFlagQuerySet.as_manager()

    class Meta:
        verbose_name = _("flag on an entry")
        verbose_name_plural = _("flags on entries")
        ordering: ClassVar[list[str]] = ["entry_id", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "code"], name="credit_flag_once"),
        ]

    def __str__(self) -> str:
        """Say what is flagged."""
        return f"#{self.entry_id} {self.code}"

    @property
    def figure(self) -> int:
        """The person's figure."""
        return int(self.facts["figure"])

    @property
    def usual(self) -> int | None:
        """What is usual on this course; None where there was too little to compare with."""
        value: int | None = self.facts.get("usual")
        return value


class CreditFlagLook(AppendOnlyModel):
    """An office, or the learner's answer, with the flag in sight: the decision says who, what and in which words."""

    flag = models.ForeignKey(CreditFlag, on_delete=models.PROTECT, related_name="looks")
    decision = models.ForeignKey(CreditDecision, on_delete=models.PROTECT, related_name="flag_looks")

    class Meta:
        verbose_name = _("look at a flag")
        verbose_name_plural = _("looks at flags")
        ordering: ClassVar[list[str]] = ["flag_id", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["flag", "decision"], name="credit_flag_look_once"),
        ]

    def __str__(self) -> str:
        """Say which decision looked at which flag."""
        return f"{self.flag_id} ← {self.decision_id}"
