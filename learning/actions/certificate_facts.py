"""What a certificate says: everything printed on a page, copied from the rows it rests on.

Reads for one person or for many; writes nothing and signs nothing.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from learning.models import (
    AnnualRecord,
    CertificateBook,
    CreditEntry,
    Membership,
    Organisation,
    Person,
    Role,
)
from learning.rules.credit_states import State
from learning.rules.digests import instant

#: The layout of `facts`; a reader of old pages asks this first.
FACTS_VERSION = 1


def facts_from(
    *,
    person: Person,
    record: AnnualRecord,
    bureau: Organisation,
    book: CertificateBook,
    edition: int,
    employer: Organisation | None,
    entries: Iterable[CreditEntry],
    now: datetime,
) -> dict[str, object]:
    """Lay out the frozen facts of a page from what was read.

    What of the hours nobody studied in this year stands beside them, never hidden among them.
    """
    requirement = record.requirement
    serial = f"{bureau.region_id}-{record.year}-{record.pk:08d}"
    return {
        "facts_version": FACTS_VERSION,
        "serial": serial if edition == 1 else f"{serial}-{edition}",
        "book": book.number,
        "year": record.year,
        "holder_name": person.full_name,
        "holder_name_en": person.full_name_en,
        "holder_id_masked": person.masked_id_number(),
        "employer_zh": employer.name_zh if employer else "",
        "employer_en": employer.name_en if employer else "",
        # The level the year was judged at, though it may be another by now.
        "title_level": str(requirement.title_level),
        "title_zh": person.title_zh,
        "title_en": person.title_en,
        "public_centihours": record.confirmed_public_centihours,
        "professional_centihours": record.confirmed_professional_centihours,
        "waived_public_centihours": record.waived_public_centihours,
        "waived_professional_centihours": record.waived_professional_centihours,
        "carried_public_centihours": record.carried_public_centihours,
        "carried_professional_centihours": record.carried_professional_centihours,
        "required_total_centihours": requirement.total_centihours,
        "required_public_centihours": requirement.public_centihours,
        "required_professional_centihours": requirement.as_rule().professional_centihours,
        "requirement": requirement.label,
        "requirement_id": requirement.pk,
        "hour_seconds": requirement.hour_seconds,
        "issuer": bureau.pk,
        "issuer_zh": bureau.name_zh,
        "issuer_en": bureau.name_en,
        "issued_at": instant(now),
        "entries": [_entry(entry) for entry in entries],
    }


def employments(person_ids: Iterable[int]) -> dict[int, Organisation]:
    """Return whom each of these people works for, the first employment of each."""
    held = Membership.objects.filter(
        person_id__in=person_ids, role=Role.EMPLOYEE, organisation__kind=Organisation.Kind.EMPLOYER
    )
    found: dict[int, Organisation] = {}
    for membership in held.select_related("organisation").order_by("pk"):
        found.setdefault(membership.person_id, membership.organisation)
    return found


def counted_entries(person_ids: Iterable[int], years: Iterable[int]) -> QuerySet[CreditEntry]:
    """Return the confirmed entries of these people in these years, in the order pages list them."""
    entries = CreditEntry.objects.filter(person_id__in=person_ids, year__in=years, standing__state=State.CONFIRMED)
    return entries.select_related("auditor").order_by("earned_at", "pk")


def _entry(entry: CreditEntry) -> dict[str, object]:
    return {
        "number": entry.pk,
        "title_zh": entry.title_zh,
        "title_en": entry.title_en,
        "base_zh": entry.auditor.name_zh,
        "base_en": entry.auditor.name_en,
        "subject_kind": str(entry.subject_kind),
        "centihours": entry.centihours,
        "earned_at": instant(entry.earned_at),
        "digest": entry.digest,
    }
