"""Data Integrity proofs: a JSON-LD document signed so that it stays a JSON document.

Ed25519 over the document's canonical statements (cryptosuite eddsa-rdfc-2022):
the proof form that Open Badges 3.0 validators take for these keys. The same
document, key and time give the same proof. Keys come in as arguments; contexts
come from the library, never from the network.

Source: Open Badges 3.0 §8.3; W3C Data Integrity EdDSA Cryptosuites v1.0 §3.2.
"""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from openbadgeslib.ob3.did import multikey_from_pem
from openbadgeslib.ob3.ldp import add_data_integrity_proof

from learning.rules import signatures

Document = dict[str, Any]


def multikey(public_key: str) -> str:
    """Return a public key (hexadecimal) as DID documents write it. Source: Controlled Identifiers 1.0 §2.2.2."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    return str(multikey_from_pem(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)))


def secured(document: Document, *, seed: str, did: str, at: datetime) -> Document:
    """Return the document with its proof, made by the seed's key in the name of `did`."""
    key = signatures.private_key(seed)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    method = f"{did}#{multikey(key.public_key().public_bytes_raw().hex())}"
    return add_data_integrity_proof(document, pem, method, created=at.astimezone(UTC).replace(microsecond=0))


def instant(at: datetime) -> str:
    """Return a moment as credentials write it: UTC, whole seconds. Source: VC Data Model 2.0 §4.9 (dateTimeStamp)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
