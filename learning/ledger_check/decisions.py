"""Decisions: folded again by a table of its own, compared with the standing and the audit log."""

from collections import defaultdict
from datetime import datetime

from django.db.models import OuterRef, Subquery

from learning.ledger_check import chunks
from learning.ledger_check.deadlines import Deadlines
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import AnnualRecord, AuditLogEntry, CreditDecision, CreditEntry

#: (state before, verdict) → state after. Written here a second time on purpose.
MOVES = {
    ("earned", "approved"): "audited",
    ("earned", "returned"): "returned",
    ("returned", "resubmitted"): "earned",
    ("audited", "confirmed"): "confirmed",
    ("audited", "sent_back"): "earned",
    ("audited", "rejected"): "rejected",
    ("confirmed", "reversed"): "reversed",
}
OF_BASE = {"approved", "returned"}
OF_BUREAU = {"confirmed", "sent_back", "rejected", "reversed"}


def state_of(decisions: list[CreditDecision], *, kind: str = "earned") -> str | None:
    """Return where the decisions lead; None when one was not allowed there.

    They begin at "earned", but for hours carried over: these were confirmed in their own year.
    """
    state: str | None = "confirmed" if kind == "carried" else "earned"
    for decision in decisions:
        state = MOVES.get((state or "", decision.verdict))
        if state is None:
            return None
    return state


def check(findings: Findings, scope: Scope) -> None:
    """Fold the decisions of every entry in scope again, and look for each of them in the audit log."""
    entries = scope.of(CreditEntry.objects.select_related("standing", "restores").order_by("pk"), person="person_id")
    of_year = AnnualRecord.objects.filter(person=OuterRef("person"), year=OuterRef("year"))
    entries = entries.annotate(rule_id=Subquery(of_year.values("requirement_id")))
    deadlines = Deadlines()
    logged = _logged(scope)
    new = scope.new_subjects("decision")
    for entry in entries.prefetch_related("decisions").iterator(chunk_size=500):
        decisions = sorted(entry.decisions.all(), key=lambda decision: decision.sequence)
        findings.looked_at("decisions", len(decisions))
        _check_sequence(findings, entry, decisions)
        _check_people(findings, entry, decisions)
        _check_standing(findings, entry, decisions)
        deadlines.check(findings, entry, decisions, rule_id=entry.rule_id)
        lines = logged.pop(entry.pk, {})
        for decision in decisions:
            subject = f"decision {entry.pk}.{decision.sequence}"
            line = lines.pop(decision.sequence, None)
            if new is None or decision.pk in new:
                findings.compare(subject, "act in the audit log", stored=line, expected=_act(decision))
        for sequence in lines:
            findings.note(f"entry {entry.pk}", f"decision {sequence} stands in the audit log but not in the ledger")
    if scope.year is None:
        for number in logged:
            findings.note(f"entry {number}", "has decisions in the audit log but is not in the ledger")


def _logged(scope: Scope) -> dict[int, dict[int, tuple[object, ...]]]:
    """Return the decisions the audit log knows, by entry and sequence."""
    found: dict[int, dict[int, tuple[object, ...]]] = defaultdict(dict)
    # Acts on many entries log themselves once more, as a receipt; each entry's own line is what counts here.
    acts = AuditLogEntry.objects.filter(
        action__startswith="credit.", subject__startswith="credit_entry:", sequence__gt=scope.after_line
    )
    lines = acts.exclude(action="credit.earn")
    for line in lines.iterator(chunk_size=2_000):
        entry = int(line.subject.partition(":")[2])
        verdict = line.action.partition(".")[2]
        reason = (line.facts.get("reason_code", ""), line.facts.get("reason_text", ""))
        facts = (verdict, line.actor_id, line.organisation_id, *reason, line.at)
        found[entry][int(line.facts.get("sequence", 0))] = facts
    for chunk in chunks.lines(scope):
        verdict = chunks.VERDICTS[chunk.action]
        reason = (chunk.facts.get("reason_code", ""), chunk.facts.get("reason_text", ""))
        for entry, sequence in chunk.facts["decisions"]:
            found[entry][sequence] = (verdict, chunk.actor_id, chunk.organisation_id, *reason, chunk.at)
    return found


def _entered_at(entry: CreditEntry) -> datetime:
    """Return since when the entry stands: it was earned then, or restored by a reversal."""
    return entry.restores.earned_at if entry.restores else entry.earned_at


def _act(decision: CreditDecision) -> tuple[object, ...]:
    return (
        decision.verdict,
        decision.actor_id,
        decision.organisation_id,
        decision.reason_code,
        decision.reason_text,
        decision.decided_at,
    )


def _check_sequence(findings: Findings, entry: CreditEntry, decisions: list[CreditDecision]) -> None:
    numbers = [decision.sequence for decision in decisions]
    expected = list(range(1, len(numbers) + 1))
    findings.compare(f"entry {entry.pk}", "decision numbers", stored=numbers, expected=expected)
    before = _entered_at(entry)
    for decision in decisions:
        findings.require(
            f"decision {entry.pk}.{decision.sequence}",
            "was taken before the act it follows",
            holds=decision.decided_at >= before,
        )
        before = decision.decided_at


def _check_people(findings: Findings, entry: CreditEntry, decisions: list[CreditDecision]) -> None:
    """Each office decides for itself, nobody on their own hours, nobody twice (R19)."""
    base_actors = {decision.actor_id for decision in decisions if decision.verdict in OF_BASE}
    for decision in decisions:
        subject = f"decision {entry.pk}.{decision.sequence}"
        if decision.verdict == "resubmitted":
            findings.compare(subject, "actor", stored=decision.actor_id, expected=entry.person_id)
            findings.compare(subject, "organisation", stored=decision.organisation_id, expected=None)
            continue
        office = entry.auditor_id if decision.verdict in OF_BASE else entry.bureau_id
        findings.compare(subject, "organisation", stored=decision.organisation_id, expected=office)
        findings.require(subject, "was taken by the learner", holds=decision.actor_id != entry.person_id)
        if decision.verdict == "confirmed":
            findings.require(subject, "confirms what its actor audited", holds=decision.actor_id not in base_actors)


def _check_standing(findings: Findings, entry: CreditEntry, decisions: list[CreditDecision]) -> None:
    subject = f"standing of entry {entry.pk}"
    standing = getattr(entry, "standing", None)
    if standing is None:
        findings.note(subject, "is missing")
        return
    findings.looked_at("standings")
    # A reversal is decided by the act that makes it: it stands where the entry it reverses does.
    state = state_of(decisions, kind=entry.kind) if entry.kind != "reversal" else "reversed"
    findings.compare(subject, "state", stored=standing.state, expected=state)
    findings.compare(subject, "decision_count", stored=standing.decision_count, expected=len(decisions))
    holder = {"earned": entry.auditor_id, "audited": entry.bureau_id}.get(state or "")
    findings.compare(subject, "holder", stored=standing.holder_id, expected=holder)
    since = decisions[-1].decided_at if decisions else _entered_at(entry)
    findings.compare(subject, "since", stored=standing.since, expected=since)
