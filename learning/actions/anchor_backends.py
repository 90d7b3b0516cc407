"""Where daily roots are left: a file elsewhere, a mailbox, a time stamping authority.

Each backend takes the one line of a root and returns a receipt; it may be told the same line twice.
Knows transports; nothing of which roots are due. Source: TRACKING §4; RFC 3161.
"""

import base64
import fcntl
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.message import make_msgid
from django.utils import translation
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from learning.models.daily_root import SignedDay

_TIMEOUT_S: Final = 20
_REPLY_MAX_BYTES: Final = 65_536
_GRANTED: Final = 0


class AnchorFailed(Exception):
    """The other side did not take the root now; the next sweep tries again."""


class Backend(Protocol):
    """One place outside the operator's reach."""

    def leave(self, root: SignedDay) -> str:
        """Leave the root there and return the receipt. Raises: AnchorFailed."""


class FileAnchor:
    """Appends to a file, best on a volume that can only be written once; the receipt is the line."""

    def __init__(self, path: str) -> None:
        """Take the file's path; its folder is made at need."""
        self._path = Path(path)

    def leave(self, root: SignedDay) -> str:
        """Append the line unless it stands there; whole or not at all, and on the disk."""
        line = root.line()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                text = file.read()
                if line.encode() not in text.split(b"\n"):
                    # A line that a power cut left half written must not swallow this one.
                    file.write((b"" if not text or text.endswith(b"\n") else b"\n") + line.encode() + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise AnchorFailed(str(error)) from error
        return line


class MailAnchor:
    """Writes to mailboxes of others, such as the regulator's; the receipt is the message's id."""

    def __init__(self, to: list[str]) -> None:
        """Take the recipients."""
        self._to = to

    def leave(self, root: SignedDay) -> str:
        """Send one message in both languages, the line alone on its own line."""
        _name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
        message_id = make_msgid(domain=sender.rpartition("@")[2] or None)
        with translation.override("zh-hans"):
            subject_zh, body_zh = root.announcement()
        with translation.override("en"):
            _subject, body_en = root.announcement()
        body = f"{body_zh}\n\n{body_en}\n\n{root.line()}\n"
        message = EmailMessage(subject_zh, body, to=self._to, headers={"Message-ID": message_id})
        try:
            message.send()
        except OSError as error:  # SMTPException is one
            raise AnchorFailed(str(error)) from error
        return f"{message_id} {', '.join(self._to)}"


class TimestampAnchor:
    """Asks a time stamping authority; the receipt is its reply in base64, as `openssl ts` reads it."""

    def __init__(self, url: str, certificate: str = "") -> None:
        """Take the authority's address, and a PEM file of the roots that vouch for it.

        Raises: ValueError for any other address than http or https.
        """
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(url)
        self._url = url
        self._certificate = certificate

    def leave(self, root: SignedDay) -> str:
        """Have the line's SHA-256, which is the root's own digest, stamped."""
        message = root.facts().text().encode()
        asked = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
        reply = self._reply(asked.as_bytes())
        try:
            response = decode_timestamp_response(reply)
            self._check(response, root, asked.nonce)
        except (ValueError, VerificationError) as error:
            raise AnchorFailed(f"{self._url} sent no time stamp for this root: {error}") from error
        return base64.b64encode(reply).decode()

    def _reply(self, question: bytes) -> bytes:
        """Post the question. Plain http is common and sound here: the reply itself is signed."""
        headers = {"Content-Type": "application/timestamp-query"}
        request = urllib.request.Request(self._url, data=question, headers=headers)  # noqa: S310 -- looked at above
        opener = urllib.request.build_opener(_NoRedirects)
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as reply:
                return bytes(reply.read(_REPLY_MAX_BYTES))
        except (OSError, HTTPException) as error:
            raise AnchorFailed(f"{self._url}: {error}") from error

    def _check(self, response: TimeStampResponse, root: SignedDay, nonce: int | None) -> None:
        """Refuse a reply to another question, and, where roots are configured, a strange signer."""
        if response.status != _GRANTED:
            raise ValueError(", ".join(response.status_string) or f"status {response.status}")
        if response.tst_info.message_imprint.message.hex() != root.digest or response.tst_info.nonce != nonce:
            raise ValueError("it stamps something else")
        if self._certificate:
            builder = VerifierBuilder(nonce=nonce)
            for certificate in x509.load_pem_x509_certificates(Path(self._certificate).read_bytes()):
                builder = builder.add_root_certificate(certificate)
            builder.build().verify(response, bytes.fromhex(root.digest))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows nobody: the authority is the one that was configured."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Refuse, so that the redirect is an error like any other."""
        return


_MAKERS: Final[Mapping[str, Callable[..., Backend]]] = {
    "file": FileAnchor,
    "mail": MailAnchor,
    "timestamp": TimestampAnchor,
}


def configured() -> dict[str, Backend]:
    """Return the places the settings name, by name."""
    return {name: _MAKERS[name](**options) for name, options in settings.ROOT_ANCHORS.items()}
