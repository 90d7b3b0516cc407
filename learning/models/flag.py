"""Flags on entries: the policy they are raised under, what was measured, what was raised, who looked.

- `FlagPolicy` (append-only): the thresholds, in versions; the newest is in force.
- `CreditScreening` (append-only): an entry was measured under a policy, with what result. An entry
  without one under the policy in force is due, and the figures are what others are compared with.
- `CreditFlag` (append-only): what an office should look at. Once raised it stays; it takes no hour away.
- `CreditFlagLook` (append-only): a decision that was taken with the flag before one's eyes. The words
  are the decision's own.

Source: DOMAIN §5 (8), UX screen 8; docs/decisions/0014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models.append_only import AppendOnlyModel
from learning.models.credit import CreditDecision, CreditEntry
from learning.models.edition import Edition
from learning.rules.flags import RULES, FlagCode, Terms

if TYPE_CHECKING:
    from learning.models.person import Person

TERMS = tuple(Terms.__dataclass_fields__)


class FlagPolicyQuerySet(models.QuerySet["FlagPolicy"]):
    """The one question."""

    def in_force(self) -> FlagPolicy | None:
        """Return the newest policy; without one, nothing is looked for."""
        return self.order_by("-version").first()


class FlagPolicy(AppendOnlyModel):
    """The thresholds of one version; the columns are the fields of `Terms`."""

    version = models.PositiveSmallIntegerField(_("version"), unique=True)
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

    def as_terms(self) -> Terms:
        """Return the thresholds the rules judge by."""
        return Terms(**{name: getattr(self, name) for name in TERMS})


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
