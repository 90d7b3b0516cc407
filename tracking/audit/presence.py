"""Check 7: between two passed presence checks no more was credited than the policy lets stand unchecked."""

from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting


def check(learner: Learner, findings: Findings) -> None:
    """Count the seconds since the last pass over all of the learner's sessions.

    The limit is the longest interval any policy so far may have drawn, and the answering time
    (TRACKING §0 rule 4); it holds from the first session that asks for checks.
    """
    since_s = longest_s = 0
    is_armed = False
    for sitting in learner.sittings:
        plan = _longest_interval(sitting)
        if plan and not is_armed:
            is_armed, since_s = True, 0
        longest_s = max(longest_s, plan)
        limit_s = longest_s + sitting.row.answer_s
        for line in sitting.lines:
            if line.kind == "void" or (line.kind == "ans" and line.flags == 1):
                since_s = 0
                # A pass under a policy without checks draws none: the next policy with some begins anew.
                is_armed = is_armed and (line.kind == "void" or plan > 0)
            elif line.kind == "seg" or (line.kind == "late" and not _is_passed_after(learner, sitting)):
                since_s += line.new_s
            if is_armed and since_s > limit_s and line.new_s and sitting.is_asked_about:
                findings.note(
                    f"{sitting.name}, line {line.line_index}",
                    f"{since_s} s were credited since a presence check was passed, at most {limit_s} s may be",
                )


def _longest_interval(sitting: Sitting) -> int:
    """Return the most credited seconds between checks; 0 without checks."""
    return int((sitting.policy or {}).get("check_max_s") or 0)


def _is_passed_after(learner: Learner, sitting: Sitting) -> bool:
    """Say whether a check was passed while this ended session still took late claims.

    Then nobody can tell whether its late seconds counted before or after the pass.
    """
    ended_ms, sealed_ms = sitting.row.ended_ms or 0, sitting.row.sealed_ms
    return any(
        line.kind == "ans" and line.flags == 1 and ended_ms <= line.end_ms and line.end_ms <= (sealed_ms or line.end_ms)
        for other in learner.sittings
        if other is not sitting
        for line in other.lines
    )
