"""Title review: what another office's system is told of a person, five years at once and signed.

Whoever asks must know the full name and the ID number, and ask for their own
region. That there is no such person, that the name does not fit, and that the
person belongs elsewhere are one answer. Every answer given is a line of the
audit log; questions without an answer are counted, never written down.

Source: DOMAIN §0.7 (the last five years); RELIABILITY S11, S19.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from learning.access import normal_identifier
from learning.actions import audit_log, certificate_pages, certificates
from learning.actions.enrolments import local_year
from learning.models import AnnualRecord, ApiKey, Certificate, Person
from learning.models.person import blind_index
from learning.rules import names, signatures
from learning.rules.digests import digest_of, instant

#: The layout of an answer; a reader asks this first.
ANSWER_VERSION = 1
YEARS = 5
NO_RECORD, NOT_GENUINE = "no_record", "not_genuine"


@dataclass(frozen=True, slots=True)
class SignedAnswer:
    """What is told, and the signature over its digest, as certificates carry it."""

    facts: dict[str, object]
    digest: str
    signature: str
    public_key: str


class NobodyFound(Exception):
    """There is no such person, or not with this name, or not in the region of whoever asks."""


@transaction.atomic
def answer(*, key: ApiKey, full_name: str, id_number: str, now: datetime) -> SignedAnswer:
    """Return the person's last five years, the present one included.

    Raises: NobodyFound.
    """
    person = _find(key, full_name, id_number)
    this_year = local_year(now)
    years = range(this_year - YEARS + 1, this_year + 1)
    facts: dict[str, object] = {
        "answer_version": ANSWER_VERSION,
        "answered_at": instant(now),
        "asked_by": key.organisation.name_zh,
        "key": key.name,
        "full_name": person.full_name,
        "id_number_masked": person.masked_id_number(),
        "years": _years(person, years),
    }
    digest = digest_of(facts)
    audit_log.append(
        action="title_review.answer",
        subject=f"person:{person.pk}",
        organisation=key.organisation,
        facts={"key": key.name, "digest": digest, "years": list(years)},
        now=now,
    )
    return SignedAnswer(
        facts=facts,
        digest=digest,
        signature=signatures.sign(digest, seed=settings.SIGNING_SEED),
        public_key=signatures.public_key(settings.SIGNING_SEED),
    )


def _find(key: ApiKey, full_name: str, id_number: str) -> Person:
    found = (
        Person.objects.select_related("region")
        .filter(id_number_index=blind_index(normal_identifier(id_number)))
        .first()
    )
    known = (found.full_name, found.full_name_en) if found else ()
    if not names.is_same(full_name, *known) or found is None or found.region is None:
        raise NobodyFound
    if key.organisation.region_id not in found.region.upward_codes():
        raise NobodyFound
    return found


def _years(person: Person, years: range) -> list[dict[str, object]]:
    records = {
        record.year: record
        for record in AnnualRecord.objects.filter(person=person, year__in=years).select_related("requirement")
    }
    pages = list(
        Certificate.objects.filter(book__person=person, year__in=years)
        .select_related("issuer")
        .order_by("issued_at", "pk")
    )
    return [_year(year, records.get(year), [page for page in pages if page.year == year]) for year in years]


def _year(year: int, record: AnnualRecord | None, pages: list[Certificate]) -> dict[str, object]:
    told: dict[str, object] = {"year": year, "state": NO_RECORD, "certificates": [_page(page) for page in pages]}
    if record is not None:
        requirement = record.requirement
        told |= {
            "state": str(record.state),
            "public_centihours": record.confirmed_public_centihours,
            "professional_centihours": record.confirmed_professional_centihours,
            "waived_public_centihours": record.waived_public_centihours,
            "waived_professional_centihours": record.waived_professional_centihours,
            "carried_public_centihours": record.carried_public_centihours,
            "carried_professional_centihours": record.carried_professional_centihours,
            "pending_centihours": record.pending.total_centihours,
            "requirement": requirement.label,
            "required_total_centihours": requirement.total_centihours,
            "required_public_centihours": requirement.public_centihours,
            "required_professional_centihours": requirement.as_rule().professional_centihours,
        }
    return told


def _page(page: Certificate) -> dict[str, object]:
    return {
        "serial": page.serial,
        "state": str(page.state) if certificates.is_genuine(page) else NOT_GENUINE,
        "issued_at": instant(page.issued_at),
        "issuer": page.issuer.name_zh,
        "check_url": certificate_pages.verify_url(page),
        "digest": page.digest,
    }
