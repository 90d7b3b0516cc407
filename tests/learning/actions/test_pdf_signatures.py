"""The signature on a PDF, judged by a validator: code that takes no part in the signing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificate
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.generic import TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from learning.actions import certificate_pages, pdf_signatures
from learning.settings import _pdf_signing
from learning.settings._pdf_signing import local_certificate
from tests.factories import timestamps
from tests.factories.years import fulfilled_year

pytestmark = pytest.mark.django_db
NOTHING_SAID = dict.fromkeys(("pkcs12", "key", "certificate", "chain", "passphrase", "timestamp_url"), "")
PLACE = "开封市人力资源和社会保障局"


@pytest.fixture
def key(settings: object, tmp_path: Path) -> Path:
    """A key of this test's own, in one PEM file with its certificate."""
    path = local_certificate(tmp_path)
    settings.PDF_SIGNING = {**NOTHING_SAID, "key": path, "certificate": path}  # type: ignore[attr-defined]
    return Path(path)


@pytest.fixture
def drawn() -> bytes:
    return certificate_pages.render(fulfilled_year().certificate)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[timestamps.Authority]:
    with timestamps.serving(timestamps.make(tmp_path / "authority")) as serving:
        yield serving


def judged(pdf: bytes, *roots: Path) -> PdfSignatureStatus:
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    trusted = ValidationContext(trust_roots=[load_cert_from_pemder(str(root)) for root in roots])
    return validate_pdf_signature(signature, signer_validation_context=trusted, ts_validation_context=trusted)


def certificate_of(key: Path) -> Path:
    path = key.with_suffix(".crt")
    path.write_text(key.read_text()[key.read_text().index("-----BEGIN CERTIFICATE") :])
    return path


def test_sign_convinces_a_validator(key: Path, drawn: bytes) -> None:
    signed = pdf_signatures.sign(drawn, place=PLACE)
    status = judged(signed.content, certificate_of(key))

    assert status.bottom_line
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    assert status.signing_cert.sha256.hex() == signed.signer


def test_sign_leaves_what_was_drawn_byte_for_byte_in_front(key: Path, drawn: bytes) -> None:
    assert pdf_signatures.sign(drawn, place=PLACE).content.startswith(drawn)


def test_sign_is_a_pades_signature_that_certifies_the_file(key: Path, drawn: bytes) -> None:
    reader = PdfFileReader(BytesIO(pdf_signatures.sign(drawn, place=PLACE).content))
    (signature,) = reader.embedded_regular_signatures

    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.sig_object["/Location"] == PLACE
    assert reader.root["/Perms"]["/DocMDP"] == signature.sig_object


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9])
def test_a_changed_byte_does_not_validate(share: float, key: Path, drawn: bytes) -> None:
    changed = bytearray(pdf_signatures.sign(drawn, place=PLACE).content)
    changed[int(len(drawn) * share)] ^= 1
    status = judged(bytes(changed), certificate_of(key))

    assert (status.intact, status.bottom_line) == (False, False)


def test_an_addition_does_not_validate(key: Path, drawn: bytes) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(pdf_signatures.sign(drawn, place=PLACE).content))
    writer.root["/Lang"] = TextStringObject("en")
    writer.update_root()
    output = BytesIO()
    writer.write(output)

    assert not judged(output.getvalue(), certificate_of(key)).bottom_line


def test_another_installation_s_signature_is_not_ours(key: Path, drawn: bytes, tmp_path: Path) -> None:
    other = certificate_of(Path(local_certificate(tmp_path / "elsewhere")))

    assert not judged(pdf_signatures.sign(drawn, place=PLACE).content, other).bottom_line


