"""Files of proof: every stored file read again and compared with what was handed in."""

import hashlib
from collections import defaultdict
from pathlib import Path

from django.conf import settings

from learning.ledger_check.canonical import utc
from learning.ledger_check.findings import Findings
from learning.ledger_check.kinds import proofs
from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry, Evidence, ProofFile


def check(findings: Findings, scope: Scope) -> None:
    """Read every file in scope; then look for what an application names and nobody has."""
    handed_in = scope.of(proofs().order_by("pk"), person="asked__person_id", year="asked__facts__year")
    subjects = (f"evidence:{asked_id}" for asked_id in handed_in.values_list("asked_id", flat=True))
    lines = {
        line.facts.get("proof"): line for line in scope.lines("proof.hand_in", subjects).iterator(chunk_size=2_000)
    }
    held: defaultdict[int, set[str]] = defaultdict(set)
    for proof in handed_in.iterator(chunk_size=500):
        findings.looked_at("files of proof")
        subject = f"proof {proof.pk} of evidence {proof.asked_id}, file {Path(proof.name).name}"
        _check_line(findings, subject, proof, lines.get(proof.pk))
        _check_file(findings, subject, proof)
        findings.compare(subject, "kind of evidence", stored=proof.asked.kind, expected="waiver")
        held[proof.asked_id].add(proof.digest)
    asked = scope.of(Evidence.objects.filter(kind="waiver"), person="person_id", year="facts__year")
    for item in asked.order_by("pk").iterator(chunk_size=500):
        for digest in item.facts.get("proofs", ()):
            findings.require(
                f"evidence {item.pk}", f"rests on the file {digest}, which is not there", holds=digest in held[item.pk]
            )


def _check_line(findings: Findings, subject: str, proof: ProofFile, line: AuditLogEntry | None) -> None:
    stored = line and (line.subject, line.actor_id, line.facts, utc(line.at))
    facts = {"proof": proof.pk, "digest": proof.digest, "size_bytes": proof.size_bytes}
    expected = (f"evidence:{proof.asked_id}", proof.asked.person_id, facts, utc(proof.handed_in_at))
    findings.compare(subject, "act in the audit log", stored=stored, expected=expected)


def _check_file(findings: Findings, subject: str, proof: ProofFile) -> None:
    try:
        with (Path(settings.MEDIA_ROOT) / proof.name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        findings.note(subject, "the file is gone")
        return
    findings.require(subject, "the file is not the one that was handed in", holds=digest == proof.digest)
