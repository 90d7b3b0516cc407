"""Check 2, outside: what was left with others says the same as the database.

`--anchors FILE` is the strong form: the lines a regulator kept, from the anchor file or from
messages. Receipts in the database are compared as far as they go by themselves.
"""

import base64
import binascii
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from cryptography import x509
from django.conf import settings
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from learning.ledger_check import signed_days
from tracking.audit.findings import Findings
from tracking.models import Anchor, DailyRoot

_DAY_MS = 86_400_000
_ROOT_MARK, _ROOT_FIELDS, _DAY_FIELD = "trk1|root|", 12, 2


def check(findings: Findings, *, now_ms: int) -> None:
    """Judge every receipt, and look for roots that were not left where the settings say."""
    roots = {root.day: root for root in DailyRoot.objects.order_by("day").iterator()}
    left: dict[date, set[str]] = {}
    for anchor in Anchor.objects.order_by("root_id", "backend").iterator():
        findings.looked_at("anchors")
        left.setdefault(anchor.root_id, set()).add(anchor.backend)
        _check_receipt(anchor, roots.get(anchor.root_id), findings)
    for day, root in roots.items():
        if root.signed_ms < now_ms - _DAY_MS:
            for place in sorted(set(settings.ROOT_ANCHORS) - left.get(day, set())):
                findings.note(f"daily root {day}", f"has no anchor with {place!r}")


def check_file(lines: Iterable[str], findings: Findings) -> None:
    """Compare the lines others kept with the roots, day by day."""
    roots = {root.day: root for root in DailyRoot.objects.iterator()}
    kept: set[date] = set()
    for line in lines:
        text = line.strip()
        if not text.startswith(_ROOT_MARK):
            continue
        fields = text.split("|")
        day = _day(fields[_DAY_FIELD]) if len(fields) == _ROOT_FIELDS else None
        if day is None:
            findings.leave_unjudged("anchors file", f"this line is no root: {text[:60]}")
            continue
        kept.add(day)
        findings.looked_at("lines of the anchors file")
        root = roots.get(day)
        if root is None:
            findings.note(f"daily root {day}", "stands in the anchors file and is not in the database")
        elif signed_days.line_of(root) != text:
            findings.note(f"daily root {day}", "is not what was anchored")
    if not kept:
        findings.leave_unjudged("anchors file", "it holds no root")
    for day in sorted(day for day in roots if kept and min(kept) <= day <= max(kept) and day not in kept):
        findings.note(f"daily root {day}", "is missing from the anchors file")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _check_receipt(anchor: Anchor, root: DailyRoot | None, findings: Findings) -> None:
    name = f"anchor {anchor.backend!r} of {anchor.root_id}"
    if root is None:
        findings.note(name, "its root is gone")
        return
    signed_days.check_receipt(findings, name, anchor, root)
    if anchor.backend == "timestamp":
        _check_timestamp(name, anchor, root, findings)


def _check_timestamp(name: str, anchor: Anchor, root: DailyRoot, findings: Findings) -> None:
    """Look whether the stamp is of this root; where a certificate is configured, whether it is the authority's."""
    try:
        response = decode_timestamp_response(base64.b64decode(anchor.receipt, validate=True))
        stamped = response.tst_info.message_imprint.message.hex()
    except (binascii.Error, ValueError) as error:
        findings.note(name, f"its receipt is no time stamp: {error}")
        return
    findings.compare(name, "digest stamped", stored=stamped, expected=root.digest)
    path = settings.ROOT_ANCHORS.get("timestamp", {}).get("certificate")
    if not path:
        findings.remark(name, "the authority's signature was not looked at: no certificate is configured")
        return
    try:
        certificates = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        findings.leave_unjudged(name, f"the authority's certificate cannot be read: {error}")
        return
    builder = VerifierBuilder()
    for certificate in certificates:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify(response, bytes.fromhex(root.digest))
    except (VerificationError, ValueError) as error:
        findings.note(name, f"its time stamp is not genuine: {error}")
