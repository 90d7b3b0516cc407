"""The audit log: gapless, each line chained to the one before, the head at its end."""

from learning.ledger_check.canonical import sha256_of, utc
from learning.ledger_check.findings import Findings
from learning.models import AuditLogEntry
from learning.models.audit_log import AuditLogHead

GENESIS = "0" * 64


def check(findings: Findings) -> None:
    """Walk the chain from its first line."""
    number, previous = 0, GENESIS
    for line in AuditLogEntry.objects.order_by("sequence").iterator(chunk_size=2_000):
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
