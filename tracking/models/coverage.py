"""Coverage: which seconds of a lesson an enrolment holds.

Keyed by enrolment, not by learner: a course taken again another year is studied again. The row is
written when a segment closes; what a learner holds now is the row together with the segment still
open (`held`), and every page, view and sweep asks that one question.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from learning.models import Enrolment, Lesson
from tracking.models.live_viewing import LiveViewing
from tracking.models.viewing_entry import ViewingEntry
from tracking.protocol.limits import LONGEST_SESSION_MS
from tracking.rules.chain import LineKind
from tracking.rules.runs import decode_runs
from tracking.rules.viewing import SeenSeconds, effective_coverage, play_on_s

#: No line begins later than this after its session opened: twice what a session may last.
_LONGEST_MS: Final = 2 * LONGEST_SESSION_MS


class CoverageQuerySet(models.QuerySet["Coverage"]):
    """Questions about coverage."""

    def held_by_lesson(self, enrolment: Enrolment) -> dict[int, SeenSeconds]:
        """Return what an enrolment holds of each lesson it has begun; two queries."""
        held = {row.lesson_id: row.stored() for row in self.filter(enrolment_id=enrolment.pk)}
        live_row = _open_segment_of(enrolment.pk)
        if live_row is not None and live_row.session is not None:
            lesson_id = live_row.session.lesson_id
            stored = held.get(lesson_id, SeenSeconds())
            held[lesson_id] = effective_coverage(live_row.as_rule(), live_row.session.terms(), stored)
        return held

    def held(self, *, enrolment_id: int, lesson_id: int) -> SeenSeconds:
        """Return what an enrolment holds of one lesson, the open segment included."""
        stored = self.stored(enrolment_id=enrolment_id, lesson_id=lesson_id)
        live_row = _open_segment_of(enrolment_id)
        if live_row is None or live_row.session is None or live_row.session.lesson_id != lesson_id:
            return stored
        return effective_coverage(live_row.as_rule(), live_row.session.terms(), stored)

    def stored(self, *, enrolment_id: int, lesson_id: int) -> SeenSeconds:
        """Return what is stored of one lesson, for a caller who has the open segment at hand or knows of none."""
        for row in self.filter(enrolment_id=enrolment_id, lesson_id=lesson_id):
            return row.stored()
        return SeenSeconds()

    def by_place(self, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Coverage]:
        """Return the rows of these enrolments and lessons."""
        enrolments, lessons = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
        rows = self.filter(enrolment_id__in=enrolments, lesson_id__in=lessons)
        return {(row.enrolment_id, row.lesson_id): row for row in rows}

    def resume_s(self, *, enrolment_id: int, lesson: Lesson) -> int:
        """Return the second at which to play on."""
        live_row = _open_segment_of(enrolment_id)
        is_here = live_row is not None and live_row.session is not None and live_row.session.lesson_id == lesson.pk
        reached_s = live_row.segment_to_s if live_row is not None and is_here else 0
        reached_s = reached_s or last_second_written(enrolment_id, lesson.pk)
        if reached_s < lesson.duration_s:
            return reached_s
        return play_on_s(reached_s, self.held(enrolment_id=enrolment_id, lesson_id=lesson.pk).held, lesson.duration_s)


class Coverage(models.Model):
    """The stored part of what an enrolment holds of a lesson; `covered_s` counts confirmed seconds."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="coverages", db_index=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="+")
    runs = models.BinaryField(_("confirmed seconds, encoded"), default=bytes)
    provisional = models.BinaryField(_("provisional seconds, encoded"), default=bytes)
    covered_s = models.PositiveIntegerField(_("confirmed seconds"), default=0)
    updated_ms = models.BigIntegerField(_("updated, ms"))
    #: Its evidence could not be recorded: not to be tried again before.
    put_off_ms = models.BigIntegerField(null=True, editable=False)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        verbose_name = _("coverage")
        verbose_name_plural = _("coverages")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson"], name="coverage_once"),
        ]

    def __str__(self) -> str:
        """Say how much is covered."""
        return f"{self.enrolment_id}/{self.lesson_id}: {self.covered_s} s"

    def stored(self) -> SeenSeconds:
        """Return the seconds on this row; without the open segment, so ask `held` instead."""
        return SeenSeconds(decode_runs(bytes(self.runs)), decode_runs(bytes(self.provisional)))


def _open_segment_of(enrolment_id: int) -> LiveViewing | None:
    """Return the live row while this enrolment plays and has a segment open."""
    return (
        LiveViewing.objects.filter(
            person__enrolments=enrolment_id, session__enrolment_id=enrolment_id, segment_beat_count__gt=0
        )
        .select_related("session")
        .first()
    )


def last_second_written(enrolment_id: int, lesson_id: int) -> int:
    """Return the second after the last one in the ledger; 0 before any."""
    last = (
        ViewingEntry.objects.filter(
            session__enrolment_id=enrolment_id,
            session__lesson_id=lesson_id,
            # Implied, and said so that PostgreSQL looks into each session's own months only.
            start_ms__gte=models.F("session__opened_ms"),
            start_ms__lte=models.F("session__opened_ms") + _LONGEST_MS,
            kind__in=(LineKind.SEGMENT.value, LineKind.LATE.value),
            to_s__gt=0,
        )
        .order_by("-session__opened_ms", "-line_index")
        .first()
    )
    return last.to_s if last else 0
