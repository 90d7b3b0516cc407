"""The live row against the ledger: it must be where the lines left it.

Position, budget and open check of a timeline follow from its lines and are compared exactly; what
a running session has not yet written (its open segment's circumstances, the connection's epoch and
sequence) earns nothing by itself and is only held within bounds. Part of checks 1 and 4.
"""

from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting
from tracking.models import LiveViewing, ViewingEntry

_STATES = ("p", "i", "h", "w")
_PLAYED_SLACK_MS = 2_000


def check(learner: Learner, findings: Findings) -> None:
    """Judge a learner's live row, when all of the learner is asked about."""
    live = learner.live
    if live is None or not all(sitting.is_asked_about for sitting in learner.sittings):
        return
    findings.looked_at("live rows")
    name = f"live viewing {live.pk}"
    running = [sitting for sitting in learner.sittings if sitting.row.ended_ms is None]
    expected = running[-1].row.pk if running else None
    findings.compare(name, "session", stored=live.session_id, expected=expected)
    findings.require(name, f"state is {live.state}", holds=live.state in _STATES)
    findings.require(name, f"epoch is {live.epoch}, below its sessions", holds=live.epoch >= len(learner.sittings))
    last = learner.sittings[-1] if learner.sittings else None
    if last is not None and last.row.ended_ms is None and live.session_id == last.row.pk:
        _check_running(name, live, last, findings)
    elif last is not None:
        _check_ended(name, live, last, findings)
    _check_presence(name, live, learner, findings)


def _check_running(name: str, live: LiveViewing, sitting: Sitting, findings: Findings) -> None:
    """Compare the budget with what was accrued less what was granted, and the mark with the lines."""
    segments = [line for line in sitting.lines if line.kind == "seg"]
    has_segment = live.segment_beat_count > 0
    accrued_ms = sum(line.accrued_ms for line in segments) + (live.segment_accrued_ms if has_segment else 0)
    granted_s = sum(line.new_s for line in segments) + (live.segment_new_s if has_segment else 0)
    findings.compare(name, "granted_s", stored=live.granted_s, expected=granted_s)
    findings.compare(name, "bucket_ms", stored=live.bucket_ms, expected=accrued_ms - 1_000 * granted_s)
    reached_ms = max([line.end_ms for line in sitting.lines] + ([live.segment_end_ms] if has_segment else []))
    findings.require(name, f"mark_ms {live.mark_ms} is before its lines", holds=live.mark_ms >= reached_ms)
    played_max_ms = live.mark_ms - sitting.row.opened_ms + _PLAYED_SLACK_MS
    findings.require(name, f"played_ms {live.played_ms} is more than passed", holds=live.played_ms <= played_max_ms)
    if not has_segment:
        findings.compare(name, "what is left of a closed segment", stored=_segment_of(live), expected=(0,) * 9)
        return
    is_run = live.segment_from_s <= live.segment_to_s <= sitting.row.duration_s
    findings.require(f"{name}, open segment", "lies outside the media", holds=is_run)
    run_s = live.segment_to_s - live.segment_from_s
    findings.require(f"{name}, open segment", "grants more than it covers", holds=live.segment_new_s <= run_s)
    is_in_time = sitting.row.opened_ms <= live.segment_start_ms <= live.segment_end_ms
    findings.require(f"{name}, open segment", "lies outside its session", holds=is_in_time)


def _check_ended(name: str, live: LiveViewing, last: Sitting, findings: Findings) -> None:
    """Nothing is left of an ended session but where it ended and what it granted."""
    left = (live.bucket_ms, live.line_count, bytes(live.head), *_segment_of(live))
    findings.compare(name, "what is left of an ended session", stored=left, expected=(0, 0, b"", *(0,) * 9))
    granted_s = sum(line.new_s for line in last.lines if line.kind == "seg")
    findings.compare(name, "granted_s", stored=live.granted_s, expected=granted_s)
    findings.compare(name, "mark_ms", stored=live.mark_ms, expected=last.row.ended_ms)
    played_max_ms = live.mark_ms - last.row.opened_ms + _PLAYED_SLACK_MS
    findings.require(name, f"played_ms {live.played_ms} is more than passed", holds=live.played_ms <= played_max_ms)


def _segment_of(live: LiveViewing) -> tuple[int, ...]:
    counts = (live.segment_accrued_ms, live.segment_new_s, live.segment_deferred_s, live.segment_flags)
    run = (live.segment_from_s, live.segment_to_s, live.segment_start_ms, live.segment_end_ms)
    return (*run, *counts, live.segment_beat_count)


def _check_presence(name: str, live: LiveViewing, learner: Learner, findings: Findings) -> None:
    """Compare the open check with the last one asked, and the count since the last pass with the lines."""
    asked = _open_check(learner)
    findings.compare(name, "check_ms", stored=live.check_ms, expected=asked.end_ms if asked else None)
    has_words = bool(live.check_key or live.check_answer or live.is_check_missed)
    findings.require(
        name, "holds the words of a check that is not open", holds=live.check_ms is not None or not has_words
    )
    if asked is not None:
        findings.compare(name, "is_check_missed", stored=live.is_check_missed, expected=_is_missed(learner))
    least_s, most_s = _since_pass(learner, live)
    findings.require(
        name,
        f"since_pass_s is {live.since_pass_s}, its lines give {least_s} to {most_s}",
        holds=least_s <= live.since_pass_s <= most_s,
    )


def _open_check(learner: Learner) -> ViewingEntry | None:
    asked: ViewingEntry | None = None
    for line in _lines(learner):
        if line.kind == "chk":
            asked = line
        elif line.kind in ("ans", "void"):
            asked = None
    return asked


def _is_missed(learner: Learner) -> bool:
    """Say whether the last check asked was missed since."""
    is_missed = False
    for line in _lines(learner):
        if line.kind in ("chk", "miss"):
            is_missed = line.kind == "miss"
    return is_missed


def _since_pass(learner: Learner, live: LiveViewing) -> tuple[int, int]:
    """Return the least and the most seconds since the last pass.

    The least are those of the last session, the most those of all: where a learner's checks began
    to be counted, no line says. Late seconds may belong before or after a pass.
    """
    open_s = live.segment_new_s if live.segment_beat_count > 0 else 0
    least_s = most_s = open_s
    last = learner.sittings[-1] if learner.sittings else None
    late_s = 0
    for sitting in learner.sittings:
        for line in sitting.lines:
            if line.kind == "void" or (line.kind == "ans" and line.flags == 1):
                least_s = most_s = open_s
            elif line.kind == "seg":
                most_s += line.new_s
                least_s += line.new_s if sitting is last else 0
            elif line.kind == "late":
                late_s += line.new_s
    return least_s, most_s + late_s


def _lines(learner: Learner) -> list[ViewingEntry]:
    return [line for sitting in learner.sittings for line in sitting.lines]
