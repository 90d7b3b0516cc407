"""The key that signs PDFs: named by the environment, or this installation's own, made at first use."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import environ
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LIVES_FOR = timedelta(days=3_650)


def pdf_signing(env: environ.Env, *, default_file: str = "") -> dict[str, str]:
    """Return where key and certificate lie, as the environment says; empty texts where it says nothing.

    `default_file`: a PEM file that holds both.
    """
    return {
        "pkcs12": env.str("HOURBOOK_PDF_SIGNING_PKCS12", default=""),
        "key": env.str("HOURBOOK_PDF_SIGNING_KEY", default=default_file),
        "certificate": env.str("HOURBOOK_PDF_SIGNING_CERTIFICATE", default=default_file),
        "chain": env.str("HOURBOOK_PDF_SIGNING_CHAIN", default=""),
        "passphrase": env.str("HOURBOOK_PDF_SIGNING_PASSPHRASE", default=""),
        "timestamp_url": env.str("HOURBOOK_PDF_TIMESTAMP_URL", default=""),
    }


def local_certificate(folder: Path) -> str:
    """Return this installation's own key and self-signed certificate, one PEM file, making it at first use.

    The file appears whole and is readable by its owner only; when two processes
    start together, both use the winner's.
    """
    path = folder / "keys" / "pdf-signing.pem"
    if path.exists():
        return str(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    candidate = path.with_name(f".{path.name}.{os.getpid()}")
    candidate.touch(mode=0o600)
    candidate.write_bytes(_self_signed())
    try:
        os.link(candidate, path)
    except FileExistsError:
        pass
    finally:
        candidate.unlink()
    return str(path)


def _self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hourbook"),
            x509.NameAttribute(NameOID.COMMON_NAME, "学时簿证书签章（本机自签） Hourbook, self-signed"),
        ]
    )
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIVES_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + certificate.public_bytes(Encoding.PEM)
