"""What holds of every ledger's daily roots: each follows the one before, says what was signed, by a key of ours.

Whatever the leaves are: those who keep a ledger build its trees again themselves.
"""

import hashlib
from datetime import timedelta
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from learning.ledger_check.canonical import sha256_of
from learning.models.daily_root import RootAnchor, SignedDay

NO_ROOT = "0" * 64


class Notes(Protocol):
    """Where differences go."""

    def compare(self, subject: str, what: str, *, stored: object, expected: object) -> None:
        """Note a difference unless the stored value is the recomputed one."""

    def require(self, subject: str, fault: str, *, holds: bool) -> None:
        """Note the fault unless the condition holds."""


def statement(root: SignedDay) -> str:
    """Return the line that was hashed and signed."""
    beside = "".join(f"|{getattr(root, column)}" for column in root.beside)
    return (
        f"{root.mark}|root|{root.day.isoformat()}|{root.first_number}|{root.last_number}|{root.tree_root}{beside}"
        f"|{root.previous_digest}|{root.signed_ms}"
    )


def line_of(root: SignedDay) -> str:
    """Return the line that was left with others."""
    return f"{statement(root)}|{root.digest}|{root.signature}|{root.public_key}"


def check(notes: Notes, name: str, root: SignedDay, previous: SignedDay | None, keys: set[str]) -> None:
    """Judge one root beside the one before it; `keys`: those that may have signed."""
    if previous is not None:
        notes.compare(name, "day", stored=root.day, expected=previous.day + timedelta(days=1))
    first = previous.last_number + 1 if previous else 1
    notes.compare(name, "first number", stored=root.first_number, expected=first)
    expected = previous.digest if previous else NO_ROOT
    notes.compare(name, "root of the day before", stored=root.previous_digest, expected=expected)
    digest = hashlib.sha256(statement(root).encode()).hexdigest()
    notes.compare(name, "digest", stored=root.digest, expected=digest)
    notes.require(name, "its key is not one of ours", holds=root.public_key in keys)
    notes.require(name, "its signature is not genuine", holds=_is_signed(root))


def check_receipt(notes: Notes, name: str, anchor: RootAnchor, root: SignedDay) -> None:
    """Compare an anchor's row with its root; a time stamp's own signature is looked at elsewhere."""
    facts = {
        "root": root.digest,
        "backend": anchor.backend,
        "receipt": anchor.receipt,
        "anchored_ms": anchor.anchored_ms,
    }
    notes.compare(name, "digest", stored=anchor.digest, expected=sha256_of(facts))
    if anchor.backend == "file":
        notes.require(name, "its line is not the root's", holds=anchor.receipt == line_of(root))


def known_keys() -> set[str]:
    """Return the public keys that may have signed: ours, and those retired."""
    seed = hashlib.sha256(settings.ROOT_SIGNING_SEED.encode("utf-8")).digest()
    ours = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()
    return {ours, *getattr(settings, "RETIRED_ROOT_PUBLIC_KEYS", ())}


def _is_signed(root: SignedDay) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(root.public_key))
        key.verify(bytes.fromhex(root.signature), root.digest.encode("ascii"))
    except (InvalidSignature, ValueError):
        return False
    return True