def test_signed_file_is_still_tagged_and_archival(key: Path, drawn: bytes) -> None:
    root = PdfFileReader(BytesIO(pdf_signatures.sign(drawn, place=PLACE).content)).root
    said = dict(re.findall(r'(pdfu?aid:\w+)="(\w+)"', root["/Metadata"].data.decode()))

    assert said == {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/Type"] == "/StructTreeRoot"


def test_signature_has_no_mark_on_the_page_that_either_standard_forbids(key: Path, drawn: bytes) -> None:
    reader = PdfFileReader(BytesIO(pdf_signatures.sign(drawn, place=PLACE).content))
    (mark,) = [mark.get_object() for mark in reader.root["/Pages"]["/Kids"][0]["/Annots"]]

    assert (mark["/Subtype"], mark["/TU"]) == ("/Widget", "签名 Signature")
    assert (mark["/F"] & 4, mark["/F"] & 2) == (4, 0)  # printable, not hidden
    assert all(edge < 0 for edge in mark["/Rect"])


def test_sign_takes_a_pkcs12_with_a_passphrase(key: Path, drawn: bytes, settings: object, tmp_path: Path) -> None:
    pem = key.read_bytes()
    secret = load_pem_private_key(pem, None)
    assert isinstance(secret, EllipticCurvePrivateKey)
    bundle = tmp_path / "office.p12"
    bundle.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"office",
            secret,
            load_pem_x509_certificate(pem),
            None,
            BestAvailableEncryption(b"open"),
        )
    )
    settings.PDF_SIGNING = {**NOTHING_SAID, "pkcs12": str(bundle), "passphrase": "open"}  # type: ignore[attr-defined]

    assert judged(pdf_signatures.sign(drawn, place=PLACE).content, certificate_of(key)).bottom_line


def test_sign_hands_the_chain_along(drawn: bytes, settings: object, tmp_path: Path) -> None:
    office = timestamps.make(tmp_path).folder
    names = {"key": "tsa.key", "certificate": "tsa.pem", "chain": "root.pem"}
    said = {name: str(office / file) for name, file in names.items()}
    settings.PDF_SIGNING = {**NOTHING_SAID, **said}  # type: ignore[attr-defined]
    pdf = pdf_signatures.sign(drawn, place=PLACE).content
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures

    root = load_cert_from_pemder(str(office / "root.pem"))
    assert [certificate.sha256 for certificate in signature.other_embedded_certs] == [root.sha256]


@pytest.mark.parametrize("path", ["", "missing.pem"])
def test_sign_without_a_key_hands_out_nothing(path: str, key: Path, settings: object, tmp_path: Path) -> None:
    file = str(tmp_path / path) if path else ""
    settings.PDF_SIGNING = {**settings.PDF_SIGNING, "key": file, "certificate": file}  # type: ignore[attr-defined]

    with pytest.raises(pdf_signatures.NoKey):
        pdf_signatures.sign(b"%PDF-1.7", place=PLACE)


def test_sign_with_a_lapsed_certificate_hands_out_nothing(
    drawn: bytes, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pdf_signing, "LIVES_FOR", dt.timedelta(hours=-1))
    path = local_certificate(tmp_path)
    settings.PDF_SIGNING = {**NOTHING_SAID, "key": path, "certificate": path}  # type: ignore[attr-defined]

    with pytest.raises(pdf_signatures.NoKey):
        pdf_signatures.sign(drawn, place=PLACE)


def test_sign_with_the_key_of_another_certificate_hands_out_nothing(
    key: Path, drawn: bytes, settings: object, tmp_path: Path
) -> None:
    other = local_certificate(tmp_path / "renewed")
    settings.PDF_SIGNING = {**NOTHING_SAID, "key": str(key), "certificate": other}  # type: ignore[attr-defined]

    with pytest.raises(pdf_signatures.NoKey):
        pdf_signatures.sign(drawn, place=PLACE)


def test_sign_carries_the_authority_s_stamp_where_one_is_named(
    key: Path, drawn: bytes, settings: object, authority: timestamps.Authority
) -> None:
    settings.PDF_SIGNING = {**settings.PDF_SIGNING, "timestamp_url": authority.url}  # type: ignore[attr-defined]
    status = judged(pdf_signatures.sign(drawn, place=PLACE).content, certificate_of(key), authority.certificate)

    assert status.bottom_line
    assert status.timestamp_validity is not None
    assert (status.timestamp_validity.valid, status.timestamp_validity.trusted) == (True, True)


def test_sign_hands_out_nothing_unstamped_while_the_authority_is_away(
    key: Path, drawn: bytes, settings: object, authority: timestamps.Authority
) -> None:
    settings.PDF_SIGNING = {**settings.PDF_SIGNING, "timestamp_url": authority.url}  # type: ignore[attr-defined]
    authority.fault = "away"

    with pytest.raises(TimestampRequestError):
        pdf_signatures.sign(drawn, place=PLACE)


def test_local_certificate_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    path = Path(local_certificate(tmp_path))
    before = path.read_bytes()

    assert local_certificate(tmp_path) == str(path)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o077 == 0
