"""Viewing sessions: one player, one lesson, one stretch of a learner's timeline.

States: running → ended (bye, preempt, timeout) → sealed. Ended takes late claims only, sealed
nothing. What a session is measured against is fixed when it opens (triggers refuse any change).
Source: TRACKING §2 State machines.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models import Enrolment, Lesson
from tracking.rules.viewing import EndedSession, EndReason, MissedCheck, Policy, SessionTerms


class ViewingSessionQuerySet(models.QuerySet["ViewingSession"]):
    """Filters on sessions."""

    def of_lesson(self, *, enrolment_id: int, lesson_id: int) -> ViewingSessionQuerySet:
        """Keep one lesson's sessions, oldest first."""
        return self.filter(enrolment_id=enrolment_id, lesson_id=lesson_id).order_by("opened_ms", "pk")

    def with_checks_elsewhere(self, person_id: int) -> ViewingSessionQuerySet:
        """Where a missed check rewinds, add the learner's later sessions: their checks decide here too."""
        first = self.filter(missed_check=MissedCheck.REWIND.value).first()
        if first is None:
            return self
        later = ViewingSession.objects.filter(person_id=person_id, opened_ms__gte=first.opened_ms)
        return (self.order_by() | later).order_by("opened_ms", "pk")

    def running(self) -> ViewingSessionQuerySet:
        """Keep those that have not ended."""
        return self.filter(ended_ms__isnull=True)

    def unsealed(self) -> ViewingSessionQuerySet:
        """Keep those that ended and still take late claims."""
        return self.filter(ended_ms__isnull=False, sealed_ms__isnull=True)


class ViewingSession(models.Model):
    """One session; `head` is the end of its ledger's hash chain once it has ended."""

    key = models.UUIDField(_("session key"), unique=True)
    person = models.ForeignKey("learning.Person", on_delete=models.PROTECT, related_name="viewing_sessions")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="viewing_sessions")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="+")
    duration_s = models.PositiveIntegerField(_("length in seconds"))
    # The policy as it was; the requirement row it came from is the enrolment's.
    rate_percent = models.PositiveSmallIntegerField(_("speed of unseen parts"))
    cap_ms = models.PositiveIntegerField()
    answer_s = models.PositiveSmallIntegerField()
    missed_check = models.CharField(max_length=8, choices=[(word.value, word.value) for word in MissedCheck])
    policy_digest = models.CharField(max_length=64)
    media_digest = models.CharField(max_length=64)
    learner_commitment = models.CharField(max_length=64)
    software_version = models.CharField(max_length=32)
    #: SHA-256 of the canonical header: the chain's head before its first line.
    header_digest = models.CharField(max_length=64)
    device = models.CharField(_("device key"), max_length=64)
    device_label = models.CharField(_("device"), max_length=80, blank=True)
    opened_ms = models.BigIntegerField(_("opened, ms"))

    ended_ms = models.BigIntegerField(_("ended, ms"), null=True, blank=True)
    end_reason = models.CharField(max_length=8, blank=True, choices=[(word.value, word.value) for word in EndReason])
    #: What late claims may still spend.
    left_ms = models.PositiveIntegerField(default=0)
    new_s = models.PositiveIntegerField(_("new seconds"), default=0)
    line_count = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=bytes)
    sealed_ms = models.BigIntegerField(_("sealed, ms"), null=True, blank=True)

    objects = ViewingSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("viewing session")
        verbose_name_plural = _("viewing sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(ended_ms__isnull=True), name="viewing_session_one_running"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_ms__isnull=True, end_reason="", sealed_ms__isnull=True)
                | (models.Q(ended_ms__isnull=False) & ~models.Q(end_reason="")),
                name="viewing_session_end_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "opened_ms"], name="viewing_session_timeline"),
            models.Index(
                fields=["ended_ms"],
                condition=models.Q(ended_ms__isnull=False, sealed_ms__isnull=True),
                name="viewing_session_unsealed",
            ),
            # What an export has not seen yet is found from here.
            models.Index(
                fields=["sealed_ms"], condition=models.Q(sealed_ms__isnull=False), name="viewing_session_sealed"
            ),
        ]

    def __str__(self) -> str:
        """Name the session as the ledger does."""
        return str(self.key)

    @property
    def place(self) -> tuple[int, int]:
        """The enrolment and the lesson whose seconds it earns."""
        return (self.enrolment_id, self.lesson_id)

    def terms(self) -> SessionTerms:
        """Return what the rule measures this session against."""
        policy = Policy(self.rate_percent, self.cap_ms, self.answer_s, MissedCheck(self.missed_check))
        return SessionTerms(str(self.key), self.lesson_id, self.duration_s, self.opened_ms, policy)

    def as_ended(self) -> EndedSession:
        """Return the ended session as the rule's late claims see it.

        Raises: ValueError, while it runs.
        """
        if self.ended_ms is None:
            raise ValueError(self.pk)
        return EndedSession(
            self.terms(),
            self.ended_ms,
            self.left_ms,
            self.line_count,
            bytes(self.head),
            is_sealed=self.sealed_ms is not None,
        )
