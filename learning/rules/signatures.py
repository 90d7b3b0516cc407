"""Signatures: Ed25519 over a digest, and who can have made one.

Keys come in as arguments; where they are kept is not known here. Source: D10,
RFC 8032.
"""

import hashlib
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def private_key(seed: str) -> Ed25519PrivateKey:
    """Return the signing key a secret of any length stands for."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


def public_key(seed: str) -> str:
    """Return the public half in hexadecimal, as it may be given to anyone."""
    return private_key(seed).public_key().public_bytes_raw().hex()


def sign(digest: str, *, seed: str) -> str:
    """Return the signature over the digest's text, in hexadecimal."""
    return private_key(seed).sign(digest.encode()).hex()


def is_genuine(signature: str, *, digest: str, public_keys: Iterable[str]) -> bool:
    """Say whether one of the keys made this signature over this digest."""
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        return False
    for key in public_keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(raw, digest.encode())
        except InvalidSignature:
            continue
        return True
    return False
