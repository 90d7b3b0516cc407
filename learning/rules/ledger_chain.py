"""One person's chain: every entry, decision, act on a certificate, signed file and file of proof is a link of it.

What is nobody's own, such as a region's issued rules, hangs on one more chain, the house's. A link is hashed
exactly as `sha256sum` would hash the 32 bytes of the head before it and then its text. Numbers run over all
chains, sequences over one. Knows text and digests; nothing of rows. Source: RELIABILITY I4; docs/decisions/0012.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from learning.rules.daily_root import numbered_leaf

RULE_VERSION: Final = "led1"
#: What stands for the head before a person's first link.
GENESIS: Final = "0" * 64
#: What stands for the person on the house's own chain.
HOUSE: Final = 0


class LinkKind(StrEnum):
    """What a link holds fast."""

    ENTRY = "entry"
    DECISION = "decision"
    ISSUE = "issue"
    REPLACEMENT = "replacement"
    REVOCATION = "revocation"
    FILE = "file"
    PROOF = "proof"
    RULE_SET = "rule_set"


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a link says: its place, whose it is (None: the house's), and the digest of the row it holds fast."""

    number: int
    person_id: int | None
    sequence: int
    kind: LinkKind
    subject_id: int
    digest: str
    linked_ms: int

    def text(self) -> str:
        """Return the canonical line `led1|number|person|sequence|kind|subject|digest|linked_ms`."""
        return (
            f"{RULE_VERSION}|{self.number}|{self.person_id or HOUSE}|{self.sequence}|{self.kind.value}"
            f"|{self.subject_id}|{self.digest}|{self.linked_ms}"
        )

    def head_after(self, previous: str) -> str:
        """Return the head of the chain once this link hangs on the one before."""
        return hashlib.sha256(bytes.fromhex(previous) + self.text().encode()).hexdigest()


def link_leaf(number: int, head: str) -> bytes:
    """Return a link's leaf in its day's tree: the number and the head, which covers all else of it."""
    return numbered_leaf(number, bytes.fromhex(head))
