"""The viewing of one lesson, read from the ledger: its sessions, what happened in each, and their sums.

The number of queries does not grow with the sessions. Of other courses nothing is read but when a
check was settled there (REWIND only), how full a capped day was, and which device took over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.db.models import BigIntegerField, ExpressionWrapper, F, Sum

from learning.models import Enrolment, Lesson
from tracking.models import LiveViewing, ViewingEntry, ViewingPolicy, ViewingSession
from tracking.models.viewing_archive import ledgers_of
from tracking.protocol.limits import LONGEST_SESSION_MS
from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.daily import day_of, day_start_ms
from tracking.rules.happenings import Happening, IsCapped, happenings_of
from tracking.rules.timeline import LessonStory, SessionLines, SessionStory, Settlement, story_of
from tracking.rules.viewing import EndReason, MissedCheck

_DAY_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Follower:
    """The session that took over. `number` is its lecture's, None when it is of another course."""

    device_label: str
    is_same_device: bool
    is_same_lesson: bool
    number: int | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One session, told."""

    session: ViewingSession
    story: SessionStory
    happenings: list[Happening]
    follower: Follower | None

    @property
    def is_running(self) -> bool:
        """Whether the session has not ended yet."""
        return self.session.ended_ms is None


@dataclass(frozen=True, slots=True)
class Sums:
    """The subtraction over all sessions; open − still − again − voided − waiting = credited."""

    open_s: int
    still_s: int
    again_s: int
    voided_s: int
    waiting_s: int
    credited_s: int
    late_s: int
    has_deferred: bool

    @property
    def uncredited_s(self) -> int:
        """What the subtraction takes away."""
        return self.open_s - self.credited_s


def chapters_of(enrolment: Enrolment, lesson: Lesson) -> tuple[list[Chapter], LessonStory]:
    """Return the lesson's sessions in time, and all of them as one story."""
    sessions = list(ViewingSession.objects.of_lesson(enrolment_id=enrolment.pk, lesson_id=lesson.pk))
    told = _session_lines(sessions)
    story = story_of(told, _settled_elsewhere(enrolment, sessions))
    capped = _capped(enrolment, sessions, told)
    followers = _followers(enrolment, sessions)
    chapters = [
        Chapter(
            session,
            session_story,
            happenings_of(lines, session_story, is_capped=is_capped),
            followers.get(session.ended_ms or 0) if session.end_reason == EndReason.PREEMPT.value else None,
        )
        for session, lines, session_story, is_capped in zip(sessions, told, story.sessions, capped, strict=True)
    ]
    return chapters, story


def sums_of(chapters: Iterable[Chapter]) -> Sums:
    """Add up the sessions."""
    rows = list(chapters)
    return Sums(
        open_s=sum(row.story.open_s for row in rows),
        still_s=sum(row.story.still_s for row in rows),
        again_s=sum(row.story.shown_again_s for row in rows),
        voided_s=sum(row.story.voided_s for row in rows),
        waiting_s=sum(row.story.waiting_s for row in rows),
        credited_s=sum(row.story.credited_s for row in rows),
        late_s=sum(row.story.late_s for row in rows),
        has_deferred=any(item.deferred_s for row in rows for item in row.happenings),
    )


def _session_lines(sessions: list[ViewingSession]) -> list[SessionLines]:
    """Return every session's lines; the running one's with the open segment as the line it will become."""
    keys = {session.pk: str(session.key) for session in sessions}
    lines: dict[int, list[LedgerLine]] = {
        number: [row.as_line(keys[number]) for row in rows] for number, rows in ledgers_of(sessions).items()
    }
    live = LiveViewing.objects.filter(session__in=lines).first()
    told = []
    for session in sessions:
        ended_ms = session.ended_ms
        if ended_ms is None and live is not None:
            ended_ms = live.mark_ms
            lines[session.pk] += _open_segment(live, keys[session.pk])
        told.append(
            SessionLines(
                session.opened_ms,
                max(session.opened_ms, ended_ms or 0),
                lines[session.pk],
                is_provisional=session.missed_check == MissedCheck.REWIND.value,
            )
        )
    return told


