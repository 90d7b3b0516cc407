"""Live presence: who is watching which lesson of a base now, counted and sorted by the database.

Reads the live rows alone; the ledger only of those who may be stuck. Every question costs a fixed
number of queries, however many learners watch. Source: DOMAIN §6, Base; TRACKING §2 Constants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When

from learning.models import Enrolment, Membership, Organisation, Person, Role
from tracking.models.live_viewing import LiveViewing
from tracking.models.viewing_entry import ViewingEntry
from tracking.protocol.limits import LEASE_HEARD_MS, LONGEST_SESSION_MS, SILENT_IDLE_MS
from tracking.rules.segments import LONGEST_SEGMENT_MS
from tracking.rules.viewing import HIDDEN, PLAYING, WAITING

#: So long without a new second, while playing, and somebody should ask whether help is needed.
STALLED_AFTER_MS: Final = 300_000
#: Claims put off in one segment; a slow line defers a second now and then, not a minute.
DEFERRED_OFTEN_S: Final = 60
#: No session is longer, so no line is: said to the database only for the sake of its monthly partitions.
_LONGEST_LINE_MS: Final = LONGEST_SESSION_MS
_STUDYING: Final = (Enrolment.Status.ENROLLED, Enrolment.Status.CREDITED)


class Doing(models.TextChoices):
    """What a learner's player does at present; the words are the page's."""

    PLAYING = "playing"
    CHECK = "check"
    WAITING = "waiting"
    HIDDEN = "hidden"
    PAUSED = "paused"


class Trouble(models.TextChoices):
    """Why a learner may need help; empty: nothing is the matter."""

    NONE = ""
    MISSED = "missed"
    DEFERRED = "deferred"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class LessonCount:
    """How many watch one lesson now, by what they do."""

    lesson_id: int
    count: int
    stuck: int
    by_doing: dict[str, int]


class LivePresenceQuerySet(models.QuerySet[LiveViewing]):
    """Those who watch now. Start with `visible_to` and `present`; the rest needs `described`."""

    def visible_to(self, person: Person) -> LivePresenceQuerySet:
        """Keep the learners of bases whose auditor or administrator the person is."""
        bases = Membership.objects.filter(person_id=person.pk, role__in=[Role.AUDITOR, Role.ADMINISTRATOR])
        return self.filter(session__enrolment__edition__base_id__in=bases.values("organisation_id"))

    def at(self, base: Organisation) -> LivePresenceQuerySet:
        """Keep the learners of one base's courses."""
        return self.filter(session__enrolment__edition__base_id=base.pk)

    def present(self, *, now_ms: int) -> LivePresenceQuerySet:
        """Keep those heard of just now.

        A line that is open may be silent as long as an idle player's; one that is gone keeps its
        place as long as its lease. A beat may be stretched to a minute, so a playing player is no exception.
        """
        heard = Q(mark_ms__gte=now_ms - LEASE_HEARD_MS) | Q(attached_ms__gte=now_ms - LEASE_HEARD_MS)
        heard |= Q(attached_ms__isnull=False, mark_ms__gte=now_ms - SILENT_IDLE_MS)
        return self.filter(
            heard,
            # Their partial index finds the few sessions that run among all there ever were.
            session__ended_ms__isnull=True,
            session__person_id=F("person_id"),
            session__enrolment__status__in=_STUDYING,
            person__is_active=True,
        )

    def described(self, *, now_ms: int) -> LivePresenceQuerySet:
        """Say of each what it does (`doing`) and what may be the matter (`trouble`)."""
        # A dictionary, so that mypy does not take the names for fields.
        words: dict[str, Any] = {"doing": _doing(), "trouble": _trouble(now_ms)}
        return self.annotate(**words)

    def by_lesson(self) -> list[LessonCount]:
        """Count by lesson; one query."""
        counts: dict[str, Any] = {f"n_{doing}": Count("pk", filter=Q(doing=doing.value)) for doing in Doing}
        counts |= {"n": Count("pk"), "n_stuck": Count("pk", filter=~Q(trouble=Trouble.NONE.value))}
        names = [f"n_{doing}" for doing in Doing]
        rows = self.order_by().values("session__lesson_id").annotate(**counts)
        return [
            LessonCount(lesson_id, count, stuck, dict(zip(Doing.values, doing, strict=True)))
            for lesson_id, count, stuck, *doing in rows.values_list("session__lesson_id", "n", "n_stuck", *names)
        ]


def live_presence() -> LivePresenceQuerySet:
    """Return every live row, to be narrowed."""
    return LivePresenceQuerySet(LiveViewing)


def _doing() -> Case:
    return Case(
        When(check_ms__isnull=False, then=Value(Doing.CHECK.value)),
        When(state=PLAYING, then=Value(Doing.PLAYING.value)),
        When(state=WAITING, then=Value(Doing.WAITING.value)),
        When(state=HIDDEN, then=Value(Doing.HIDDEN.value)),
        default=Value(Doing.PAUSED.value),
        output_field=models.CharField(),
    )


def _trouble(now_ms: int) -> Case:
    """Return the first thing that is the matter: a missed check, claims put off again and again, no new second.

    All new seconds of a segment fall into its first five minutes, so an older one says for certain
    that none came since. Whoever may have stalled is looked up in the ledger: nobody else is.
    """
    since_ms = now_ms - STALLED_AFTER_MS
    lately = ViewingEntry.objects.filter(
        session_id=OuterRef("session_id"), new_s__gt=0, end_ms__gt=since_ms, start_ms__gt=since_ms - _LONGEST_LINE_MS
    )
    stalled = (
        Q(state__in=[PLAYING, WAITING], session__opened_ms__lte=since_ms)
        & (Q(segment_new_s=0) | Q(segment_start_ms__lte=since_ms - LONGEST_SEGMENT_MS))
        & ~Q(Exists(lately))
    )
    return Case(
        When(is_check_missed=True, then=Value(Trouble.MISSED.value)),
        When(
            segment_deferred_s__gte=DEFERRED_OFTEN_S,
            segment_deferred_s__gt=F("segment_new_s"),
            then=Value(Trouble.DEFERRED.value),
        ),
        When(stalled, then=Value(Trouble.STALLED.value)),
        default=Value(Trouble.NONE.value),
        output_field=models.CharField(),
    )
