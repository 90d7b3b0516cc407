"""The audit log: gapless, each line chained to the one before, the head at its end."""

from learning.ledger_check.canonical import sha256_of, utc
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import GENESIS, Scope
from learning.models import AuditLogEntry
from learning.models.audit_log import AuditLogHead


def check(findings: Findings, scope: Scope) -> None:
    """Walk the chain from its first line, or from the last one that was looked at before."""
    number, previous = 0, GENESIS
    if scope.since is not None:
        number, previous = scope.since.line_sequence, scope.since.line_digest
        stored = AuditLogEntry.objects.filter(sequence=number).values_list("digest", flat=True).first() or GENESIS
        findings.compare(f"audit log {number}", "digest", stored=stored, expected=previous)
    for line in (
        AuditLogEntry.objects.filter(sequence__gt=scope.after_line).order_by("sequence").iterator(chunk_size=2_000)
    ):
        findings.looked_at("audit log lines")
        subject = f"audit log {line.sequence}"
        number += 1
        findings.compare(subject, "sequence", stored=line.sequence, expected=number)
        number = line.sequence
        findings.compare(subject, "previous digest", stored=line.previous_digest, expected=previous)
        expected = sha256_of(
            {
                "sequence": line.sequence,
                "at": utc(line.at),
                "actor": line.actor_id,
                "organisation": line.organisation_id,
                "action": line.action,
                "subject": line.subject,
                "facts": line.facts,
                "previous": line.previous_digest,
            }
        )
        findings.compare(subject, "digest", stored=line.digest, expected=expected)
        previous = line.digest
    head = AuditLogHead.objects.filter(pk=1).values_list("sequence", "digest").first()
    findings.compare("audit log head", "end of the chain", stored=head or (0, GENESIS), expected=(number, previous))
