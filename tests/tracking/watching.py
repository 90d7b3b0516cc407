"""Learners who watch at NOON, and visits that a ledger tells of, for the pages that show them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from learning.models import Organisation, Person
from tests.factories import learning as make_learning
from tests.factories import tracking as make
from tests.factories.tracking import NOON_MS, Learner
from tracking.actions import viewings
from tracking.models import LiveViewing, ViewingEntry, ViewingSession
from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.viewing import PLAYING


def watcher(base: Organisation, *, person: Person | None = None, opened_s: int = 60, **live: Any) -> Learner:
    """Let a learner open a lecture of the base some seconds before NOON, and set the live row."""
    at = make.learner(person or make_learning.PersonFactory(), base=base)
    at.open(now_ms=NOON_MS - opened_s * 1_000)
    facts = {"state": PLAYING, "mark_ms": NOON_MS - 5_000, "segment_beat_count": 1} | live
    LiveViewing.objects.filter(pk=at.person.pk).update(**facts)
    return at


def earned(at: Learner, ended_s: int, new_s: int = 10) -> None:
    """Write a ledger line that earned seconds and ended some seconds before NOON."""
    session = LiveViewing.objects.get(pk=at.person.pk).session
    assert session is not None
    end_ms = NOON_MS - ended_s * 1_000
    line = LedgerLine(str(session.key), 1, LineKind.SEGMENT, end_ms - 15_000, end_ms, 15_000, 0, new_s, new_s, 0, 0, 1)
    ViewingEntry.of(session.pk, line).save()


def visit(
    at: Learner,
    *lines: LedgerLine,
    opened_s: int = 0,
    ended_s: int | None = None,
    end: LineKind = LineKind.END_BYE,
    late: Sequence[LedgerLine] = (),
    device: str = "desk",
    label: str = "Windows · Edge",
) -> ViewingSession:
    """Open a session some seconds after NOON with these lines, told in ms from its opening.

    Without `ended_s` it goes on until another takes over.
    """
    opened_ms = NOON_MS + opened_s * 1_000
    opened = viewings.open_viewing(
        ticket=at.read_ticket(),
        said=make.opening(device=device, is_takeover=True),
        device_label=label,
        now_ms=opened_ms,
    )
    session = ViewingSession.objects.get(pk=opened.row.session_id)
    written = [*lines, *_ending(ended_s, end), *late]
    _write(session, written, first=1)
    LiveViewing.objects.filter(pk=at.person.pk).update(line_count=len(written) + 1, mark_ms=opened_ms)
    if ended_s is not None:
        LiveViewing.objects.filter(pk=at.person.pk).update(session=None, attached_ms=None)
        ended_ms = opened_ms + ended_s * 1_000
        ViewingSession.objects.filter(pk=session.pk).update(ended_ms=ended_ms, end_reason=end.value.split(":")[1])
    return session


def rewinding(at: Learner, *lines: LedgerLine, opened_s: int, ended_s: int) -> ViewingSession:
    """Write an ended session under REWIND, beside an empty one that it is a copy of."""
    pattern = ViewingSession.objects.get(pk=visit(at, opened_s=opened_s - 1, ended_s=0).pk)
    opened_ms = NOON_MS + opened_s * 1_000
    session = pattern
    session.pk, session.key, session.missed_check = None, uuid.uuid4(), "rewind"
    session.opened_ms, session.ended_ms = opened_ms, opened_ms + ended_s * 1_000
    session._state.adding = True
    session.save(force_insert=True)
    opening = LedgerLine("", 0, LineKind.OPEN, 0, 0, 0, session.lesson_id, session.duration_s, flags=100)
    _write(session, [opening, *lines, *_ending(ended_s, LineKind.END_BYE)], first=0)
    return session


def _ending(ended_s: int | None, end: LineKind) -> list[LedgerLine]:
    return [] if ended_s is None else [LedgerLine("", 0, end, ended_s * 1_000, ended_s * 1_000, 0)]


def _write(session: ViewingSession, lines: Sequence[LedgerLine], *, first: int) -> None:
    """Store lines told from the session's opening."""
    for index, line in enumerate(lines, start=first):
        start_ms, end_ms = session.opened_ms + line.start_ms, session.opened_ms + line.end_ms
        ViewingEntry.of(session.pk, replace(line, index=index, start_ms=start_ms, end_ms=end_ms)).save()
