"""Credit: earned from evidence, then audited by the base, then confirmed by the bureau.

Every verdict is one guarded update of the standing, one decision row, the year's
record and one line in the audit log, in one transaction. The base never confirms
(R19); nobody decides on their own hours, or confirms what they or their own base audited.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from learning.access import left_to_colleagues
from learning.actions import audit_log, certificates, ledger_links, notices, records
from learning.models import CreditDecision, CreditEntry, CreditStanding, Enrolment, Evidence, Organisation, Person
from learning.models.credit import CreditEntryEvidence
from learning.rules import completion
from learning.rules.credit_states import TRANSITIONS, State, Verdict, state_before
from learning.rules.digests import digest_of, digest_of_all, instant


class DecisionRefusedError(Exception):
    """A verdict was not taken; nothing changed."""


class AlreadyDecided(DecisionRefusedError):
    """The entry no longer stands where this verdict applies: somebody was first."""


class TooLate(DecisionRefusedError):
    """The rule of the year no longer lets pending hours be decided."""


class OwnHours(DecisionRefusedError):
    """Nobody decides on their own hours, or confirms what they or their own base audited."""


def lacking(enrolment: Enrolment) -> completion.Lacking:
    """Say which evidence the enrolment still lacks."""
    edition = enrolment.edition
    kinds = Evidence.objects.filter(enrolment=enrolment)
    return completion.lacking(
        lesson_numbers=list(edition.lessons.values_list("number", flat=True)),
        watched_numbers=list(kinds.filter(kind=Evidence.Kind.WATCHED).values_list("lesson__number", flat=True)),
        exam_required=edition.exam_required,
        exam_passed=kinds.filter(kind=Evidence.Kind.PASSED).exists(),
    )


@transaction.atomic
def earn_if_complete(*, enrolment: Enrolment, now: datetime) -> CreditEntry | None:
    """Earn the edition's approved credit once nothing is lacking; a second call adds nothing.

    Source: DOMAIN §0.3 (credit on completion, not raw minutes), R35.
    """
    # Of two acts that record the last two evidences at once, one must see both: neither sees what
    # the other has not committed. No key: rows that only point at the enrolment need not wait.
    Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment.pk)
    if not lacking(enrolment).is_nothing:
        return None
    evidence = list(enrolment.evidence.order_by("pk"))
    # Who waited for the lock has read the clock before the other's evidence was recorded.
    now = max([now, *(item.recorded_at for item in evidence)])
    edition = enrolment.edition
    entry = add_entry(
        CreditEntry(
            person_id=enrolment.person_id,
            year=enrolment.year,
            kind=CreditEntry.Kind.EARNED,
            source_key=f"course:{enrolment.course_key}",
            enrolment=enrolment,
            title_zh=edition.title_zh,
            title_en=edition.title_en,
            subject_kind=edition.subject_kind,
            centihours=edition.approved_centihours,
            auditor=edition.base,
            bureau=bureau_of(enrolment.person),
            requirement=enrolment.requirement,
            earned_at=now,
        ),
        evidence=evidence,
        now=now,
    )
    # A last exam may end after the year was closed, and its place with it.
    unfinished = (Enrolment.Status.ENROLLED, Enrolment.Status.EXPIRED)
    Enrolment.objects.filter(pk=enrolment.pk, status__in=unfinished).update(status=Enrolment.Status.CREDITED)
    return entry


@transaction.atomic
def claim(*, evidence: Evidence, year: int, auditor: Organisation, earned_at: datetime, now: datetime) -> CreditEntry:
    """Enter hours documented elsewhere, from CLAIMED evidence; audited and confirmed like any other.

    A document earns once, in the year it was first claimed for; a second call returns that entry.
    """
    # Of two claims at once, for two years, the second must see the first.
    Evidence.objects.select_for_update(no_key=True).get(pk=evidence.pk)
    held = CreditEntry.objects.filter(evidence=evidence).first()
    if held is not None:
        return held
    requirement = records.requirement_of(person=evidence.person, year=year)
    return add_entry(
        CreditEntry(
            person=evidence.person,
            year=year,
            kind=CreditEntry.Kind.CLAIMED,
            source_key=f"claim:{evidence.digest}",
            title_zh=evidence.facts["title_zh"],
            title_en=evidence.facts["title_en"],
            subject_kind=evidence.facts["subject_kind"],
            centihours=evidence.facts["centihours"],
            auditor=auditor,
            bureau=bureau_of(evidence.person),
            requirement=requirement,
            earned_at=earned_at,
        ),
        evidence=[evidence],
        now=now,
    )


def bureau_of(person: Person) -> Organisation:
    """Return the bureau that confirms this person's hours: their home bureau (R9)."""
    if person.region is None:
        raise Organisation.DoesNotExist(person.pk)
    return Organisation.objects.bureau_of(person.region)


