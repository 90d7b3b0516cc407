"""Certificates: issued once a year's rule is met, on frozen and signed facts (D10).

A page is issued, replaced or revoked; what it says never changes. Drawing its
PDF is `certificate_pages`' work, later and outside these transactions.
"""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from learning.actions import audit_log, certificate_facts, ledger_links, notices, records
from learning.models import (
    AnnualRecord,
    Certificate,
    CertificateBook,
    Organisation,
    Person,
)
from learning.rules import check_codes, signatures
from learning.rules.digests import digest_of, instant

CODE_TRIES = 5


class CertificateRefused(Exception):
    """A page was not changed; nothing happened."""


class NotValid(CertificateRefused):
    """The page is already replaced or revoked."""


def new_code() -> str:
    """Return a fresh check code: 73 random bits and a check character, grouped by hyphens."""
    return check_codes.fresh(secrets.choice)


def public_keys() -> list[str]:
    """Return the public keys whose signatures stand: the present one, then retired ones."""
    retired: list[str] = list(getattr(settings, "RETIRED_SIGNING_PUBLIC_KEYS", ()))
    return [signatures.public_key(settings.SIGNING_SEED), *retired]


def is_genuine(certificate: Certificate) -> bool:
    """Say whether the stored facts are the signed ones, and of this very page.

    Recomputes the digest and checks the signature each time; never trusts the
    stored digest alone.
    """
    facts = certificate.facts
    names_itself = (
        isinstance(facts, dict)
        and facts.get("code") == certificate.code
        and facts.get("serial") == certificate.serial
        and facts.get("year") == certificate.year
        and facts.get("issued_at") == instant(certificate.issued_at)
    )
    if not names_itself or digest_of(facts) != certificate.digest:
        return False
    return signatures.is_genuine(certificate.signature, digest=certificate.digest, public_keys=public_keys())


@transaction.atomic
def issue_if_due(*, person: Person, year: int, bureau: Organisation, by: Person, now: datetime) -> Certificate | None:
    """Register a met year and issue its page; a second call returns None and adds nothing."""
    record = records.lock(record_id=AnnualRecord.objects.values_list("pk", flat=True).get(person=person, year=year))
    if record.state != AnnualRecord.State.MET:
        return None
    now = records.in_order(now, keys=[(record.person_id, record.year)])
    records.register(record=record, now=now)
    book, _made = CertificateBook.objects.get_or_create(
        person=person, defaults={"number": book_number(bureau, person.pk), "opened_at": now}
    )
    facts = frozen_facts(person=person, record=record, bureau=bureau, book=book, edition=next_edition(record), now=now)
    certificate = _issue(facts=facts, book=book, record=record, bureau=bureau, by=by, now=now)
    if certificate is not None:
        notices.tell_issued([certificate])
        ledger_links.append(ledger_links.of_issue(certificate, person_id=person.pk), now=now)
        _log("certificate.issue", certificate, by=by, now=now)
    return certificate


def book_number(bureau: Organisation, person_id: int) -> str:
    """Return the number of the book this bureau opens for this person."""
    return f"{bureau.region_id}{person_id:08d}"


@transaction.atomic
def reissue(*, certificate: Certificate, by: Person, reason: str, text: str = "", now: datetime) -> Certificate:
    """Put a new page with today's facts in the place of a valid one, and link the two.

    `text`, here and below: the office's own words to the holder, for the log.

    Raises: NotValid, when the page was replaced or revoked before.
    """
    # First the year: a reversal under way now must be seen, and neither may wait for the other's page.
    record = records.lock(record_id=certificate.record_id)
    now = records.in_order(now, keys=[(record.person_id, record.year)])
    moved = Certificate.objects.standing().filter(pk=certificate.pk).update(replaced_at=now, replacement_reason=reason)
    if moved != 1:
        raise NotValid(certificate.pk)
    facts = frozen_facts(
        person=record.person,
        record=record,
        bureau=certificate.issuer,
        book=certificate.book,
        edition=next_edition(record),
        now=now,
    )
    fresh = _issue(facts=facts, book=certificate.book, record=record, bureau=certificate.issuer, by=by, now=now)
    if fresh is None:
        raise NotValid(certificate.pk)
    Certificate.objects.filter(pk=certificate.pk).update(replaced_by=fresh)
    notices.tell_replaced(certificate, fresh=fresh, reason=reason, now=now)
    ends = ledger_links.of_replacement(certificate, fresh=fresh, reason=reason, now=now, person_id=record.person_id)
    ledger_links.append_many([ledger_links.of_issue(fresh, person_id=record.person_id), ends], now=now)
    _log("certificate.issue", fresh, by=by, now=now)
    _log("certificate.replace", certificate, by=by, now=now, reason=reason, text=text, by_serial=fresh.serial)
    return fresh


