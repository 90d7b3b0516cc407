"""Status lists of an issuer: which of its credentials are revoked, and which a newer page replaces.

Made from the pages as they stand whenever it is asked for, so a revocation is
in the next answer, for the pages that the revoked one had replaced too. Holds
no name, number or code: places alone.
"""

import json
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings

from learning.actions import issuers
from learning.actions.certificates import public_keys
from learning.models import Certificate, Credential
from learning.rules import data_integrity, status_lists
from learning.rules.data_integrity import Document, instant
from learning.rules.digests import digest_of
from learning.rules.status_lists import Purpose

CONTEXT = "https://www.w3.org/ns/credentials/v2"
#: When the page left use, by what the list says.
ENDED_AT = {Purpose.REVOCATION: "certificate__revoked_at", Purpose.MESSAGE: "certificate__replaced_at"}
#: A place, and the page whose it is.
PLACE = ("position", "certificate_id")
#: A verifier may keep a list so long (milliseconds, as the format wants it).
KEEP_MS = 60_000
#: A list lapses, so that an old copy cannot bring a revoked credential back for good.
LAPSES_AFTER = timedelta(days=2)


class NoSuchList(Exception):
    """The issuer has no credential in this list."""


def prepared(*, issuer_id: int, number: int, purpose: Purpose, now: datetime) -> Document:
    """Return the list as a credential without its proof; the same until the day or a bit changes.

    Raises: NoSuchList, when no credential names it.
    """
    rows = Credential.objects.of_list(issuer_id=issuer_id, number=number)
    ended = ENDED_AT[purpose]
    places = dict(rows.filter(**{f"{ended}__isnull": False}).values_list("position", ended))
    if purpose == Purpose.REVOCATION:
        gone = _revoked_with_their_newest(issuer_id)
        places |= {place: gone[page] for place, page in rows.filter(certificate__in=gone).values_list(*PLACE)}
    if not places and not rows.exists():
        raise NoSuchList(issuer_id, number)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = max([day, *places.values()])
    url = issuers.list_urls(issuer_id, number)[purpose]
    return {
        "@context": [CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuers.did_of(issuer_id),
        "validFrom": instant(since),
        "validUntil": instant(day + LAPSES_AFTER),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose.value,
            "encodedList": status_lists.encoded(places),
            "ttl": KEEP_MS,
        },
    }


def _revoked_with_their_newest(issuer_id: int) -> dict[int, datetime]:
    """Return the replaced pages whose newest one was revoked, and when: none is worth more than what stands for it."""
    last = Certificate.objects.filter(issuer_id=issuer_id, revoked_at__isnull=False, replaces__isnull=False)
    newer = {page: at for page, at in last.values_list("pk", "revoked_at") if at}
    found: dict[int, datetime] = {}
    while newer:
        replaced = Certificate.objects.filter(replaced_by__in=newer).values_list("pk", "replaced_by_id")
        newer = {page: newer[by] for page, by in replaced}
        found |= newer
    return found


def digest(document: Document) -> str:
    """Return what tells one state of a list, and of the key that signs it, from another."""
    return digest_of({"document": document, "keys": public_keys()})


def signed(document: Document) -> Document:
    """Return the list with its proof; the same list is signed once a process."""
    return document | {"proof": dict(_proof(json.dumps(document), settings.SIGNING_SEED))}


@lru_cache(maxsize=128)
def _proof(text: str, seed: str) -> Document:
    document = json.loads(text)
    at = datetime.fromisoformat(document["validFrom"])
    proof: Document = data_integrity.secured(document, seed=seed, did=document["issuer"], at=at)["proof"]
    return proof
