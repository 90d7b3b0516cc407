"""One person's chain: every entry, decision and act on a certificate is a link of it.

A link is hashed exactly as `sha256sum` would hash the 32 bytes of the head before it and then
its text. Numbers run over all people, sequences over one. Knows text and digests; nothing of rows.
Source: RELIABILITY I4; docs/decisions/0012.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RULE_VERSION: Final = "led1"
#: What stands for the head before a person's first link.
GENESIS: Final = "0" * 64


class LinkKind(StrEnum):
    """What a link holds fast."""

    ENTRY = "entry"
    DECISION = "decision"
    ISSUE = "issue"
    REPLACEMENT = "replacement"
    REVOCATION = "revocation"


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a link says: its place, whose it is, and the digest of the row it holds fast."""

    number: int
    person_id: int
    sequence: int
    kind: LinkKind
    subject_id: int
    digest: str
    linked_ms: int

    def text(self) -> str:
        """Return the canonical line `led1|number|person|sequence|kind|subject|digest|linked_ms`."""
        return (
            f"{RULE_VERSION}|{self.number}|{self.person_id}|{self.sequence}|{self.kind.value}|{self.subject_id}"
            f"|{self.digest}|{self.linked_ms}"
        )

    def head_after(self, previous: str) -> str:
        """Return the head of the chain once this link hangs on the one before."""
        return hashlib.sha256(bytes.fromhex(previous) + self.text().encode()).hexdigest()
