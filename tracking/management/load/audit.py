"""The last word: whether the database holds every second that was acknowledged, and none beyond.

A job of its own process, after the servers were killed. Reads what the clients wrote down and what
the database holds: nothing is missing when every acknowledged second is there, nothing is credited
too much when no second is held that was not claimed and no learner earned more than the time that passed.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from django.db.models import Max, Min, Sum

from tracking.models import Coverage, LiveViewing, ViewingEntry, ViewingSession
from tracking.rules.runs import mask_of_run
from tracking.rules.viewing import SeenSeconds, effective_coverage

_BATCH: Final = 500
#: So many learners who hold too much are told of by name.
_NAMED: Final = 5


def main(*results: str) -> None:
    """Print one JSON object: learners judged, acked, missing and over-credited seconds, entries."""
    sums = {"judged": 0, "acked_s": 0, "missing_s": 0, "over_credited_s": 0, "over_credited_learners": 0}
    for rows in _batches(_rows(results)):
        _judge(rows, sums)
    sums["entries"] = ViewingEntry.objects.count()
    sys.stdout.write(json.dumps(sums) + "\n")


def _rows(results: Iterable[str]) -> Iterator[tuple[int, ...]]:
    """Yield enrolment, lesson, and the seconds it began at, was acknowledged up to, had sent up to."""
    for path in results:
        for line in Path(path).read_text(encoding="ascii").splitlines():
            yield tuple(map(int, line.split()))


def _batches(rows: Iterator[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _judge(rows: list[tuple[int, ...]], sums: dict[str, int]) -> None:
    """Compare a batch of learners with what is stored of them."""
    enrolments = [row[0] for row in rows]
    stored = {row.enrolment_id: row.stored() for row in Coverage.objects.filter(enrolment_id__in=enrolments)}
    spans = _spans(enrolments)
    live_rows = LiveViewing.objects.filter(session__enrolment_id__in=enrolments).select_related("session")
    live_of = {row.session.enrolment_id: row for row in live_rows if row.session is not None}
    for enrolment_id, _lesson_id, from_s, acked_to_s, sent_to_s in rows:
        seen = stored.get(enrolment_id, SeenSeconds())
        live, earned_s, until_ms = live_of.get(enrolment_id), spans[enrolment_id][2], spans[enrolment_id][1]
        if live is not None and live.session is not None:
            seen = effective_coverage(live.as_rule(), live.session.terms(), seen)
            earned_s, until_ms = earned_s + live.segment_new_s, max(until_ms, live.mark_ms)
        passed_s = (until_ms - spans[enrolment_id][0]) // 1_000
        sums["judged"] += 1
        sums["acked_s"] += acked_to_s - from_s
        sums["missing_s"] += (mask_of_run(from_s, acked_to_s) & ~seen.confirmed).bit_count()
        beyond = {
            "not claimed": (seen.confirmed & ~mask_of_run(from_s, sent_to_s)).bit_count(),
            "faster than the clock": max(0, seen.confirmed_s - passed_s),
            "unlike the ledger": abs(earned_s - seen.confirmed_s),
        }
        if any(beyond.values()):
            sums["over_credited_s"] += sum(beyond.values())
            sums["over_credited_learners"] += 1
            if sums["over_credited_learners"] <= _NAMED:
                spoken = f"from {from_s} acknowledged to {acked_to_s} claimed to {sent_to_s}"
                held = f"holds {seen.confirmed_s} s after {passed_s} s"
                sys.stderr.write(f"enrolment {enrolment_id}, {spoken}: {held}: {beyond}\n")


def _spans(enrolments: list[int]) -> dict[int, tuple[int, int, int]]:
    """Return by enrolment when its sessions began and last ended, in ms, and what their ledger grants, in s."""
    granted = dict(
        ViewingEntry.objects.filter(session__enrolment_id__in=enrolments, kind__in=("seg", "late"))
        .values_list("session__enrolment_id")
        .annotate(new_s=Sum("new_s"))
        .order_by()
    )
    sessions = (
        ViewingSession.objects.filter(enrolment_id__in=enrolments)
        .values_list("enrolment_id")
        .annotate(opened_ms=Min("opened_ms"), last_ms=Max("ended_ms"))
        .order_by()
    )
    return {key: (opened, last or 0, granted.get(key, 0)) for key, opened, last in sessions}
