"""Flag policies: each version says what two officers signed, and every version the log knows is there."""

from typing import Any

from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry, FlagPolicy, FlagProposal

#: Laid with the tables, by nobody.
FIRST = 1
#: The columns of a policy that are no threshold.
NAMING = {"id", "version", "issued_at"}


def check(findings: Findings, _scope: Scope) -> None:
    """Judge every version; they are few and belong to no year, so each run looks at all of them."""
    issues = AuditLogEntry.objects.filter(action="flag_policy.issue").order_by("sequence")
    logged = {line.facts["version"]: line for line in issues}
    for policy in FlagPolicy.objects.select_related("proposal").order_by("version"):
        findings.looked_at("flag policies")
        subject, line = f"flag policy {policy.version}", logged.pop(policy.version, None)
        if line is None:
            findings.require(subject, "was issued by nobody: no line of the log", holds=policy.version == FIRST)
            findings.compare(subject, "thresholds", stored=_terms(policy), expected=_terms(FlagPolicy()))
            continue
        findings.compare(subject, "thresholds", stored=_terms(policy), expected=line.facts["terms"])
        findings.compare(subject, "issued_at", stored=policy.issued_at, expected=line.at)
        _check_proposal(findings, subject, policy, line)
    for version in logged:
        findings.note(f"flag policy {version}", "was issued by the audit log but is gone")


def _terms(row: FlagPolicy | FlagProposal) -> dict[str, Any]:
    names = [field.name for field in FlagPolicy._meta.concrete_fields if field.name not in NAMING]
    return {name: getattr(row, name) for name in names}


def _check_proposal(findings: Findings, subject: str, policy: FlagPolicy, line: AuditLogEntry) -> None:
    """Compare what was proposed, and by whom, with what the log says of its issue."""
    proposal = getattr(policy, "proposal", None)
    if proposal is None:
        findings.note(subject, "its proposal is gone")
        return
    findings.compare(subject, "proposed thresholds", stored=_terms(proposal), expected=line.facts["terms"])
    findings.compare(subject, "proposal", stored=f"flag_proposal:{proposal.pk}", expected=line.subject)
    officers = (proposal.drafted_by_id, proposal.ended_by_id)
    findings.compare(subject, "officers", stored=officers, expected=(line.facts["drafted_by"], line.actor_id))
    findings.compare(subject, "reason", stored=proposal.reason_text, expected=line.facts["reason"])
    findings.require(subject, "was issued by who drafted it", holds=proposal.drafted_by_id != proposal.ended_by_id)
