"""Checks 5 and 6: nothing was credited faster than the server's clock allows, and no time was used twice."""

from collections import defaultdict
from datetime import date, timedelta

from tracking.audit.canonical import day_of, day_start_ms
from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting

_NO_CAP = 1_000_000_000


def check(learner: Learner, findings: Findings) -> None:
    """Judge budgets of the sessions asked about, and the learner's whole timeline."""
    for sitting in learner.asked_about:
        _check_budget(learner, sitting, findings)
    _check_timeline(learner, findings)
    _check_days(learner, findings)


def _check_budget(learner: Learner, sitting: Sitting, findings: Findings) -> None:
    """Σ accrued ≤ wall × rate, and Σ new × 1000 ≤ Σ accrued: strictly, without slack. Source: TRACKING I1."""
    row, segment = sitting.row, sitting.open_segment
    until_ms = row.ended_ms
    if until_ms is None:
        until_ms = learner.live.mark_ms if learner.live else row.opened_ms
    accrued_ms = sum(line.accrued_ms for line in sitting.lines) + (segment.segment_accrued_ms if segment else 0)
    new_s = sum(line.new_s for line in sitting.watched) + (segment.segment_new_s if segment else 0)
    wall_ms = until_ms - row.opened_ms
    if accrued_ms * 100 > wall_ms * row.rate_percent:
        findings.note(sitting.name, f"{accrued_ms} ms were accrued in {wall_ms} ms at {row.rate_percent} %")
    if new_s * 100_000 > wall_ms * row.rate_percent:
        findings.note(sitting.name, "more seconds were credited than passed on the server's clock")
    if new_s * 1_000 > accrued_ms:
        findings.note(sitting.name, f"{new_s} new seconds were granted for {accrued_ms} ms accrued")
    late_s = sum(line.new_s for line in sitting.lines if line.kind == "late")
    granted_s = sum(line.new_s for line in sitting.lines if line.kind == "seg")
    # What late claims spent and may still spend is at most what was accrued and not granted.
    findings.require(
        sitting.name,
        f"left_ms is {row.left_ms}, more than was accrued and not granted",
        holds=row.ended_ms is None or row.left_ms + 1_000 * (late_s + granted_s) <= accrued_ms,
    )


def _check_timeline(learner: Learner, findings: Findings) -> None:
    """Sessions of one learner follow each other. Source: TRACKING I4."""
    before: Sitting | None = None
    for sitting in learner.sittings:
        if before is not None and (sitting.is_asked_about or before.is_asked_about):
            ended_ms = before.row.ended_ms
            findings.require(
                sitting.name,
                f"begins before {before.name} of the same learner ended",
                holds=ended_ms is not None and sitting.row.opened_ms >= ended_ms,
            )
        before = sitting


def _check_days(learner: Learner, findings: Findings) -> None:
    """No Beijing day holds more new seconds than the policies of its sessions allow.

    Only segments that lie within a day are counted, and the largest cap of the day applies, so
    that nothing is called a difference that could be right.
    """
    counted: dict[date, int] = defaultdict(int)
    caps: dict[date, int] = {}
    for sitting in learner.sittings:
        cap_s = (sitting.policy or {}).get("daily_cap_s")
        for line in sitting.lines:
            day = day_of(line.start_ms)
            if line.kind == "open":
                # Without a cap in one session nothing can be said of its day.
                caps[day] = max(caps.get(day, 0), cap_s) if cap_s else _NO_CAP
            elif line.kind == "seg" and line.end_ms < day_start_ms(day + timedelta(days=1)):
                counted[day] += line.new_s
                caps[day] = max(caps.get(day, 0), cap_s or _NO_CAP)
    for day, new_s in counted.items():
        if new_s > caps[day]:
            findings.note(
                f"timeline of person {learner.person_id}",
                f"{new_s} new seconds on {day}, the policy allows {caps[day]}",
            )
