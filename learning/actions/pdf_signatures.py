"""Signing a PDF: PAdES by this installation's certificate, with a time stamp where an authority is named.

Knows bytes and keys; nothing of what the pages say. Only who draws imports it:
a web node needs neither the key nor the library. Source: ETSI EN 319 142-1
(baseline B-B, and B-T with a time stamp).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps

FIELD = "Hourbook"
TIMESTAMP_TIMEOUT_S = 10
#: Outside the page, yet printable: PDF/A forbids a hidden mark, PDF/UA an untagged one on the page.
UNSEEN = fields.InvisSigSettings(set_print_flag=True, box_out_of_bounds=True)


class NoKey(Exception):
    """No key was given, or none whose signature would stand: nothing is handed out unsigned."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file. `signer`: SHA-256 of the certificate it was signed with."""

    content: bytes
    signer: str


def sign(pdf: bytes, *, place: str) -> Signed:
    """Return the PDF with one invisible, certifying signature: nothing may change after it.

    `place`: who issues, in the signature's words. Raises: NoKey.
    """
    signer = _signer(
        **{name: settings.PDF_SIGNING[name] for name in ("pkcs12", "key", "certificate", "chain", "passphrase")}
    )
    _require_in_force(signer)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    fields.append_signature_field(
        writer, fields.SigFieldSpec(FIELD, on_page=0, readable_field_name="签名 Signature", invis_sig_settings=UNSEEN)
    )
    facts = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        location=place,
    )
    url = settings.PDF_SIGNING["timestamp_url"]
    stamper = timestamps.HTTPTimeStamper(url, timeout=TIMESTAMP_TIMEOUT_S) if url else None
    output = signers.PdfSigner(facts, signer=signer, timestamper=stamper).sign_pdf(writer)
    return Signed(output.getvalue(), signer.signing_cert.sha256.hex())


def _require_in_force(signer: signers.SimpleSigner) -> None:
    """Refuse a certificate that no reader would take today; the renewed one is read at the next try."""
    held = signer.signing_cert
    if not held.not_valid_before <= datetime.now(UTC) <= held.not_valid_after:
        _signer.cache_clear()
        raise NoKey(f"The certificate that signs PDFs is good from {held.not_valid_before} to {held.not_valid_after}.")


@lru_cache(maxsize=2)
def _signer(*, pkcs12: str, key: str, certificate: str, chain: str, passphrase: str) -> signers.SimpleSigner:
    """Read the key once a process. NB: the library answers a file it cannot read with None."""
    secret = passphrase.encode() or None
    signer = None
    if pkcs12:
        signer = signers.SimpleSigner.load_pkcs12(pkcs12, passphrase=secret)
    elif key and certificate:
        signer = signers.SimpleSigner.load(
            key, certificate, ca_chain_files=[chain] if chain else None, key_passphrase=secret
        )
    if signer is None or signer.signing_cert is None:
        raise NoKey("HOURBOOK_PDF_SIGNING_PKCS12, or …_KEY and …_CERTIFICATE, must name files that can be read.")
    public = load_der_private_key(signer.signing_key.dump(), None).public_key()
    if public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != signer.signing_cert.public_key.dump():
        raise NoKey("The key that signs PDFs is not the one of its certificate.")
    return signer
