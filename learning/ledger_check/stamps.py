"""Time stamps of daily roots: what was stamped, and whether the configured authority did it. Source: RFC 3161."""

import base64
import binascii
from pathlib import Path

from cryptography import x509
from django.conf import settings
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from learning.models.daily_root import SignedDay


def fault_of(receipt: str, root: SignedDay) -> str | None:
    """Return what is wrong with a root's time stamp; without a certificate its signature is not looked at."""
    try:
        response = decode_timestamp_response(base64.b64decode(receipt, validate=True))
        stamped = response.tst_info.message_imprint.message.hex()
    except (binascii.Error, ValueError):
        return "its receipt is no time stamp"
    if stamped != root.digest:
        return "it stamps something else"
    path = settings.ROOT_ANCHORS.get("timestamp", {}).get("certificate")
    if not path:
        return None
    builder = VerifierBuilder()
    try:
        for certificate in x509.load_pem_x509_certificates(Path(path).read_bytes()):
            builder = builder.add_root_certificate(certificate)
    except (OSError, ValueError) as error:
        return f"the authority's certificate cannot be read: {error}"
    try:
        builder.build().verify(response, bytes.fromhex(root.digest))
    except (VerificationError, ValueError) as error:
        return f"its time stamp is not genuine: {error}"
    return None
