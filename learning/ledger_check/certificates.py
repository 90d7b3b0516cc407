"""Certificates: digest and signature made again, hours added up again from the ledger at issue."""

import hashlib
from collections import Counter
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from learning.ledger_check import chunks, unstudied
from learning.ledger_check.canonical import sha256_of, utc
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry, Certificate, CreditDecision, CreditEntry


def check(findings: Findings, scope: Scope) -> None:
    """Recompute every certificate in scope."""
    related = ("book", "record", "replaced_by")
    pages = scope.of(Certificate.objects.select_related(*related).order_by("pk"), person="book__person_id")
    keys = trusted_keys()
    lines = AuditLogEntry.objects.filter(action="certificate.issue", sequence__gt=scope.after_line)
    logged = {
        line.subject: (line.facts.get("digest"), line.actor_id, line.organisation_id)
        for line in lines.iterator(chunk_size=2_000)
    }
    for chunk in chunks.lines(scope):
        for number, digest in chunk.facts.get("certificates", ()):
            logged[f"certificate:{number}"] = (digest, chunk.actor_id, chunk.organisation_id)
    new = scope.new_subjects("issue")
    valid: Counter[tuple[int, int]] = Counter()
    for page in pages.iterator(chunk_size=500):
        findings.looked_at("certificates")
        subject = f"certificate {page.serial}"
        findings.compare(subject, "digest", stored=page.digest, expected=sha256_of(page.facts))
        findings.require(subject, "signature is not genuine", holds=_is_signed(page, keys))
        line = logged.pop(f"certificate:{page.pk}", None)
        expected = (page.digest, page.issued_by_id, page.issuer_id)
        if new is None or page.pk in new:
            findings.compare(subject, "act in the audit log", stored=line, expected=expected)
        findings.require(subject, "was issued by its holder", holds=page.issued_by_id != page.book.person_id)
        _check_row(findings, subject, page)
        _check_hours(findings, subject, page)
        _check_replacement(findings, subject, page)
        if page.replaced_at is None and page.revoked_at is None:
            valid[page.book_id, page.year] += 1
    if scope.year is None:
        for missing in logged:
            findings.note(missing.replace(":", " number "), "was issued by the audit log but is not in the ledger")
    for (book, of_year), number in valid.items():
        findings.compare(f"book {book}", f"valid pages of {of_year}", stored=number, expected=1)


def trusted_keys() -> list[Ed25519PublicKey]:
    """Return the keys whose signatures stand: the present one, then retired ones."""
    seed = hashlib.sha256(settings.SIGNING_SEED.encode("utf-8")).digest()
    retired = getattr(settings, "RETIRED_SIGNING_PUBLIC_KEYS", ())
    return [
        Ed25519PrivateKey.from_private_bytes(seed).public_key(),
        *(Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) for key in retired),
    ]


def _is_signed(page: Certificate, keys: list[Ed25519PublicKey]) -> bool:
    for key in keys:
        try:
            key.verify(bytes.fromhex(page.signature), sha256_of(page.facts).encode("ascii"))
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def _check_row(findings: Findings, subject: str, page: Certificate) -> None:
    facts = page.facts
    stored = {
        "serial": page.serial,
        "code": page.code,
        "year": page.year,
        "book": page.book.number,
        "issuer": page.issuer_id,
        "issued_at": utc(page.issued_at),
    }
    if page.replaced_at is None and page.revoked_at is None:
        # A year that was opened again may since be judged by another version; its old pages keep theirs.
        stored["requirement_id"] = page.record.requirement_id
    for name, value in stored.items():
        findings.compare(subject, name, stored=value, expected=facts.get(name))
    ends = ((page.replaced_at, page.replacement_reason), (page.revoked_at, page.revocation_reason))
    for at, reason in ends:
        findings.require(
            subject, f"has the reason {reason!r} for what was not done", holds=at is not None or not reason
        )
    findings.require(subject, "is older than its book", holds=page.book.opened_at <= page.issued_at)
    findings.compare(subject, "year of the record", stored=page.record.year, expected=page.year)
    findings.compare(subject, "holder of the book", stored=page.book.person_id, expected=page.record.person_id)


def _check_hours(findings: Findings, subject: str, page: Certificate) -> None:
    listed = {item["number"]: item for item in page.facts.get("entries", ())}
    reversed_at = _decided(page, "reversed")
    entries = {entry.pk: entry for entry in CreditEntry.objects.filter(pk__in=listed)}
    confirmed = _decided(page, "confirmed") | _carried(page)
    sums: Counter[str] = Counter()
    for number, item in listed.items():
        entry = entries.get(number)
        if entry is None or (entry.person_id, entry.year) != (page.record.person_id, page.year):
            findings.note(subject, f"lists entry {number}, which is not in this person's year")
            continue
        stored = (item.get("centihours"), item.get("subject_kind"), item.get("digest"))
        expected = (entry.centihours, entry.subject_kind, entry.digest)
        findings.compare(subject, f"entry {number}", stored=stored, expected=expected)
        findings.require(
            subject,
            f"lists entry {number}, which was not confirmed at issue",
            holds=number in confirmed and confirmed[number] <= page.issued_at,
        )
        findings.require(
            subject,
            f"lists entry {number}, which was reversed before",
            holds=number not in reversed_at or page.issued_at <= reversed_at[number],
        )
        sums[entry.subject_kind] += entry.centihours
        if entry.kind in unstudied.KINDS:
            sums[f"{entry.kind}_{entry.subject_kind}"] += entry.centihours
    for number, at in confirmed.items():
        is_reversed = number in reversed_at and reversed_at[number] <= page.issued_at
        is_listed = number in listed or is_reversed or at >= page.issued_at
        findings.require(subject, f"lacks entry {number}, confirmed before issue", holds=is_listed)
    for kind in ("public", "professional"):
        stored_sum = page.facts.get(f"{kind}_centihours")
        findings.compare(subject, f"{kind}_centihours", stored=stored_sum, expected=sums[kind])
        for word in sorted(unstudied.KINDS):
            name = f"{word}_{kind}"
            stored_part = page.facts.get(f"{name}_centihours", 0)
            findings.compare(subject, f"{name}_centihours", stored=stored_part, expected=sums[name])


def _decided(page: Certificate, verdict: str) -> dict[int, datetime]:
    """Return when each entry of the person's year got this verdict."""
    return dict(
        CreditDecision.objects.filter(
            verdict=verdict, entry__person_id=page.record.person_id, entry__year=page.year
        ).values_list("entry_id", "decided_at")
    )


def _carried(page: Certificate) -> dict[int, datetime]:
    """Return since when each entry carried into the person's year stands confirmed: since it was entered."""
    carried = CreditEntry.objects.filter(kind="carried", person_id=page.record.person_id, year=page.year)
    return dict(carried.values_list("pk", "earned_at"))


def _check_replacement(findings: Findings, subject: str, page: Certificate) -> None:
    if page.replaced_at is None:
        return
    fresh = page.replaced_by
    if fresh is None:
        findings.note(subject, "is replaced by no page")
        return
    findings.compare(
        subject,
        "book and year of its replacement",
        stored=(fresh.book_id, fresh.year),
        expected=(page.book_id, page.year),
    )
    findings.compare(subject, "replaced_at", stored=page.replaced_at, expected=fresh.issued_at)
