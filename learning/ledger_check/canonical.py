"""How a digest is recomputed: JSON with sorted keys, no spaces, UTF-8; SHA-256 in hexadecimal."""

import hashlib
import json
from datetime import UTC, datetime


def sha256_of(facts: object) -> str:
    """Return the digest of plain facts."""
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def sha256_of_lines(lines: list[str]) -> str:
    """Return the digest of texts joined by line feeds."""
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def utc(at: datetime) -> str:
    """Return an instant as digests hold it: UTC, six decimals, +00:00."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
