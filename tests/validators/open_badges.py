"""The Open Badges validator of PyPI (`openbadgeslib`), asked as a stranger would ask it.

It fetches keys and status lists from our own doors, by their public addresses.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from openbadgeslib.ob3.did import resolve_verification_method
from openbadgeslib.ob3.ldp import OB3LdpVerifier, verify_data_integrity_proof
from openbadgeslib.ob3.verifier import OB3VerificationError

Refused = OB3VerificationError


def fetched(url: str) -> bytes:
    """Return what lies at a public address of ours."""
    response = Client().get(urlsplit(url).path)
    if response.status_code != 200:
        raise OSError(response.status_code)
    return response.content


def accept(document: dict[str, Any], *, now: dt.datetime) -> Any:
    """Judge a credential: form, contexts, key by its did:web, and every status list with its own proof.

    Raises: Refused, with the reason.
    """
    with standing(now):
        badge = OB3LdpVerifier().verify(
            json.dumps(document), check_status=True, download=fetched, verify_status_list=False
        )
        for entry in document["credentialStatus"]:
            accept_proof(json.loads(fetched(entry["statusListCredential"])))
    return badge


def accept_proof(document: dict[str, Any]) -> None:
    """Judge the proof of any document by the key it names. Raises: Refused, with the reason."""
    method = document["proof"]["verificationMethod"]
    verify_data_integrity_proof(document, resolve_verification_method(method, download=fetched))


@contextmanager
def standing(now: dt.datetime) -> Iterator[None]:
    """Let the validator's own clock stand still."""

    class Standing(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Standing:
            return cls.fromtimestamp(now.timestamp(), tz)

    with pytest.MonkeyPatch.context() as patch:
        for module in ("ldp", "status", "verifier"):
            patch.setattr(f"openbadgeslib.ob3.{module}.datetime", Standing)
        yield
