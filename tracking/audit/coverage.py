"""Check 4: the seconds a learner holds, replayed from the lines, are those that are stored."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tracking.audit.canonical import as_stored, seconds, stored_seconds
from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting
from tracking.models import Coverage, ViewingEntry

#: One lesson of one enrolment.
Place = tuple[int, int]


@dataclass(slots=True)
class Held:
    """What a replay leads to: seconds by place; provisional ones wait for a passed check."""

    confirmed: dict[Place, set[int]] = field(default_factory=lambda: defaultdict(set))
    provisional: dict[Place, set[int]] = field(default_factory=lambda: defaultdict(set))
    #: How many seconds of a line (session's id, number) were not held before it.
    fresh: dict[tuple[int, int], int] = field(default_factory=dict)


def replay(learner: Learner) -> Held:
    """Replay all of a learner's lines in order."""
    held = Held()
    for sitting, line in _lines(learner):
        place = (sitting.row.enrolment_id, sitting.row.lesson_id)
        if line.kind in ("seg", "late"):
            run = seconds([(line.from_s, line.to_s)])
            held.fresh[sitting.row.pk, line.line_index] = len(run - held.confirmed[place] - held.provisional[place])
            _hold(held, place, run, is_rewind=sitting.is_rewind)
        elif line.kind == "ans" and line.flags == 1:
            for waiting, run in held.provisional.items():
                held.confirmed[waiting] |= run
            held.provisional.clear()
        elif line.kind == "void":
            held.provisional.clear()
    return held


def check(learner: Learner, findings: Findings) -> None:
    """Compare every coverage row with the replay; a segment still open may stand in either."""
    held = replay(learner)
    open_runs: dict[Place, set[int]] = defaultdict(set)
    is_asked: set[Place] = set()
    for sitting in learner.sittings:
        place = (sitting.row.enrolment_id, sitting.row.lesson_id)
        open_runs[place] |= seconds([sitting.open_run])
        if sitting.is_asked_about:
            is_asked.add(place)
    rows = {(row.enrolment_id, row.lesson_id): row for row in learner.coverages}
    for place in sorted(is_asked | (set(rows) - {_place(sitting) for sitting in learner.sittings})):
        _check_place(place, rows.get(place), held, open_runs[place], findings)
    _check_times(learner, rows, is_asked, findings)
    _check_fresh(learner, held, findings)


def _check_fresh(learner: Learner, held: Held, findings: Findings) -> None:
    """Every second is new once: a line grants exactly the seconds that were not held. Source: TRACKING I4."""
    for sitting in learner.asked_about:
        for line in sitting.watched:
            expected = held.fresh[sitting.row.pk, line.line_index]
            findings.compare(f"{sitting.name}, line {line.line_index}", "new_s", stored=line.new_s, expected=expected)
        if sitting.open_segment is not None:
            place = _place(sitting)
            expected = len(seconds([sitting.open_run]) - held.confirmed[place] - held.provisional[place])
            name = f"live viewing {learner.person_id}, open segment"
            findings.compare(name, "new_s", stored=sitting.open_segment.segment_new_s, expected=expected)


def _place(sitting: Sitting) -> Place:
    return (sitting.row.enrolment_id, sitting.row.lesson_id)


def _lines(learner: Learner) -> Iterator[tuple[Sitting, ViewingEntry]]:
    for sitting in learner.sittings:
        for line in sitting.lines:
            yield sitting, line


def _hold(held: Held, place: Place, run: set[int], *, is_rewind: bool) -> None:
    """Add what was played to what is held: no second is held in both ways."""
    if is_rewind:
        held.provisional[place] |= run - held.confirmed[place]
    else:
        held.confirmed[place] |= run - held.provisional[place]


def _check_place(place: Place, row: Coverage | None, held: Held, open_run: set[int], findings: Findings) -> None:
    name = f"coverage of lesson {place[1]} by enrolment {place[0]}"
    confirmed, provisional = held.confirmed[place], held.provisional[place]
    if row is None:
        if confirmed or provisional:
            findings.note(name, f"no row is stored, the ledger holds {len(confirmed | provisional)} seconds")
        return
    findings.looked_at("coverage rows")
    stored, waiting = stored_seconds(bytes(row.runs)), stored_seconds(bytes(row.provisional))
    if (stored | waiting) - open_run != (confirmed | provisional) - open_run:
        findings.note(
            name, f"{len(stored | waiting)} seconds are stored, the ledger holds {len(confirmed | provisional)}"
        )
    elif waiting - open_run != provisional - open_run:
        findings.note(
            name, f"{len(waiting)} provisional seconds are stored, the ledger holds {len(provisional)} of them"
        )
    is_canonical = (as_stored(stored), as_stored(waiting)) == (bytes(row.runs), bytes(row.provisional))
    findings.require(name, "its bytes are not written as coverage is", holds=is_canonical)
    findings.require(name, "a second is confirmed and provisional at once", holds=not stored & waiting)
    findings.require(name, "its count is not the number of its seconds", holds=len(stored) == row.covered_s)


def _check_times(learner: Learner, rows: dict[Place, Coverage], is_asked: set[Place], findings: Findings) -> None:
    """Hold the time of a row between the newest line behind it and the timeline's mark."""
    newest: dict[Place, int] = defaultdict(int)
    latest: dict[Place, int] = {}
    mark_ms = learner.live.mark_ms if learner.live else 0
    for sitting in learner.sittings:
        # An ended session wrote its coverage as it ended; late claims write it once more.
        has_late = any(line.kind == "late" for line in sitting.lines)
        is_open = sitting.row.ended_ms is None or has_late or latest.get(_place(sitting)) == mark_ms
        latest[_place(sitting)] = mark_ms if is_open else sitting.row.ended_ms or 0
    for sitting, line in _lines(learner):
        # An opening, and a check asked anew with it, are written without the coverage.
        if line.kind in ("open", "chk"):
            continue
        newest[_place(sitting)] = max(newest[_place(sitting)], line.end_ms)
    for place in sorted(is_asked & set(rows)):
        name = f"coverage of lesson {place[1]} by enrolment {place[0]}"
        updated_ms = rows[place].updated_ms
        findings.require(
            name,
            f"updated_ms is {updated_ms}, expected {newest[place]} to {latest.get(place, 0)}",
            holds=newest[place] <= updated_ms <= latest.get(place, 0),
        )
