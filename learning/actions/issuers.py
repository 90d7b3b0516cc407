"""Issuers as machines meet them: a bureau's did:web and the keys that sign in its name.

All bureaus of an installation sign with its one key; retired keys stay listed,
so that what they signed stays verifiable. Knows addresses and keys, no
certificate.

Source: did:web method specification; W3C Controlled Identifiers 1.0 §2.2.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Max, Min
from django.urls import reverse

from learning.actions.certificates import public_keys
from learning.models import Credential, Organisation
from learning.rules.credentials import did_web
from learning.rules.data_integrity import Document, multikey
from learning.rules.status_lists import Purpose

CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key whose signatures stand, and when it signed credentials: None where it signed none yet."""

    public_key: str
    multikey: str
    is_present: bool
    first_signed_at: datetime | None
    last_signed_at: datetime | None


def did_of(issuer_id: int) -> str:
    """Return the issuer's identifier."""
    return did_web(settings.WAGTAILADMIN_BASE_URL, "credentials", "issuers", str(issuer_id))


def list_urls(issuer_id: int, number: int) -> dict[Purpose, str]:
    """Return the addresses of one of the issuer's status lists, by purpose."""
    return {
        purpose: settings.WAGTAILADMIN_BASE_URL
        + reverse("credentials:status-list", args=[issuer_id, number, purpose.value])
        for purpose in Purpose
    }


def did_document(issuer: Organisation) -> Document:
    """Return the issuer's keys as a DID document, the present one first."""
    did = did_of(issuer.pk)
    names = [multikey(key) for key in public_keys()]
    return {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": [
            {"id": f"{did}#{name}", "type": "Multikey", "controller": did, "publicKeyMultibase": name} for name in names
        ],
        "assertionMethod": [f"{did}#{name}" for name in names],
    }


def key_uses() -> list[KeyUse]:
    """Return every key whose signatures stand, the present one first, with the time in which it signed."""
    rows = Credential.objects.filter(signed_at__isnull=False).values("public_key")
    spans = {
        row["public_key"]: (row["first"], row["last"])
        for row in rows.annotate(first=Min("signed_at"), last=Max("signed_at"))
    }
    return [
        KeyUse(key, multikey(key), number == 0, *spans.get(key, (None, None)))
        for number, key in enumerate(public_keys())
    ]
