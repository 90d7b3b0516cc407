"""Reversals: confirmed hours taken back, by a bureau, with a reason.

Nothing is edited: the entry is decided "reversed", an entry of as many hours less stands beside
it, and the year's record and page follow in the same act. Source: DOMAIN §4.7, RELIABILITY I4.
"""

from datetime import datetime

from django.db import transaction

from learning.actions import audit_log, certificates, credits, ledger_links
from learning.models import AnnualRecord, CreditEntry, CreditStanding, Person
from learning.rules.credit_states import State
from learning.rules.digests import digest_of, digest_of_all
from learning.rules.reasons import SendBackReason


@transaction.atomic
def reverse(
    *, entry: CreditEntry, by: Person, reason_code: SendBackReason, reason_text: str, now: datetime
) -> CreditEntry:
    """Take an entry's hours back, for good, and return the reversal.

    A page that no longer says what is confirmed is replaced, or revoked when the year's rule is no
    longer met; the year is then open again. The same course or document earns no second time in
    that year: who is to have part of the hours claims that part.

    Raises: AlreadyDecided, when the entry is not confirmed; OwnHours.
    """
    credits.take_back(entry=entry, by=by, reason_code=reason_code, reason_text=reason_text, now=now)
    reversal = _reversal_of(entry, now=now)
    reversal.save()
    CreditStanding.objects.create(entry=reversal, state=State.REVERSED, holder=None, since=now)
    ledger_links.append(ledger_links.of_entry(reversal), now=now)
    audit_log.append(
        action="credit.earn",
        subject=f"credit_entry:{reversal.pk}",
        actor=by,
        organisation=entry.bureau,
        facts={"centihours": reversal.centihours, "digest": reversal.digest},
        now=now,
    )
    record = AnnualRecord.objects.select_related("requirement").get(person_id=entry.person_id, year=entry.year)
    certificates.correct(record=record, by=by, now=now)
    return reversal


def _reversal_of(entry: CreditEntry, *, now: datetime) -> CreditEntry:
    reversal = CreditEntry(
        person_id=entry.person_id,
        year=entry.year,
        kind=CreditEntry.Kind.REVERSAL,
        source_key=f"reversal:{entry.pk}",
        reverses=entry,
        title_zh=entry.title_zh,
        title_en=entry.title_en,
        subject_kind=entry.subject_kind,
        centihours=-entry.centihours,
        auditor_id=entry.auditor_id,
        bureau_id=entry.bureau_id,
        requirement_id=entry.requirement_id,
        evidence_digest=digest_of_all([]),
        earned_at=now,
    )
    reversal.digest = digest_of(credits.facts_of(reversal))
    return reversal
