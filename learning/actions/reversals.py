"""Reversals: confirmed hours taken back, by a bureau, with a reason.

Nothing is edited: the entry is decided "reversed", an entry of as many hours less stands beside
it, and the year's record and page follow in the same act. Source: DOMAIN §4.7, RELIABILITY I4.

What was reversed for good earns no second time in that year: who is to have part of the hours
claims that part. Where nothing is wrong with the hours themselves, the act restores them: an entry
on the same evidence under the next source key, to be audited and confirmed like any other. It
hangs on the reversal, so the same evidence never counts twice at once (I2); docs/decisions/0021.
"""

from datetime import datetime

from django.db import transaction

from learning.actions import audit_log, carry_over, certificates, credits, ledger_links, records
from learning.models import AnnualRecord, CreditEntry, CreditStanding, Person
from learning.models.credit import CreditEntryEvidence
from learning.rules.credit_states import State
from learning.rules.digests import digest_of, digest_of_all
from learning.rules.source_keys import next_key


@transaction.atomic
def reverse(
    *, entry: CreditEntry, by: Person, reason_code: str, reason_text: str, now: datetime, is_again: bool = False
) -> CreditEntry:
    """Take an entry's hours back and return the reversal; `is_again`: restore its evidence, to be judged anew.

    A waiver is taken back whole, as it was granted: both its subjects in one act. A page that no
    longer says what is confirmed is replaced, or revoked when the year's rule is no longer met; the
    year is then open again. Surplus that the next year had taken over and that is none any more goes
    with them.

    Raises: AlreadyDecided, when the entry is not confirmed; OwnHours.
    """
    # First the locks, of the next year too: its surplus may go with these hours, and who holds the head of
    # the log waits for no year.
    records.lock_years(keys={(entry.person_id, entry.year + on) for on in (0, 1)})
    return _reverse(entry, by=by, reason_code=reason_code, reason_text=reason_text, now=now, is_again=is_again)


def _reverse(
    entry: CreditEntry, *, by: Person, reason_code: str, reason_text: str, now: datetime, is_again: bool = False
) -> CreditEntry:
    undone = {}
    for part in together(entry):
        undone[part.pk] = reversal = _undo(part, by=by, reason_code=reason_code, reason_text=reason_text, now=now)
        now = reversal.earned_at
        if is_again:
            _restore(reversal, by=by, now=now)
    record = AnnualRecord.objects.select_related("requirement").get(person_id=entry.person_id, year=entry.year)
    follow(record=record, by=by, reason_code=reason_code, reason_text=reason_text, now=now)
    records.close_again(record_ids=[record.pk], now=now)
    return undone[entry.pk]


def _undo(entry: CreditEntry, *, by: Person, reason_code: str, reason_text: str, now: datetime) -> CreditEntry:
    """Decide one entry "reversed" and return the reversal that stands beside it; what follows, the caller does."""
    decision = credits.take_back(entry=entry, by=by, reason_code=reason_code, reason_text=reason_text, now=now)
    reversal = reversal_of(entry, now=decision.decided_at)
    reversal.save()
    CreditStanding.objects.create(entry=reversal, state=State.REVERSED, holder=None, since=reversal.earned_at)
    _enter(reversal, by=by, now=reversal.earned_at)
    return reversal


def together(entry: CreditEntry) -> list[CreditEntry]:
    """Return what is taken back with an entry, itself among it: of a waiver, what was granted for each subject."""
    if entry.kind != CreditEntry.Kind.WAIVED:
        return [entry]
    granted = CreditEntry.objects.filter(evidence__in=entry.evidence.all(), standing__state=State.CONFIRMED)
    return [entry, *granted.exclude(pk=entry.pk).order_by("pk")]


def follow(*, record: AnnualRecord, by: Person, reason_code: str, reason_text: str, now: datetime) -> None:
    """Let a year's page, and what the next year took over of it, follow hours that have become fewer.

    The caller holds the locks of both years.
    """
    certificates.correct(record=record, by=by, now=now)
    excess = carry_over.excess(record)
    if not excess:
        return
    for carried in excess:
        now = _undo(carried, by=by, reason_code=reason_code, reason_text=reason_text, now=now).earned_at
    # What is still spare stands again before the next year and its page are judged, once.
    carry_over.carry(record=record, now=now)
    following = AnnualRecord.objects.select_related("requirement").get(person_id=record.person_id, year=record.year + 1)
    follow(record=following, by=by, reason_code=reason_code, reason_text=reason_text, now=now)
    records.close_again(record_ids=[following.pk], now=now)


def _restore(reversal: CreditEntry, *, by: Person, now: datetime) -> None:
    restored = restored_after(reversal)
    restored.save()
    CreditEntryEvidence.objects.bulk_create(evidence_of([restored]))
    CreditStanding.objects.create(entry=restored, state=State.EARNED, holder_id=restored.auditor_id, since=now)
    records.refresh(person=restored.person, requirement=restored.requirement, now=now)
    _enter(restored, by=by, now=now)


def _enter(entry: CreditEntry, *, by: Person, now: datetime) -> None:
    """Hang a new entry on its person's chain and write its line."""
    ledger_links.append(ledger_links.of_entry(entry), now=now)
    audit_log.append(
        action="credit.earn",
        subject=f"credit_entry:{entry.pk}",
        actor=by,
        organisation=entry.bureau,
        facts={"centihours": entry.centihours, "digest": entry.digest},
        now=now,
    )


def reversal_of(entry: CreditEntry, *, now: datetime) -> CreditEntry:
    """Return the entry of as many hours less that stands beside a reversed one; not saved."""
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


def restored_after(reversal: CreditEntry) -> CreditEntry:
    """Return the entry that stands anew for what was reversed: as it was, under the next key; not saved.

    It was earned when the first one was: only judging it is done again.
    """
    entry = reversal.reverses
    if entry is None:
        raise ValueError(reversal.pk)
    restored = CreditEntry(
        person_id=entry.person_id,
        year=entry.year,
        kind=entry.kind,
        source_key=next_key(entry.source_key),
        enrolment_id=entry.enrolment_id,
        restores=reversal,
        title_zh=entry.title_zh,
        title_en=entry.title_en,
        subject_kind=entry.subject_kind,
        centihours=entry.centihours,
        auditor_id=entry.auditor_id,
        bureau_id=entry.bureau_id,
        requirement_id=entry.requirement_id,
        evidence_digest=entry.evidence_digest,
        earned_at=entry.earned_at,
    )
    restored.digest = digest_of(credits.facts_of(restored))
    return restored


def evidence_of(restored: list[CreditEntry]) -> list[CreditEntryEvidence]:
    """Return the rows that let restored entries rest on the evidence of those they stand for; not saved."""
    by_first = {entry.restores.reverses_id: entry for entry in restored if entry.restores}
    held = CreditEntryEvidence.objects.filter(entry_id__in=by_first).order_by("pk")
    return [
        CreditEntryEvidence(entry=by_first[first_id], evidence_id=evidence_id)
        for first_id, evidence_id in held.values_list("entry_id", "evidence_id")
    ]
