"""Data Integrity proofs judged again: canonical statements, two digests, one Ed25519 signature.

Source: W3C Data Integrity EdDSA Cryptosuites v1.0 §3.2 (eddsa-rdfc-2022).
"""

import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from openbadgeslib.ob3.contexts import load_context
from pyld import jsonld

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_MULTICODEC = b"\xed\x01"


def key_that_made(document: dict[str, Any], trusted: list[Ed25519PublicKey]) -> str | None:
    """Return the trusted key (hexadecimal) that the proof names and that made it, or None."""
    proof = dict(document.get("proof") or {})
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    fragment = str(proof.get("verificationMethod", "")).rpartition("#")[2]
    if (options.get("type"), options.get("cryptosuite")) != ("DataIntegrityProof", "eddsa-rdfc-2022"):
        return None
    bare = {name: value for name, value in document.items() if name != "proof"}
    signed = _sha256_of_statements({"@context": document["@context"], **options}) + _sha256_of_statements(bare)
    for key in trusted:
        raw = key.public_bytes_raw()
        if _base58(fragment[1:]) != ED25519_MULTICODEC + raw:
            continue
        try:
            key.verify(_base58(str(proof.get("proofValue", ""))[1:]), signed)
        except InvalidSignature:
            return None
        return raw.hex()
    return None


def _sha256_of_statements(document: dict[str, Any]) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _context}
    return hashlib.sha256(jsonld.normalize(document, options).encode("utf-8")).digest()


def _context(url: str, _options: object = None) -> dict[str, Any]:
    return {"contextUrl": None, "documentUrl": url, "document": load_context(url)}


def _base58(text: str) -> bytes:
    """Return the bytes a base58btc text stands for; nothing for a character it does not have."""
    number = 0
    for character in text:
        if character not in BASE58:
            return b""
        number = number * 58 + BASE58.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
