"""One audit from its first check to its last."""

from collections.abc import Iterable
from datetime import datetime

from learning.models.one_moment import one_moment
from tracking.audit import anchors, anomalies, budgets, chains, coverage, credit, live, presence, roots, seals, terms
from tracking.audit.findings import Findings
from tracking.audit.learners import learners
from tracking.audit.scope import Scope, choose
from tracking.models import SealHead


def audit(scope: Scope, *, now: datetime, kept_lines: Iterable[str] | None = None) -> Findings:
    """Recompute what the scope names; `kept_lines` are roots as others kept them.

    Raises: NothingToAudit, when the scope names no row.
    """
    findings = Findings()
    now_ms = int(now.timestamp() * 1_000)
    chosen = choose(scope)
    head = SealHead.objects.filter(pk=1).first()
    numbers: set[int] = set()
    for learner in learners(chosen):
        if not scope.is_everything:
            numbers.update(sitting.seal.number for sitting in learner.asked_about if sitting.seal)
        if learner.unread:
            # Their sessions look short, which is not what was asked.
            findings.leave_unread(f"person {learner.person_id}", learner.unread)
            continue
        chains.check(learner, findings)
        live.check(learner, findings)
        terms.check(learner, findings)
        coverage.check(learner, findings)
        budgets.check(learner, findings)
        presence.check(learner, findings)
        credit.check(learner, findings, chosen, now_ms=now_ms)
        seals.check(learner, findings, head=head, now_ms=now_ms)
        anomalies.report(learner, findings)
    if scope.credit is not None:
        credit.check_entry(scope.credit, findings)
    with one_moment():
        roots.check(findings, numbers=None if scope.is_everything else numbers, now_ms=now_ms)
        anchors.check(findings, now_ms=now_ms)
    if kept_lines is not None:
        anchors.check_file(kept_lines, findings)
    return findings
