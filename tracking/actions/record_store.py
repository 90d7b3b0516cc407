"""The learning record store: the one door through which statements leave.

Knows HTTP and the words of xAPI 1.0.3; nothing of sessions. The address is the installation's own
setting, never a user's; https only (but on an embedded installation), and no redirect is followed,
so that key and statements reach nobody else.
"""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

_TIMEOUT: Final = urllib3.Timeout(connect=5, read=30)
#: An answer that drips on is given up after this, whatever the timeouts of single reads.
_ANSWER_WITHIN_S: Final = 60
_ANSWER_MAX_BYTES: Final = 65_536
_WORDS_MAX_CHARS: Final = 400
_ACCEPTED, _ACCEPTED_SILENTLY, _CONFLICT, _TOO_LARGE = 200, 204, 409, 413
#: What is wrong with the statements themselves; anything else may pass.
_REFUSALS: Final = frozenset({400, 422})


class BadAddress(Exception):
    """The configured address may not be used."""


class Unavailable(Exception):
    """The store did not take the statements now; nothing is wrong with them."""


class Conflict(Exception):
    """The store holds a statement of one of these ids already; of a batch it may have kept none."""


class Refused(Exception):
    """The store will never take these statements; its words are the message."""


class TooLarge(Refused):
    """More than the store takes at once."""


@dataclass(frozen=True, slots=True)
class RecordStore:
    """A store at its `statements` resource."""

    resource: str
    headers: dict[str, str]
    pool: urllib3.PoolManager

    @classmethod
    def configured(cls) -> Self | None:
        """Return the installation's store; None when it has none.

        Raises: BadAddress, for anything but a plain https address with a key.
        """
        if not settings.LRS_URL:
            return None
        parts = urlsplit(settings.LRS_URL)
        schemes = {"https"} if settings.LRS_HTTPS_ONLY else {"https", "http"}
        if parts.scheme not in schemes or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            raise BadAddress("HOURBOOK_LRS_URL must be an https address without user, query or fragment.")
        if not settings.LRS_KEY or not settings.LRS_SECRET:
            raise BadAddress("HOURBOOK_LRS_KEY and HOURBOOK_LRS_SECRET must be given with HOURBOOK_LRS_URL.")
        credentials = base64.b64encode(f"{settings.LRS_KEY}:{settings.LRS_SECRET}".encode()).decode()
        headers = {
            "Authorization": f"Basic {credentials}",
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
        }
        return cls(f"{settings.LRS_URL.rstrip('/')}/statements", headers, urllib3.PoolManager(timeout=_TIMEOUT))

    def post(self, statements: Sequence[bytes]) -> None:
        """Deliver statements, each as JSON; the store takes all of them or none.

        Raises: Unavailable, Conflict, Refused, TooLarge.
        """
        body = b"[" + b",".join(statements) + b"]"
        try:
            response = self.pool.request(
                "POST",
                self.resource,
                body=body,
                headers=self.headers,
                redirect=False,
                retries=False,
                preload_content=False,
            )
            try:
                answer = _read(response)
            finally:
                # Closed, not handed back: what was not read must not become the next answer.
                response.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}"[:_WORDS_MAX_CHARS]) from error
        _judge(response.status, answer, statements)


def _judge(status: int, answer: bytes, statements: Sequence[bytes]) -> None:
    """Raise what the answer means; return when all the statements are stored."""
    if status == _ACCEPTED_SILENTLY or (status == _ACCEPTED and _names_all(answer, statements)):
        return
    words = f"{status}: {_legible(answer)}"
    if status == _CONFLICT:
        raise Conflict(words)
    if status == _TOO_LARGE:
        raise TooLarge(words)
    if status in _REFUSALS:
        raise Refused(words)
    raise Unavailable(words)


def _names_all(answer: bytes, statements: Sequence[bytes]) -> bool:
    """Say whether the answer lists the ids stored; a proxy's welcome page is no receipt."""
    try:
        stored = json.loads(answer)
    except ValueError:
        return False
    return isinstance(stored, list) and stored == [json.loads(statement)["id"] for statement in statements]


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    deadline_s = time.monotonic() + _ANSWER_WITHIN_S
    answer = b""
    while len(answer) < _ANSWER_MAX_BYTES and time.monotonic() < deadline_s:
        piece = response.read1(_ANSWER_MAX_BYTES)
        if not piece:
            break
        answer += piece
    return answer[:_ANSWER_MAX_BYTES]


def _legible(answer: bytes) -> str:
    """Return the store's words as one line that any column takes."""
    text = answer.decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_WORDS_MAX_CHARS]
