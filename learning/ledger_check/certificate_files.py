"""Certificate files: every stored PDF read again and compared with what was signed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.db.models import F

from learning.ledger_check.canonical import utc
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry, Certificate, SignedPage


def check(findings: Findings, scope: Scope) -> None:
    """Read every file in scope."""
    signed = SignedPage.objects.select_related("certificate").order_by("pk")
    signed = scope.of(signed, person="certificate__book__person_id", year="certificate__year")
    drawn = scope.of(Certificate.objects.exclude(pdf_name=""), person="book__person_id")
    subjects = (f"certificate:{page_id}" for page_id in signed.values_list("certificate_id", flat=True))
    lines = {
        line.facts.get("file"): line for line in scope.lines("certificate.sign", subjects).iterator(chunk_size=2_000)
    }
    for page in signed.iterator(chunk_size=500):
        findings.looked_at("certificate files")
        subject = f"certificate {page.certificate.serial}, file {Path(page.name).name}"
        _check_line(findings, subject, page, lines.get(page.digest))
        _check_file(findings, subject, page)
    for certificate in drawn.exclude(signed_pages__name=F("pdf_name")).order_by("pk").iterator(chunk_size=500):
        findings.note(f"certificate {certificate.serial}", f"no signature is on record for {certificate.pdf_name}")


def _check_line(findings: Findings, subject: str, page: SignedPage, line: AuditLogEntry | None) -> None:
    stored = line and (line.subject, line.facts, utc(line.at))
    facts = {
        "serial": page.certificate.serial,
        "name": page.name,
        "file": page.digest,
        "size_bytes": page.size_bytes,
        "signer": page.signer,
    }
    expected = (f"certificate:{page.certificate_id}", facts, utc(page.signed_at))
    findings.compare(subject, "act in the audit log", stored=stored, expected=expected)


def _check_file(findings: Findings, subject: str, page: SignedPage) -> None:
    """Hash the file; one that was lost and drawn anew since may be gone, the present one may not."""
    try:
        with (Path(settings.MEDIA_ROOT) / page.name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        is_present = page.certificate.pdf_name == page.name
        findings.require(subject, "the file is gone", holds=not is_present)
        return
    findings.require(subject, "the file is not the one that was signed", holds=digest == page.digest)
