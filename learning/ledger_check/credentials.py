"""Credentials: their words compared with the page's facts, proofs made out again, published bits read back.

The status lists are asked for at their public addresses, through the doors a
stranger uses: what is checked is what is published.
"""

import base64
import gzip
import json
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve
from pyld.jsonld import JsonLdError

from learning.ledger_check import proofs
from learning.ledger_check.canonical import sha256_of
from learning.ledger_check.certificates import trusted_keys
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import Certificate, Credential

#: What a document of another layout raises while it is read.
UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError, JsonLdError)


def check(findings: Findings, scope: Scope) -> None:
    """Judge every credential in scope."""
    stored = Credential.objects.select_related("certificate__book").order_by("pk")
    rows = scope.of(stored, person="certificate__book__person_id", year="certificate__year")
    subjects = (f"certificate:{page_id}" for page_id in rows.values_list("certificate_id", flat=True))
    keys = trusted_keys()
    lists = PublishedLists(keys)
    logged = {
        line.subject: (line.facts.get("claims_digest"), line.facts.get("public_key"), line.at)
        for line in scope.lines("credential.sign", subjects).iterator(chunk_size=2_000)
    }
    for row in rows.iterator(chunk_size=500):
        findings.looked_at("credentials")
        subject = f"credential of {row.certificate.serial}"
        line = logged.pop(f"certificate:{row.certificate_id}", None)
        if row.proof is None:
            findings.require(subject, "was signed by the audit log, but has no proof", holds=line is None)
        else:
            expected = (sha256_of(row.claims), row.public_key, row.signed_at)
            findings.compare(subject, "act in the audit log", stored=line, expected=expected)
            is_in_order = row.signed_at is not None and row.certificate.issued_at <= row.prepared_at <= row.signed_at
            findings.require(subject, "was not prepared between issue and signature", holds=is_in_order)
        try:
            _check_document(findings, subject, row, keys=keys, lists=lists)
        except UNREADABLE as problem:
            findings.note(subject, f"cannot be read as a credential: {problem!r}")
    if scope.is_everything:
        for gone in logged:
            findings.note(gone, "has a credential in the audit log but not in the register")


def _check_document(
    findings: Findings, subject: str, row: Credential, *, keys: list[Ed25519PublicKey], lists: "PublishedLists"
) -> None:
    for what, stored, expected in _words(row):
        findings.compare(subject, what, stored=stored, expected=expected)
    if row.proof is not None:
        made_by = proofs.key_that_made({**row.claims, "proof": row.proof}, keys)
        findings.compare(subject, "key that made the proof", stored=row.public_key, expected=made_by)
        _check_bits(findings, subject, row, lists)


def _words(row: Credential) -> list[tuple[str, object, object]]:
    """Return what the credential says beside what the page says: (what, said, expected)."""
    page, facts, said = row.certificate, row.certificate.facts, row.claims
    subject = said.get("credentialSubject", {})
    # What was waived counts for the year, and nobody earned it.
    kinds = ("public", "professional")
    earned = sum(facts.get(f"{kind}_centihours", 0) - facts.get(f"waived_{kind}_centihours", 0) for kind in kinds)
    name = next((item["identityHash"] for item in subject["identifier"] if item["identityType"] == "name"), None)
    results = [round(float(result["value"]) * 100) for result in subject["result"]]
    method = str((row.proof or {}).get("verificationMethod", ""))
    return [
        ("serial", subject.get("licenseNumber"), page.serial),
        ("name", name, facts.get("holder_name")),
        ("year", subject.get("term"), str(page.year)),
        ("hours", round(subject.get("creditsEarned", 0) * 100), earned),
        ("hours by subject", results, [facts.get("public_centihours"), facts.get("professional_centihours")]),
        ("issuer", said["issuer"].get("name"), facts.get("issuer_zh")),
        ("issuer's number", said["issuer"]["id"].rpartition(":")[2], str(page.issuer_id)),
        ("issuer of the proof", method.partition("#")[0] or said["issuer"]["id"], said["issuer"]["id"]),
        ("address", said["id"].rstrip("/").rpartition("/")[2], page.code),
        ("digest of the facts", said["evidence"][0]["description"].rpartition(" ")[2], page.digest),
        ("places", {entry["statusListIndex"] for entry in said["credentialStatus"]}, {str(row.position)}),
        ("lists", {_list_number(entry) for entry in said["credentialStatus"]}, {str(row.list_number)}),
    ]


def _list_number(entry: dict[str, str]) -> str:
    """Return the number before the purpose in a list's address."""
    return urlsplit(entry["statusListCredential"]).path.split("/")[-2]


def _check_bits(findings: Findings, subject: str, row: Credential, lists: "PublishedLists") -> None:
    ended = {"revocation": _last(row.certificate).revoked_at, "message": row.certificate.replaced_at}
    for entry in row.claims["credentialStatus"]:
        purpose = entry["statusPurpose"]
        bit = lists.bit(entry["statusListCredential"], int(entry["statusListIndex"]))
        findings.compare(subject, f"published {purpose} bit", stored=bit, expected=ended[purpose] is not None)


def _last(page: Certificate) -> Certificate:
    """Return the page that stands for this one now."""
    while page.replaced_by is not None:
        page = page.replaced_by
    return page


class PublishedLists:
    """The status lists as they are published now, each asked for and judged once."""

    def __init__(self, keys: list[Ed25519PublicKey]) -> None:
        """Keep the keys whose lists count."""
        self._keys = keys
        self._bits: dict[str, bytes | None] = {}

    def bit(self, url: str, position: int) -> bool | None:
        """Return the bit at a place; None when the list is not published, or not genuine."""
        if url not in self._bits:
            document = _published(url)
            is_genuine = document is not None and proofs.key_that_made(document, self._keys) is not None
            text = document["credentialSubject"]["encodedList"] if document and is_genuine else None
            self._bits[url] = None if text is None else gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=="))
        bits = self._bits[url]
        return None if bits is None else bool(bits[position // 8] >> (7 - position % 8) & 1)


def _published(url: str) -> dict[str, Any] | None:
    request = HttpRequest()
    request.method = "GET"
    try:
        door = resolve(urlsplit(url).path)
        response = door.func(request, *door.args, **door.kwargs)
    except (Resolver404, Http404):
        return None
    document: dict[str, Any] = json.loads(response.content)
    return document
