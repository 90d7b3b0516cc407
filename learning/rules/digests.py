"""Digests: one canonical form for what is hashed, so that anyone can recompute it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime


def canonical(facts: Mapping[str, object]) -> bytes:
    """Return the JSON that is hashed: sorted keys, no spaces, UTF-8, integers and strings only."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(facts: Mapping[str, object]) -> str:
    """Return the SHA-256 of the canonical facts, in hexadecimal."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def digest_of_all(digests: Iterable[str]) -> str:
    """Return one digest over several, order counting; however many they are, few are held at once."""
    whole = hashlib.sha256()
    for number, digest in enumerate(digests):
        whole.update(("\n" if number else "").encode() + digest.encode())
    return whole.hexdigest()


def instant(at: datetime) -> str:
    """Return the one text form of an instant that digests use: ISO 8601, UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
