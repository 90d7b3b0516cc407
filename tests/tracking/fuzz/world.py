"""The learners a fuzz run is made on, and what the database says of them afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from tests.factories import tracking as make
from tests.tracking.fuzz.attack import Learner
from tests.tracking.fuzz.messages import LESSON_S
from tracking import ledger_check
from tracking.access import Place
from tracking.actions import tickets
from tracking.models import Coverage, ViewingSession


def learners(count: int) -> list[tuple[make.Learner, Learner]]:
    """Make learners who are signed in; their tickets are the page's own and ask no database."""
    made = []
    for _number in range(count):
        at = make.learner(seconds=LESSON_S)
        place, session_key = at.place, at.session_key
        made.append((at, Learner(session_key, _tickets_of(place, session_key))))
    return made


def _tickets_of(place: Place, session_key: str) -> Callable[[], str]:
    return lambda: tickets.issue(place, session_key=session_key)


def credited(ats: Iterable[make.Learner]) -> tuple[int, list[str]]:
    """Return the seconds credited, and one sentence for every learner credited more than the wall's."""
    now_ms, credited_s, wrong = int(time.time() * 1_000), 0, []
    for at in ats:
        first = ViewingSession.objects.filter(person_id=at.person.pk).order_by("opened_ms").first()
        held_s = sum(seen.confirmed_s for seen in Coverage.objects.held_by_lesson(at.enrolment).values())
        credited_s += held_s
        wall_ms = now_ms - first.opened_ms if first else 0
        if held_s * 1_000 > wall_ms:
            wrong.append(f"person {at.person.pk} was credited {held_s} s in {wall_ms} ms")
    return credited_s, wrong + list(ledger_check.differences())
