"""Certificates, many at once: the pages of all years a chunk of work has just fulfilled.

What each says is `certificate_facts`', its code and signature `certificates`'; this room
only reads for all of them together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime

from learning.actions import certificate_facts, certificates, notices, records
from learning.models import AnnualRecord, Certificate, CertificateBook, CreditEntry, Organisation, Person


def issue_due(*, record_ids: Collection[int], bureau: Organisation, by: Person, now: datetime) -> list[Certificate]:
    """Register the met years among these and issue their pages; a second call adds nothing.

    The caller holds the years' locks and logs the pages. A year that has a standing page
    gets no other.
    """
    registered = records.register_all(record_ids=record_ids, now=now)
    if not registered:
        return []
    years = list(
        AnnualRecord.objects.filter(pk__in=registered)
        .exclude(pk__in=Certificate.objects.standing().filter(record_id__in=registered).values("record_id"))
        .select_related("requirement", "person")
        .order_by("person_id", "year")
    )
    earlier = Counter(Certificate.objects.filter(record_id__in=registered).values_list("record_id", flat=True))
    books = _books([record.person_id for record in years], bureau=bureau, now=now)
    employers = certificate_facts.employments(books)
    entries: dict[tuple[int, int], list[CreditEntry]] = defaultdict(list)
    for entry in certificate_facts.counted_entries(books, {record.year for record in years}):
        entries[entry.person_id, entry.year].append(entry)
    pages = []
    for record in years:
        book = books[record.person_id]
        facts = certificate_facts.facts_from(
            person=record.person,
            record=record,
            bureau=bureau,
            book=book,
            edition=earlier[record.pk] + 1,
            employer=employers.get(record.person_id),
            entries=entries[record.person_id, record.year],
            now=now,
        )
        pages.append(certificates.signed_page(facts=facts, book=book, record=record, bureau=bureau, by=by, now=now))
    issued = Certificate.objects.bulk_create(pages)
    notices.tell_issued(issued)
    return issued


def _books(person_ids: Collection[int], *, bureau: Organisation, now: datetime) -> dict[int, CertificateBook]:
    """Return each person's book, opening those that are missing."""
    CertificateBook.objects.bulk_create(
        [
            CertificateBook(person_id=person_id, number=certificates.book_number(bureau, person_id), opened_at=now)
            for person_id in set(person_ids)
        ],
        ignore_conflicts=True,
    )
    return {book.person_id: book for book in CertificateBook.objects.filter(person_id__in=person_ids)}