def _open_segment(live: LiveViewing, session_key: str) -> list[LedgerLine]:
    """Return the open segment as the line it will become."""
    if not live.segment_beat_count:
        return []
    return [
        LedgerLine(
            session_key,
            live.line_count,
            LineKind.SEGMENT,
            live.segment_start_ms,
            live.segment_end_ms,
            live.segment_accrued_ms,
            live.segment_from_s,
            live.segment_to_s,
            live.segment_new_s,
            live.segment_deferred_s,
            live.segment_flags,
            live.segment_beat_count,
        )
    ]


def _settled_elsewhere(enrolment: Enrolment, sessions: list[ViewingSession]) -> list[Settlement]:
    """Return when checks were passed or missed in other lessons, where that touches this one."""
    if not any(session.missed_check == MissedCheck.REWIND.value for session in sessions):
        return []
    settling = ViewingEntry.objects.filter(
        session__person_id=enrolment.person_id,
        session__opened_ms__gte=sessions[0].opened_ms,
        kind__in=[LineKind.ANSWER.value, LineKind.VOID.value],
    ).exclude(session__in=[session.pk for session in sessions])
    return [
        Settlement(end_ms, is_passed=kind == LineKind.ANSWER.value)
        for end_ms, kind, flags in settling.values_list("end_ms", "kind", "flags")
        if kind == LineKind.VOID.value or flags == 1
    ]


def _capped(enrolment: Enrolment, sessions: list[ViewingSession], told: list[SessionLines]) -> list[IsCapped]:
    """Return, for each session, what says whether an instant lies in a day that had reached the session's cap.

    The cap is the policy's that the session was judged by, whatever became of the requirement.
    """
    deferred_ms = [line.end_ms for session in told for line in session.lines if line.deferred_s]
    policies = ViewingPolicy.objects.filter(pk__in={session.policy_digest for session in sessions})
    caps = {policy.pk: policy.facts["daily_cap_s"] for policy in policies} if deferred_ms else {}
    if not any(caps.values()):
        return [_never] * len(sessions)
    granted = _granted_by_day(enrolment, min(deferred_ms), max(deferred_ms))

    def is_capped(cap_s: int | None, at_ms: int) -> bool:
        return cap_s is not None and granted.get(day_of(at_ms), 0) >= cap_s

    return [partial(is_capped, caps.get(session.policy_digest)) for session in sessions]


def _never(_at_ms: int) -> bool:
    return False


def _granted_by_day(enrolment: Enrolment, first_ms: int, last_ms: int) -> dict[int, int]:
    """Return how many new seconds the learner's days hold, over all lessons, from one instant's day to another's."""
    start_ms = day_start_ms(first_ms)
    rows = ViewingEntry.objects.filter(
        session__person_id=enrolment.person_id,
        # No session is longer, so older ones hold nothing of it: keeps the search within the index.
        session__opened_ms__gte=start_ms - LONGEST_SESSION_MS,
        kind__in=[LineKind.SEGMENT.value, LineKind.LATE.value],
        end_ms__gte=start_ms,
        end_ms__lt=day_start_ms(last_ms) + _DAY_MS,
    )
    # A day of China Standard Time is a plain division, whole since both sides are.
    day = ExpressionWrapper((F("end_ms") - day_start_ms(0)) / _DAY_MS, output_field=BigIntegerField())
    sums = rows.order_by().annotate(day=day).values("day").annotate(granted_s=Sum("new_s"))
    return {row["day"]: row["granted_s"] for row in sums}


def _followers(enrolment: Enrolment, sessions: list[ViewingSession]) -> dict[int, Follower]:
    """Return, by the instant of a take-over, the session that took over: it opened at that instant."""
    ended = {
        session.ended_ms: session
        for session in sessions
        if session.ended_ms is not None and session.end_reason == EndReason.PREEMPT.value
    }
    if not ended:
        return {}
    own = {session.pk for session in sessions}
    rows = (
        ViewingSession.objects.filter(person_id=enrolment.person_id, opened_ms__in=list(ended))
        .order_by("pk")
        .values_list("pk", "opened_ms", "enrolment_id", "lesson__number", "device", "device_label")
    )
    return {
        opened_ms: Follower(
            device_label=device_label,
            is_same_device=device == ended[opened_ms].device,
            is_same_lesson=pk in own,
            number=number if enrolment_id == enrolment.pk else None,
        )
        for pk, opened_ms, enrolment_id, number, device, device_label in rows
        if pk != ended[opened_ms].pk
    }
