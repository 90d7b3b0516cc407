"""Check 9: what a person may want to look into. Facts with figures; never differences, never a verdict."""

from collections.abc import Sequence
from statistics import median, pstdev

from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting
from tracking.models import ViewingEntry

#: Source: TRACKING §2, `f` of `hb`.
_FLAGS = {
    1: "muted",
    2: "unfocused",
    4: "picture in picture",
    8: "captions",
    16: "offline",
    32: "no frames presented",
    64: "automation hint",
}
#: People do not answer so quickly; ten segments whose beats come to the hundredth of a second are no person's line.
_QUICK_MS, _STEADY_MS, _SEGMENTS_MIN = 1_000, 10, 10


def report(learner: Learner, findings: Findings) -> None:
    """Tell each session's circumstances, and what only all sessions together show."""
    for sitting in learner.asked_about:
        facts = [*_deferred(sitting), *_circumstances(sitting), *_answers(sitting)]
        if facts:
            findings.remark(sitting.name, "; ".join(facts))
    means = [
        (line.end_ms - line.start_ms) / line.beat_count
        for sitting in learner.asked_about
        for line in sitting.lines
        if line.kind == "seg" and line.beat_count > 1
    ]
    if len(means) >= _SEGMENTS_MIN and pstdev(means) < _STEADY_MS:
        findings.remark(
            f"person {learner.person_id}",
            f"beats of {len(means)} segments come every {sum(means) / len(means):.0f} ms, "
            f"give or take {pstdev(means):.1f} ms",
        )


def _deferred(sitting: Sitting) -> list[str]:
    deferred_s = sum(line.deferred_s for line in sitting.lines)
    late_s = sum(line.new_s for line in sitting.lines if line.kind == "late")
    facts = [f"{deferred_s} s deferred"] if deferred_s else []
    return [*facts, *([f"{late_s} s claimed after its end"] if late_s else [])]


def _circumstances(sitting: Sitting) -> list[str]:
    """Return how many of the new seconds were played muted, unfocused and so on."""
    facts = []
    for bit, word in _FLAGS.items():
        new_s = sum(line.new_s for line in sitting.lines if line.kind == "seg" and line.flags & bit)
        if new_s:
            facts.append(f"{new_s} s {word}")
    return facts


def _answers(sitting: Sitting) -> list[str]:
    """Return how often presence was checked, and how quickly it was answered."""
    reactions = _reactions(sitting.lines)
    missed = sum(line.kind in ("miss", "void") for line in sitting.lines)
    facts = [f"{missed} checks missed"] if missed else []
    if reactions:
        quick = sum(reaction < _QUICK_MS for reaction in reactions)
        facts.append(
            f"{len(reactions)} checks answered after {min(reactions)} ms at the quickest, "
            f"{median(reactions):.0f} ms in the middle, {quick} in under {_QUICK_MS} ms"
        )
    return facts


def _reactions(lines: Sequence[ViewingEntry]) -> list[int]:
    return [line.end_ms - line.start_ms for line in lines if line.kind == "ans"]
