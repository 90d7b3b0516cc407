"""The evidence behind one entry, as the office that decides sees it.

Knows what the ledger holds: lectures watched, the exam, documents, decisions and
the digests. What lies behind a lecture's seconds is tracking's to show.
"""

from __future__ import annotations

from dataclasses import dataclass

from learning.models import CreditDecision, CreditEntry, CreditFlag, Evidence, Lesson
from learning.rules.credit_states import Verdict
from learning.rules.snapshots import Seen
from learning.templatetags.hours import percent_of


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lecture: seconds seen, asked and long; `x` and `width` place it on the bar, in per cent, as text."""

    lesson: Lesson
    covered_s: int
    needed_s: int
    duration_s: int
    digest: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything an office weighs before it decides."""

    entry: CreditEntry
    seen: Seen
    lessons: list[LessonLine]
    covered_s: int
    duration_s: int
    exam: Evidence | None
    claims: list[Evidence]
    evidence: list[Evidence]
    decisions: list[CreditDecision]
    flags: list[CreditFlag]

    @property
    def coverage_percent(self) -> int:
        """The seconds seen as a share of the lectures, rounded down."""
        return self.covered_s * 100 // self.duration_s if self.duration_s else 0

    @property
    def last(self) -> CreditDecision | None:
        """The last word on it, if there was one."""
        return self.decisions[-1] if self.decisions else None

    @property
    def sent_back(self) -> CreditDecision | None:
        """The bureau's words, when it sent the entry back and the base has not answered yet."""
        return self.last if self.last and self.last.verdict == Verdict.SENT_BACK else None

    @property
    def resubmitted(self) -> CreditDecision | None:
        """The learner's answer to a return, while it waits to be read."""
        return self.last if self.last and self.last.verdict == Verdict.RESUBMITTED else None

    @property
    def returned(self) -> CreditDecision | None:
        """The return that the learner answered last."""
        return next((item for item in reversed(self.decisions) if item.verdict == Verdict.RETURNED), None)

    @property
    def new_flags(self) -> list[CreditFlag]:
        """What was flagged only after that return, so that nobody has asked about it yet."""
        at = self.returned.decided_at if self.returned else None
        return [flag for flag in self.flags if at and flag.computed_at > at]


def dossier_of(entry: CreditEntry) -> Dossier:
    """Lay out an entry read by `queues.with_all`."""
    evidence = list(entry.evidence.all())
    lessons = _lines(evidence)
    return Dossier(
        entry=entry,
        seen=Seen(entry.pk, entry.standing.decision_count),
        lessons=lessons,
        covered_s=sum(min(line.covered_s, line.duration_s) for line in lessons),
        duration_s=sum(line.duration_s for line in lessons),
        exam=next((item for item in evidence if item.kind == Evidence.Kind.PASSED), None),
        claims=[item for item in evidence if item.kind == Evidence.Kind.CLAIMED],
        evidence=evidence,
        decisions=list(entry.decisions.all()),
        flags=list(entry.flags.all()),
    )


def _lines(evidence: list[Evidence]) -> list[LessonLine]:
    watched = [item for item in evidence if item.kind == Evidence.Kind.WATCHED and item.lesson is not None]
    whole_s = sum(item.facts["duration_s"] for item in watched)
    lines: list[LessonLine] = []
    before_s = 0
    for item in watched:
        duration_s = item.facts["duration_s"]
        covered_s = min(item.facts["covered_s"], duration_s)
        lines.append(
            LessonLine(
                lesson=item.lesson,  # type: ignore[arg-type]  # filtered above
                covered_s=covered_s,
                needed_s=item.facts["needed_s"],
                duration_s=duration_s,
                digest=item.digest,
                x=percent_of(before_s, whole_s),
                width=percent_of(covered_s, whole_s),
            )
        )
        before_s += duration_s
    return lines
