"""What a daily root of the ledger says, and the leaves of its tree.

Knows text and digests; nothing of keys or rows. Source: docs/decisions/0012.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from learning.rules.ledger_chain import RULE_VERSION
from learning.rules.merkle import leaf_hash

_NUMBER_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class LedgerRootFacts:
    """One day's statement: which links, their tree, the root before."""

    day: date
    first_number: int
    last_number: int
    tree_root: str
    previous_digest: str
    signed_ms: int

    def text(self) -> str:
        """Return the canonical line that is hashed, signed and anchored."""
        return (
            f"{RULE_VERSION}|root|{self.day.isoformat()}|{self.first_number}|{self.last_number}|{self.tree_root}"
            f"|{self.previous_digest}|{self.signed_ms}"
        )

    def digest(self) -> str:
        """Return the SHA-256 of the line, in hexadecimal: the daily root as the world knows it."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def link_leaf(number: int, head: str) -> bytes:
    """Return the leaf of a link: SHA256(0x00 || number, eight bytes || head); the head covers all else of it."""
    return leaf_hash(number.to_bytes(_NUMBER_BYTES, "big") + bytes.fromhex(head))
