"""What a daily root of viewing says, and the leaves of its tree.

Knows text and digests; nothing of keys or rows. Source: TRACKING §4, daily root; docs/decisions/0008.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from learning.rules.merkle import leaf_hash
from tracking.rules.chain import RULE_VERSION

_NUMBER_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class RootFacts:
    """One day's statement: which seals, their tree, their sessions' records, the root before."""

    day: date
    first_number: int
    last_number: int
    tree_root: str
    records_digest: str
    previous_digest: str
    signed_ms: int

    def text(self) -> str:
        """Return the canonical line that is hashed, signed and anchored."""
        return (
            f"{RULE_VERSION}|root|{self.day.isoformat()}|{self.first_number}|{self.last_number}|{self.tree_root}"
            f"|{self.records_digest}|{self.previous_digest}|{self.signed_ms}"
        )

    def digest(self) -> str:
        """Return the SHA-256 of the line, in hexadecimal: the daily root as the world knows it."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def seal_leaf(number: int, session_key: str, digest: str) -> bytes:
    """Return the leaf of a seal: SHA256(0x00 || number || session || digest).

    Eight bytes, most significant first; the sixteen of the UUID; the thirty-two of the digest.
    """
    return leaf_hash(number.to_bytes(_NUMBER_BYTES, "big") + UUID(session_key).bytes + bytes.fromhex(digest))
