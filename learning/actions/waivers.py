"""Waivers: hours of a year that leave, or a late start, excuses.

Asked for by the learner, with what proves it; checked by one officer of the home bureau and granted
by another, as hours are audited and confirmed. What was asked for is one piece of evidence, and two
entries rest on it, one a subject: they are decided together, never one without the other. Until they
are granted, everything is still to study. Source: docs/decisions/0018.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from learning.access import left_to_colleagues
from learning.actions import certificates, credits, proof_files, records
from learning.models import AnnualRecord, CreditDecision, CreditEntry, Evidence, Person, ProofDraft, Requirement
from learning.models.clock import local_date
from learning.models.credit import CreditEntryQuerySet
from learning.rules import waivers
from learning.rules.credit_states import State, Verdict
from learning.rules.digests import digest_of, instant
from learning.rules.requirements import SubjectKind
from learning.rules.waivers import TWELFTHS, Absence, Refusal

#: What a page says of it: never why; that stays between the learner and the home bureau.
TITLE_ZH, TITLE_EN = "经批准减免的学时", "Hours waived with approval"
#: A waiver that ended so counts for nothing, and its days may be asked for again.
ENDED: Final = (State.REJECTED, State.REVERSED)


class NotWaived(Exception):
    """Nothing can be waived for this; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Asked:
    """What the learner says: days and ground, the document that proves it, words for the bureau, files they see."""

    absence: Absence
    document: str
    note: str = ""
    #: Drafts of this person and year, all of them.
    proofs: Sequence[int] = ()


@transaction.atomic
def ask(*, person: Person, year: int, asked: Asked, now: datetime) -> Evidence:
    """Ask for what the rule waives, from the person's home bureau.

    Raises: NotWaived; proof_files.ProofsChanged.
    """
    try:
        requirement = records.requirement_of(person=person, year=year)
    except Requirement.DoesNotExist as unbound:
        raise NotWaived(Refusal.NO_REQUIREMENT) from unbound
    record = records.lock_year(person=person, requirement=requirement)
    within = _judge(record, asked.absence, now=now)
    terms = record.requirement.as_terms()
    left = TWELFTHS - sum(row.facts["twelfths"] for row in standing(person, year))
    parts = min(waivers.twelfths(terms, within, year=year), left)
    facts = {
        "year": year,
        "ground": within.ground.value,
        "from_on": within.from_on.isoformat(),
        "to_on": within.to_on.isoformat(),
        "months": within.months,
        "twelfths": parts,
        "document": asked.document,
        "note": asked.note,
        "filed_at": instant(now),
    }
    drafts = proof_files.take(person=person, year=year, asked=None, seen=asked.proofs)
    if drafts:
        facts["proofs"] = [draft.digest for draft in drafts]
    evidence = Evidence.objects.create(
        person=person,
        kind=Evidence.Kind.WAIVER,
        facts=facts,
        digest=digest_of({"person": person.pk, **facts}),
        recorded_at=now,
    )
    _enter(record, evidence, parts, now=now)
    proof_files.hand_in(drafts, asked=evidence, now=now)
    return evidence


def standing(person: Person, year: int) -> list[Evidence]:
    """Return what was asked for a year and was not refused or taken back."""
    entries = CreditEntry.objects.filter(person=person, year=year, kind=CreditEntry.Kind.WAIVED)
    standing_still = entries.exclude(standing__state__in=ENDED)
    return list(Evidence.objects.filter(credit_entries__in=standing_still).distinct().order_by("pk"))


def _judge(record: AnnualRecord, absence: Absence, *, now: datetime) -> Absence:
    """Return the days in the year. Raises: NotWaived."""
    requirement = record.requirement
    if record.state != AnnualRecord.State.OPEN:
        raise NotWaived(Refusal.YEAR_MET)
    if not requirement.as_calendar().takes_study(local_date(now)):
        raise NotWaived(Refusal.YEAR_CLOSED)
    refused = waivers.refusal(requirement.as_terms(), absence, year=record.year)
    within = absence.within(record.year)
    if refused is not None or within is None:
        raise NotWaived(refused or Refusal.OUTSIDE_YEAR)
    first, last = within.from_on.isoformat(), within.to_on.isoformat()
    others = standing(record.person, record.year)
    if any(row.facts["from_on"] <= last and first <= row.facts["to_on"] for row in others):
        raise NotWaived(Refusal.OVERLAPS)
    if sum(row.facts["twelfths"] for row in others) >= TWELFTHS:
        raise NotWaived(Refusal.ALL_WAIVED)
    return within


def _enter(record: AnnualRecord, evidence: Evidence, parts: int, *, now: datetime) -> None:
    """Enter what so many twelfths are worth, subject by subject. Raises: NotWaived, when that is nothing."""
    requirement, person = record.requirement, record.person
    worth = waivers.waived(requirement.as_rule(), parts, step_centihours=requirement.rounding_centihours)
    if not worth.total_centihours:
        raise NotWaived(Refusal.TOO_SHORT)
    bureau = credits.bureau_of(person)
    for subject, centihours in (
        (SubjectKind.PUBLIC, worth.public_centihours),
        (SubjectKind.PROFESSIONAL, worth.professional_centihours),
    ):
        if centihours:
            entry = CreditEntry(
                person=person,
                year=record.year,
                kind=CreditEntry.Kind.WAIVED,
                source_key=f"waiver:{evidence.digest}:{subject}",
                title_zh=TITLE_ZH,
                title_en=TITLE_EN,
                subject_kind=subject,
                centihours=centihours,
                auditor=bureau,
                bureau=bureau,
                requirement=requirement,
                earned_at=now,
            )
            credits.add_entry(entry, evidence=[evidence], now=now)


