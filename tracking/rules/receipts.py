"""Receipts: the server's signed word on what is saved, for the learner to keep.

A receipt names the session, the confirmed seconds, the head of the ledger and the time; should the
ledger ever say otherwise, the learner can prove it. Source: TRACKING §2 `rcpt`, §1 F7, RFC 8032.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from learning.rules import signatures
from tracking.rules.chain import RULE_VERSION, LedgerLine, LineKind

# At most one receipt in each five minutes of a session.
WINDOW_MS: Final = 300_000


def receipt_text(session_key: str, confirmed_s: int, head: bytes, at_ms: int) -> str:
    """Return what is signed: `trk1|receipt|sid|n|head|at`."""
    return f"{RULE_VERSION}|receipt|{session_key}|{confirmed_s}|{head.hex()}|{at_ms}"


def sign_receipt(text: str, seed: str) -> str:
    """Return the Ed25519 signature over the text, in hexadecimal."""
    return _key(seed).sign(text.encode()).hex()


def receipts_seed(seed: str) -> str:
    """Return the seed of the receipts' own key, so that no receipt can pass for another signed thing."""
    return f"{seed}|receipts"


def is_receipt_due(lines: Sequence[LedgerLine], opened_ms: int) -> bool:
    """Say whether a segment closed that reaches over the edge of a five-minute window of the session."""
    return any(
        line.kind is LineKind.SEGMENT
        and (line.start_ms - opened_ms) // WINDOW_MS != (line.end_ms - opened_ms) // WINDOW_MS
        for line in lines
    )


@lru_cache(maxsize=4)
def _key(seed: str) -> Ed25519PrivateKey:
    return signatures.private_key(seed)