def facts_of(entry: CreditEntry) -> dict[str, object]:
    """Return what an entry's digest covers."""
    return {
        "person": entry.person_id,
        "year": entry.year,
        "kind": str(entry.kind),
        "source_key": entry.source_key,
        "subject_kind": str(entry.subject_kind),
        "centihours": entry.centihours,
        "auditor": entry.auditor_id,
        "bureau": entry.bureau_id,
        "requirement": entry.requirement_id,
        "evidence": entry.evidence_digest,
        "earned_at": instant(entry.earned_at),
    }


def add_entry(
    entry: CreditEntry, *, evidence: Sequence[Evidence], now: datetime, state: State = State.EARNED
) -> CreditEntry:
    """Enter hours as a part of the act that grants them; what its source gave before is not given again.

    `state`: EARNED, held by the auditor, or CONFIRMED by the act itself.
    """
    entry.evidence_digest = digest_of_all(item.digest for item in evidence)
    entry.digest = digest_of(facts_of(entry))
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        return CreditEntry.objects.get(person_id=entry.person_id, year=entry.year, source_key=entry.source_key)
    for item in evidence:
        CreditEntryEvidence(entry=entry, evidence=item).save()
    holder = entry.auditor if state == State.EARNED else None
    CreditStanding.objects.create(entry=entry, state=state, holder=holder, since=entry.earned_at)
    record = records.refresh(person=entry.person, requirement=entry.requirement, now=now)
    ledger_links.append(ledger_links.of_entry(entry), now=now)
    if record.is_closed and state == State.EARNED:
        records.close_again(record_ids=[record.pk], now=now)
    audit_log.append(
        action="credit.earn",
        subject=f"credit_entry:{entry.pk}",
        organisation=entry.auditor,
        facts={"centihours": entry.centihours, "digest": entry.digest},
        now=now,
    )
    return entry


def approve(
    *, entry: CreditEntry, by: Person, now: datetime, seen: int | None = None, reason_text: str = ""
) -> CreditDecision:
    """Audit the entry for the base or department and send it to the bureau (R18, R19).

    `seen`, here and below: how many decisions the entry had when it was looked
    at; with one more since then the verdict is refused as AlreadyDecided.
    """
    reason, holder = ("", reason_text), entry.bureau
    return decide(
        entry, Verdict.APPROVED, by=by, office=entry.auditor, holder=holder, now=now, reason=reason, seen=seen
    )


def return_to_learner(
    *, entry: CreditEntry, by: Person, reason_code: str, reason_text: str, now: datetime, seen: int | None = None
) -> CreditDecision:
    """Send the entry back to the learner, with a reason they will read."""
    reason = (reason_code, reason_text)
    return decide(entry, Verdict.RETURNED, by=by, office=entry.auditor, holder=None, now=now, reason=reason, seen=seen)


def resubmit(*, entry: CreditEntry, by: Person, reason_text: str, now: datetime) -> CreditDecision:
    """Answer a return: the learner hands the entry in again.

    Raises: OwnHours, when anyone but the learner tries.
    """
    if by.pk != entry.person_id:
        raise OwnHours(entry.pk)
    return decide(
        entry, Verdict.RESUBMITTED, by=by, office=None, holder=entry.auditor, now=now, reason=("", reason_text)
    )