def entries_of(asked: Evidence) -> list[CreditEntry]:
    """Return what rests on a waiver, one entry a subject, as it stands now."""
    related = ("standing__holder", "person", "requirement", "auditor", "bureau")
    return list(resting_on([asked]).select_related(*related).order_by("pk"))


def resting_on(asked: Collection[Evidence]) -> CreditEntryQuerySet:
    """Return what rests on waivers; where it is judged again, the restored entries stand for the first ones."""
    return CreditEntry.objects.filter(evidence__in=asked, reversal__restored__isnull=True)


@transaction.atomic
def check(
    *, asked: Evidence, by: Person, reason_text: str, now: datetime, seen: int, proofs: int | None = None
) -> None:
    """Find the proof in order and leave the grant to a second officer.

    `seen`, here and below: how many decisions it had when it was looked at; `proofs`: how many files.

    Raises, here and below: AlreadyDecided, OwnHours, TooLate.
    """
    entries = _locked(asked)
    if proofs is not None and asked.proofs.count() != proofs:
        raise credits.AlreadyDecided(entries[0].pk)
    _each(asked, partial(credits.approve, by=by, reason_text=reason_text, now=now, seen=seen))


def give_back(*, asked: Evidence, by: Person, reason: tuple[str, str], now: datetime, seen: int) -> None:
    """Return it to the learner, with a reason they will read."""
    code, text = reason
    _each(
        asked,
        partial(credits.return_to_learner, by=by, reason_code=code, reason_text=text, now=now, seen=seen),
    )


@transaction.atomic
def answer(*, asked: Evidence, by: Person, reason_text: str, now: datetime, proofs: Sequence[int] = ()) -> None:
    """Hand it in again, as the learner who asked, with the files they see. Raises, also: proof_files.ProofsChanged."""
    drafts = _taken(asked, proofs)
    _each(asked, partial(credits.resubmit, by=by, reason_text=reason_text, now=now))
    proof_files.hand_in(drafts, asked=asked, now=now)


@transaction.atomic
def add_proofs(*, asked: Evidence, now: datetime, proofs: Sequence[int]) -> None:
    """Hand in more files, as the learner who asked, while nobody has checked it yet.

    Raises, also: proof_files.ProofsChanged.
    """
    drafts = _taken(asked, proofs)
    for entry in entries_of(asked):
        if entry.standing.state != State.EARNED:
            raise credits.AlreadyDecided(entry.pk)
    proof_files.hand_in(drafts, asked=asked, now=now)


def _taken(asked: Evidence, proofs: Sequence[int]) -> list[ProofDraft]:
    _locked(asked)
    return proof_files.take(person=asked.person, year=asked.facts["year"], asked=asked, seen=proofs)


def send_back(*, asked: Evidence, by: Person, reason: tuple[str, str], now: datetime, seen: int) -> None:
    """Have it checked once more, with a reason."""
    code, text = reason
    _each(asked, partial(credits.send_back, by=by, reason_code=code, reason_text=text, now=now, seen=seen))


@transaction.atomic
def grant(*, asked: Evidence, by: Person, now: datetime, seen: int) -> None:
    """Waive the hours, as another officer than the one who checked; a year that is then met gets its page."""
    entries = _second_look(asked, by)
    for entry in entries:
        credits.decide(entry, Verdict.CONFIRMED, by=by, office=entry.bureau, holder=None, now=now, seen=seen)
    # After both, so that the page lists both.
    first = entries[0]
    certificates.issue_if_due(person=first.person, year=first.year, bureau=first.bureau, by=by, now=now)


@transaction.atomic
def refuse(*, asked: Evidence, by: Person, reason: tuple[str, str], now: datetime, seen: int) -> None:
    """Waive nothing, for good, as another officer than the one who checked; the learner reads why."""
    for entry in _second_look(asked, by):
        credits.decide(
            entry, Verdict.REJECTED, by=by, office=entry.bureau, holder=None, now=now, reason=reason, seen=seen
        )


def _second_look(asked: Evidence, by: Person) -> list[CreditEntry]:
    """Return the entries, their year locked first: a check by the same person under way now must be seen.

    Raises: OwnHours, for who asked and for who checked.
    """
    entries = _locked(asked)
    if resting_on([asked]).filter(left_to_colleagues(by)).exists():
        raise credits.OwnHours(asked.pk)
    return entries


def _locked(asked: Evidence) -> list[CreditEntry]:
    """Return the entries, their year locked: whoever decides on them or adds to them waits."""
    entries = entries_of(asked)
    records.lock_year(person=entries[0].person, requirement=entries[0].requirement)
    return entries


@transaction.atomic
def _each(asked: Evidence, verb: Callable[..., CreditDecision]) -> None:
    for entry in entries_of(asked):
        verb(entry=entry)
