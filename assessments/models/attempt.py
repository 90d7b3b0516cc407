"""Attempts: one sitting of an edition's exam, its paper frozen when it starts.

States:
    OPEN → SUBMITTED   by the learner, at `submitted_at`, at the bell or before
    OPEN → EXPIRED     by whoever notices first, but always AT `deadline_at`
Both ends are final, and scored in the transaction that reaches them. The paper,
the key and the deadline never change after the start; triggers refuse it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.rules.networks import KEY_BYTES
from assessments.rules.papers import Paper, PaperQuestion
from assessments.rules.questions import Choice, Kind
from assessments.rules.scoring import Score
from learning.models import Enrolment, Membership, Role
from learning.rules.digests import digest_of

if TYPE_CHECKING:
    from learning.models import Person


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Filters on attempts."""

    def visible_to(self, person: Person) -> AttemptQuerySet:
        """Keep the person's own and those at bases whose auditor or administrator they are."""
        bases = Membership.objects.filter(person_id=person.pk, role__in=[Role.AUDITOR, Role.ADMINISTRATOR]).values(
            "organisation_id"
        )
        return self.filter(models.Q(enrolment__person_id=person.pk) | models.Q(enrolment__edition__base_id__in=bases))

    def of(self, enrolment: Enrolment) -> AttemptQuerySet:
        """Keep one enrolment's attempts, first to last."""
        return self.filter(enrolment_id=enrolment.pk).order_by("number")

    def open(self) -> AttemptQuerySet:
        """Keep those still being sat, or overdue and not yet noticed."""
        return self.filter(state=Attempt.State.OPEN)

    def closed(self) -> AttemptQuerySet:
        """Keep those that are over."""
        return self.exclude(state=Attempt.State.OPEN)

    def on_time(self, now: datetime) -> AttemptQuerySet:
        """Keep those whose bell has not rung; exactly at the bell it has not."""
        return self.filter(deadline_at__gte=now)

    def overdue(self, now: datetime) -> AttemptQuerySet:
        """Keep the open ones whose bell has rung, the longest overdue first."""
        return self.open().filter(deadline_at__lt=now).order_by("deadline_at", "pk")


class Attempt(models.Model):
    """One sitting. See the module's docstring for its states."""

    class State(models.TextChoices):
        """Where the sitting stands."""

        OPEN = "open", _("being sat")
        SUBMITTED = "submitted", _("handed in")
        EXPIRED = "expired", _("time ran out")

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("From 1, within the enrolment."))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    #: The paper as drawn: a list of questions with their choices, without the key.
    paper = models.JSONField(_("paper"))
    #: Position → right letters. NB: never sent to a learner.
    key = models.JSONField(_("key"))
    #: What the paper was drawn with; random, so the digest cannot be guessed back to the key.
    seed = models.BigIntegerField(_("seed"))
    paper_digest = models.CharField(_("digest of the paper"), max_length=64)
    extra_time_percent = models.PositiveSmallIntegerField(_("extra time in percent"), default=0)
    started_at = models.DateTimeField(_("started at"))
    deadline_at = models.DateTimeField(_("deadline"))
    #: Of the network it was begun on and the day (`rules.networks`); None where it is not known. Never the address.
    network_key = models.BinaryField(_("network, as a keyed digest"), max_length=KEY_BYTES, null=True)
    #: Where the learner last answered; any device resumes there.
    last_position = models.PositiveSmallIntegerField(_("last question"), default=1)
    submitted_at = models.DateTimeField(_("handed in at"), null=True)
    score_points = models.PositiveIntegerField(_("points reached"), null=True)
    max_points = models.PositiveIntegerField(_("points on the paper"))
    score_percent = models.PositiveSmallIntegerField(_("score in percent"), null=True)
    has_passed = models.BooleanField(_("passed"), null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["enrolment", "number"]
        indexes = [
            models.Index(fields=["deadline_at"], condition=models.Q(state="open"), name="attempt_open_deadline"),
            models.Index(fields=["network_key"], condition=models.Q(network_key__isnull=False), name="attempt_network"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "number"], name="attempt_number_once"),
            models.UniqueConstraint(fields=["enrolment"], condition=models.Q(state="open"), name="attempt_one_open"),
            models.UniqueConstraint(
                fields=["enrolment"], condition=models.Q(has_passed=True), name="attempt_one_passed"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", submitted_at__isnull=True)
                | models.Q(state="submitted", submitted_at__lte=models.F("deadline_at"))
                | models.Q(state="expired", submitted_at=models.F("deadline_at")),
                name="attempt_state_matches_time",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="open", score_points__isnull=True, score_percent__isnull=True, has_passed__isnull=True
                )
                | (
                    ~models.Q(state="open")
                    & models.Q(score_points__isnull=False, score_percent__isnull=False, has_passed__isnull=False)
                ),
                name="attempt_scored_when_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(score_points__isnull=True) | models.Q(score_points__lte=models.F("max_points")),
                name="attempt_score_within_paper",
            ),
            models.CheckConstraint(condition=models.Q(deadline_at__gt=models.F("started_at")), name="attempt_has_time"),
        ]

    def __str__(self) -> str:
        """Say whose sitting it is."""
        return f"{self.enrolment_id}.{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it is still being sat."""
        return self.state == self.State.OPEN

    @property
    def score(self) -> Score | None:
        """The score, once it is over."""
        return None if self.score_points is None else Score(points=self.score_points, max_points=self.max_points)

    def questions(self) -> tuple[PaperQuestion, ...]:
        """Return the frozen paper's questions, in order."""
        return tuple(
            PaperQuestion(
                **(facts | {"kind": Kind(facts["kind"]), "choices": tuple(Choice(**row) for row in facts["choices"])})
            )
            for facts in self.paper
        )

    def question_ids(self) -> list[int]:
        """Return which of the bank's questions are on the paper, in order."""
        return [facts["question_id"] for facts in self.paper]

    def right_letters(self) -> dict[int, tuple[str, ...]]:
        """Return the frozen key. For scoring alone."""
        return {int(position): tuple(letters) for position, letters in self.key.items()}


def paper_facts(paper: Paper) -> list[dict[str, Any]]:
    """Return the form in which an attempt keeps its paper."""
    return [
        {
            "position": question.position,
            "question_id": question.question_id,
            "kind": str(question.kind),
            "points": question.points,
            "stem_zh": question.stem_zh,
            "stem_en": question.stem_en,
            "choices": [
                {"code": choice.code, "text_zh": choice.text_zh, "text_en": choice.text_en}
                for choice in question.choices
            ],
        }
        for question in paper.questions
    ]


def key_facts(paper: Paper) -> dict[str, list[str]]:
    """Return the form in which an attempt keeps its key: JSON knows text keys only."""
    return {str(position): list(letters) for position, letters in paper.key.items()}


def paper_digest(*, paper: Sequence[dict[str, Any]], key: dict[str, list[str]], seed: int) -> str:
    """Return the SHA-256 over what the sitting is measured against."""
    return digest_of({"paper": list(paper), "key": key, "seed": seed})
