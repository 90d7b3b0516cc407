"""Credentials of certificate pages: prepared, signed, stored; handed out by the same words ever after.

A page gets its credential when it is first asked for. What will be signed is
stored first, so that whatever was signed is known even if nothing after it was
written; a second call, or a call after a crash, goes on from there.
"""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from learning.actions import audit_log, certificate_pages, certificates, issuers
from learning.models import Certificate, Credential, Person
from learning.rules import credentials, data_integrity, signatures, status_lists
from learning.rules.digests import digest_of

PLACE_TRIES = 40


class NoPlaceFree(Exception):
    """Forty places of a list that is at most half full were taken: something else is wrong with the row."""


class NotGenuine(Exception):
    """The page was changed after it was signed: nothing more is signed for it."""


def of_certificate(*, certificate: Certificate, by: Person | None, now: datetime) -> Credential:
    """Return the page's signed credential, made now if there is none; a second call returns the same.

    Raises: NotGenuine, when the stored facts are not the signed ones.
    """
    held = Credential.objects.filter(certificate=certificate).first()
    if held is None or held.proof is None:
        if not certificates.is_genuine(certificate):
            raise NotGenuine(certificate.serial)
        held = _sign(held or _prepare(certificate, now), by=by, now=now)
    return held


def _prepare(certificate: Certificate, now: datetime) -> Credential:
    """Store what will be signed, with a place of its own in the status lists."""
    number = certificate.pk // status_lists.CREDENTIALS_MOST
    for _try in range(PLACE_TRIES):
        position = secrets.randbelow(status_lists.LENGTH)
        try:
            with transaction.atomic():
                return Credential.objects.create(
                    certificate=certificate,
                    list_number=number,
                    position=position,
                    claims=claims_of(certificate, number=number, position=position),
                    prepared_at=now,
                )
        except IntegrityError:
            first = Credential.objects.filter(certificate=certificate).first()
            if first is not None:
                return first
    raise NoPlaceFree(number)


def claims_of(certificate: Certificate, *, number: int, position: int) -> data_integrity.Document:
    """Return what a page's credential says."""
    with translation.override("zh-hans"):
        rules_path = reverse("learning:rules-year", args=[certificate.year])
    return credentials.claims_of(
        certificate.facts,
        digest=certificate.digest,
        did=issuers.did_of(certificate.issuer_id),
        check_url=certificate_pages.verify_url(certificate),
        rules_url=f"{settings.WAGTAILADMIN_BASE_URL}{rules_path}",
        issued_at=certificate.issued_at,
        place=credentials.Place(issuers.list_urls(certificate.issuer_id, number), position),
    )


@transaction.atomic
def _sign(credential: Credential, *, by: Person | None, now: datetime) -> Credential:
    """Sign what was prepared and store the proof; whoever comes second finds the first one's."""
    certificate = credential.certificate
    claims = credential.claims
    signed = data_integrity.secured(claims, seed=settings.SIGNING_SEED, did=claims["issuer"]["id"], at=now)
    public_key = signatures.public_key(settings.SIGNING_SEED)
    stored = Credential.objects.filter(pk=credential.pk, proof__isnull=True).update(
        proof=signed["proof"], public_key=public_key, signed_at=now
    )
    if stored:
        audit_log.append(
            action="credential.sign",
            subject=f"certificate:{certificate.pk}",
            actor=by,
            organisation=certificate.issuer,
            facts={"serial": certificate.serial, "claims_digest": digest_of(claims), "public_key": public_key},
            now=now,
        )
    credential.refresh_from_db()
    return credential