def send_back(
    *, entry: CreditEntry, by: Person, reason_code: str, reason_text: str, now: datetime, seen: int | None = None
) -> CreditDecision:
    """Send the entry back to the base, or a waiver to who checks it, with a reason."""
    reason, holder = (reason_code, reason_text), entry.auditor
    return decide(
        entry, Verdict.SENT_BACK, by=by, office=entry.bureau, holder=holder, now=now, reason=reason, seen=seen
    )


@transaction.atomic
def confirm(*, entry: CreditEntry, by: Person, now: datetime, seen: int | None = None) -> CreditDecision:
    """Confirm the hours; the year's record moves, and a met rule issues the certificate.

    Source: R18, R19, DOMAIN §0.4.
    """
    # First the lock: an audit by the same person, under way now, must be seen.
    records.lock_year(person=entry.person, requirement=entry.requirement)
    if CreditEntry.objects.filter(left_to_colleagues(by), pk=entry.pk).exists():
        raise OwnHours(entry.pk)
    decision = decide(entry, Verdict.CONFIRMED, by=by, office=entry.bureau, holder=None, now=now, seen=seen)
    certificates.issue_if_due(person=entry.person, year=entry.year, bureau=entry.bureau, by=by, now=decision.decided_at)
    return decision


def take_back(*, entry: CreditEntry, by: Person, reason_code: str, reason_text: str, now: datetime) -> CreditDecision:
    """Decide that confirmed hours count no longer. A part of `reversals.reverse`, which does what follows from it."""
    reason = (reason_code, reason_text)
    return decide(entry, Verdict.REVERSED, by=by, office=entry.bureau, holder=None, now=now, reason=reason)


@transaction.atomic
def decide(
    entry: CreditEntry,
    verdict: Verdict,
    *,
    by: Person,
    office: Organisation | None,
    holder: Organisation | None,
    now: datetime,
    reason: tuple[str, str] = ("", ""),
    seen: int | None = None,
) -> CreditDecision:
    """Take one verdict: the part that all of them have.

    Raises: AlreadyDecided, when the entry does not stand where the verdict
    applies; OwnHours, when an office's member decides on their own hours;
    TooLate, when the year's rule no longer lets it be decided.
    """
    if office is not None and by.pk == entry.person_id:
        raise OwnHours(entry.pk)
    record = records.lock_year(person=entry.person, requirement=entry.requirement)
    now = records.in_order(now, keys=[(entry.person_id, entry.year)])
    if verdict != Verdict.REVERSED and records.is_too_late(entry, record, now=now):
        raise TooLate(entry.pk)
    before = state_before(verdict)
    standing = CreditStanding.objects.filter(entry_id=entry.pk, state=before)
    if seen is not None:
        standing = standing.filter(decision_count=seen)
    moved = standing.update(
        state=TRANSITIONS[before, verdict], holder=holder, since=now, decision_count=F("decision_count") + 1
    )
    if moved != 1:
        raise AlreadyDecided(entry.pk)
    decision = CreditDecision(
        entry=entry,
        sequence=CreditStanding.objects.get(entry_id=entry.pk).decision_count,
        verdict=verdict,
        actor=by,
        organisation=office,
        reason_code=reason[0],
        reason_text=reason[1],
        decided_at=now,
    )
    decision.save()
    records.refresh(person=entry.person, requirement=entry.requirement, now=now)
    notices.tell_decisions([decision])
    ledger_links.append(ledger_links.of_decision(decision, person_id=entry.person_id), now=now)
    audit_log.append(
        action=f"credit.{verdict}",
        subject=f"credit_entry:{entry.pk}",
        actor=by,
        organisation=office,
        facts={"sequence": decision.sequence, "reason_code": reason[0], "reason_text": reason[1]},
        now=now,
    )
    return decision
