"""Certificates: issued once a year's rule is met, on frozen and signed facts (D10)."""

import hashlib
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from learning.actions import audit_log, records
from learning.models import AnnualRecord, Certificate, CertificateBook, CreditEntry, Organisation, Person
from learning.rules.credit_states import State
from learning.rules.digests import digest_of, instant

#: Without 0 O 1 I L U, so that a code survives being read aloud and typed.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_GROUPS, CODE_GROUP_LENGTH = 4, 4


def signing_key() -> Ed25519PrivateKey:
    """Return the Ed25519 key that signs certificates."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(settings.SIGNING_SEED.encode()).digest())


def new_code() -> str:
    """Return a fresh check code of 78 random bits, grouped by hyphens."""
    groups = (
        "".join(secrets.choice(CODE_ALPHABET) for _letter in range(CODE_GROUP_LENGTH)) for _group in range(CODE_GROUPS)
    )
    return "-".join(groups)


@transaction.atomic
def issue_if_due(
    *, person: Person, year: int, bureau: Organisation, by: Person, now: datetime
) -> Certificate | None:
    """Register a met year and issue its page; a second call returns None and adds nothing."""
    record = AnnualRecord.objects.select_related("requirement").get(person=person, year=year)
    if not records.register(record=record, now=now):
        return None
    book, _made = CertificateBook.objects.get_or_create(
        person=person, defaults={"number": f"{bureau.region_id}{person.pk:08d}", "opened_at": now}
    )
    facts = frozen_facts(person=person, record=record, bureau=bureau, book=book, now=now)
    digest = digest_of(facts)
    certificate = Certificate.objects.create(
        book=book,
        record=record,
        year=year,
        serial=facts["serial"],
        code=new_code(),
        facts=facts,
        digest=digest,
        signature=signing_key().sign(digest.encode()).hex(),
        issuer=bureau,
        issued_by=by,
        issued_at=now,
        draw_after=now,
    )
    audit_log.append(
        action="certificate.issue",
        subject=f"certificate:{certificate.pk}",
        actor=by,
        organisation=bureau,
        facts={"serial": certificate.serial, "digest": digest},
        now=now,
    )
    return certificate


def frozen_facts(
    *, person: Person, record: AnnualRecord, bureau: Organisation, book: CertificateBook, now: datetime
) -> dict[str, object]:
    """Return everything the page prints, copied so that later edits do not reach back."""
    entries = CreditEntry.objects.filter(person=person, year=record.year, standing__state=State.CONFIRMED)
    return {
        "serial": f"{bureau.region_id}-{record.year}-{record.pk:08d}",
        "book": book.number,
        "year": record.year,
        "holder_name": person.full_name,
        "holder_name_en": person.full_name_en,
        "holder_id_masked": person.masked_id_number(),
        "title_level": person.title_level,
        "title_zh": person.title_zh,
        "title_en": person.title_en,
        "public_centihours": record.confirmed_public_centihours,
        "professional_centihours": record.confirmed_professional_centihours,
        "requirement": record.requirement.label,
        "requirement_id": record.requirement_id,
        "hour_seconds": record.requirement.hour_seconds,
        "issuer_zh": bureau.name_zh,
        "issuer_en": bureau.name_en,
        "issued_at": instant(now),
        "entries": [
            {
                "number": entry.pk,
                "title_zh": entry.title_zh,
                "title_en": entry.title_en,
                "subject_kind": entry.subject_kind,
                "centihours": entry.centihours,
                "digest": entry.digest,
            }
            for entry in entries.order_by("earned_at", "pk")
        ],
    }