@transaction.atomic
def correct(*, record: AnnualRecord, by: Person, now: datetime) -> None:
    """Let the year's valid page follow hours that became fewer: a new page if the rule is still met, else none."""
    page = Certificate.objects.standing().filter(record=record).first()
    is_unmet = records.reopen_if_unmet(record=record, now=now)
    if page is None:
        return
    if is_unmet:
        revoke(certificate=page, by=by, reason=Certificate.RevocationReason.HOURS_INSUFFICIENT, now=now)
    else:
        reissue(certificate=page, by=by, reason=Certificate.ReplacementReason.HOURS_CORRECTED, now=now)


def next_edition(record: AnnualRecord) -> int:
    """Return the number of the year's next page: 1 for the first."""
    return Certificate.objects.filter(record=record).count() + 1


@transaction.atomic
def revoke(*, certificate: Certificate, by: Person, reason: str, text: str = "", now: datetime) -> None:
    """Take a valid page out of use, for good.

    Raises: NotValid, when the page was replaced or revoked before.
    """
    record = records.lock(record_id=certificate.record_id)
    now = records.in_order(now, keys=[(record.person_id, record.year)])
    moved = Certificate.objects.standing().filter(pk=certificate.pk).update(revoked_at=now, revocation_reason=reason)
    if moved != 1:
        raise NotValid(certificate.pk)
    notices.tell_revoked(certificate, reason=reason, now=now)
    person_id = certificate.book.person_id
    ledger_links.append(ledger_links.of_revocation(certificate, reason=reason, now=now, person_id=person_id), now=now)
    _log("certificate.revoke", certificate, by=by, now=now, reason=reason, text=text)


def _issue(
    *,
    facts: dict[str, object],
    book: CertificateBook,
    record: AnnualRecord,
    bureau: Organisation,
    by: Person,
    now: datetime,
) -> Certificate | None:
    """Write the page; a code that is taken is drawn again, a page that stands already wins (None).

    Raises: IntegrityError, when five codes in a row were taken.
    """
    for last_try in (number == CODE_TRIES for number in range(1, CODE_TRIES + 1)):
        page = signed_page(facts=facts, book=book, record=record, bureau=bureau, by=by, now=now)
        try:
            with transaction.atomic():
                page.save()
        except IntegrityError:
            if Certificate.objects.standing().filter(book=book, year=record.year).exists():
                return None
            if last_try:
                raise
        else:
            return page
    return None


def signed_page(
    *,
    facts: dict[str, object],
    book: CertificateBook,
    record: AnnualRecord,
    bureau: Organisation,
    by: Person,
    now: datetime,
    code: str | None = None,
) -> Certificate:
    """Return a page over signed facts, not saved; without a `code` it gets a fresh one."""
    code = code or new_code()
    signed = {**facts, "code": code}
    digest = digest_of(signed)
    return Certificate(
        book=book,
        record=record,
        year=record.year,
        serial=str(signed["serial"]),
        code=code,
        facts=signed,
        digest=digest,
        signature=signatures.sign(digest, seed=settings.SIGNING_SEED),
        issuer=bureau,
        issued_by=by,
        issued_at=now,
        draw_after=now,
    )


def _log(action: str, certificate: Certificate, *, by: Person, now: datetime, **facts: object) -> None:
    audit_log.append(
        action=action,
        subject=f"certificate:{certificate.pk}",
        actor=by,
        organisation=certificate.issuer,
        facts={"serial": certificate.serial, "digest": certificate.digest, **facts},
        now=now,
    )


def frozen_facts(
    *, person: Person, record: AnnualRecord, bureau: Organisation, book: CertificateBook, edition: int, now: datetime
) -> dict[str, object]:
    """Return everything the page prints, copied so that later edits do not reach back.

    `edition`: 1 for the first page of the year, 2 for the one that replaces it.
    """
    return certificate_facts.facts_from(
        person=person,
        record=record,
        bureau=bureau,
        book=book,
        edition=edition,
        employer=certificate_facts.employments([person.pk]).get(person.pk),
        entries=certificate_facts.counted_entries([person.pk], [record.year]),
        now=now,
    )
