"""What the database says after a blow: what is missing, what stands there twice, what the clock forbids.

Reads all at one moment, while the surviving nodes write on. Its sums are its own.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Sum

from learning.models.one_moment import one_moment
from tests.factories.tracking import Learner
from tracking import ledger_check
from tracking.models import Coverage, LiveViewing, ViewingEntry, ViewingSession
from tracking.rules.runs import runs_of_mask

_WATCHED = ("seg", "late")


@dataclass
class Judgement:
    """Sums over all learners, and one sentence for every fault."""

    acknowledged_s: int = 0
    held_s: int = 0
    lost_s: int = 0
    doubled_s: int = 0
    faults: list[str] = field(default_factory=list)


def judge(acknowledged: Sequence[tuple[Learner, frozenset[int]]]) -> Judgement:
    """Compare what learners were promised with what is stored; may be called in any thread."""
    found = Judgement()
    try:
        with one_moment():
            for at, promised in acknowledged:
                _judge_learner(found, at, promised)
            found.faults += ledger_check.differences()
    finally:
        connection.close()
    return found


def _judge_learner(found: Judgement, at: Learner, promised: frozenset[int]) -> None:
    name = f"person {at.person.pk}"
    seen = Coverage.objects.held(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk)
    held = {second for from_s, to_s in runs_of_mask(seen.held) for second in range(from_s, to_s)}
    earned_s = _earned_s(at)
    found.acknowledged_s += len(promised)
    found.held_s += len(held)
    if missing := sorted(promised - held):
        found.lost_s += len(missing)
        found.faults.append(f"{name}: lost {len(missing)} acknowledged seconds from {missing[0]} on")
    if earned_s != len(held):
        found.doubled_s += max(0, earned_s - len(held))
        found.faults.append(f"{name}: the ledger credits {earned_s} s, {len(held)} distinct ones are held")
    sessions = list(ViewingSession.objects.filter(person_id=at.person.pk).order_by("opened_ms", "pk"))
    if sessions and earned_s * 1_000 > time.time() * 1_000 - sessions[0].opened_ms:
        found.faults.append(f"{name}: {earned_s} s are credited, more than passed since the first opening")
    for earlier, later in itertools.pairwise(sessions):
        if earlier.ended_ms is None or earlier.ended_ms > later.opened_ms:
            found.faults.append(f"{name}: sessions {earlier.key} and {later.key} overlap")


def _earned_s(at: Learner) -> int:
    """Return what the learner's ledger credits in sum, the open segment included."""
    lines = ViewingEntry.objects.filter(
        session__enrolment_id=at.enrolment.pk, session__lesson_id=at.lesson.pk, kind__in=_WATCHED
    )
    live = LiveViewing.objects.filter(person_id=at.person.pk, segment_beat_count__gt=0)
    open_s = sum(live.filter(session__lesson_id=at.lesson.pk).values_list("segment_new_s", flat=True))
    return int(lines.aggregate(sum=Sum("new_s"))["sum"] or 0) + open_s
