"""The ledger of a block of people as rows: what the verbs would have written act by act, written together.

Facts, digests, links and lines are made by the verbs' own functions, so that `verify_ledger` can
judge what comes out; only the saving is done otherwise. Knows one block; the caller holds the log's
head from `Ledger()` until `write()`, in one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from django.db import models

from learning.actions import audit_log, certificate_facts, certificates, credits, ledger_links, reversals
from learning.actions.ledger_links import Linked
from learning.management.load import rows
from learning.models import (
    AnnualRecord,
    AuditLogEntry,
    Certificate,
    CertificateBook,
    CreditDecision,
    CreditEntry,
    CreditFlag,
    CreditScreening,
    CreditStanding,
    Enrolment,
    Evidence,
    LedgerLink,
    Membership,
    Organisation,
    Person,
)
from learning.models.credit import CreditEntryEvidence
from learning.rules.credit_states import Verdict, state_after
from learning.rules.digests import digest_of, digest_of_all
from learning.rules.reasons import ReturnReason, SendBackReason

#: In the order in which rows point at each other.
TABLES: Final[tuple[type[models.Model], ...]] = (
    Person, Membership, AnnualRecord, Enrolment, Evidence, CreditEntry, CreditEntryEvidence, CreditStanding,
    CreditDecision, CreditScreening, CreditFlag, CertificateBook, Certificate, LedgerLink, AuditLogEntry,
)  # fmt: skip
#: Tables whose rows others point at: they are numbered here.
NUMBERED: Final[tuple[type[models.Model], ...]] = (
    Person,
    AnnualRecord,
    Enrolment,
    Evidence,
    CreditEntry,
    CreditDecision,
    CertificateBook,
    Certificate,
)
_REASONS: Final[dict[Verdict, tuple[str, str]]] = {
    Verdict.RETURNED: (ReturnReason.DOCUMENT, "登记表缺少盖章页，请补充后再交。"),
    Verdict.RESUBMITTED: ("", "已补充盖章页。"),
    Verdict.SENT_BACK: (SendBackReason.EVIDENCE, "请基地核对签到记录。"),
    Verdict.REJECTED: (SendBackReason.SCOPE, "不属于继续教育范围。"),
    Verdict.REVERSED: (SendBackReason.OVERLAP, "与同一时段的另一培训重复。"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """Hours of one register, and what became of them: each verdict with its time."""

    facts: dict[str, Any]
    auditor: Organisation
    bureau: Organisation
    earned_at: datetime
    verdicts: Sequence[tuple[Verdict, datetime]]


@dataclass(slots=True)
class _Act:
    """One act of the ledger: when it was done, what links it, and its line in the log."""

    at: datetime
    link: Linked
    line: dict[str, Any]


class Ledger:
    """The rows of a block of people."""

    def __init__(self) -> None:
        """Take up both chains where they end; the log's head stays locked until the transaction ends."""
        self.head = audit_log.lock_head()
        self.held: dict[type[models.Model], list[Any]] = {table: [] for table in TABLES}
        self._next: dict[type[models.Model], Callable[[], int]] = {
            table: count(rows.first_free(table)).__next__ for table in NUMBERED
        }
        self._lines: list[dict[str, Any]] = []
        self._acts: dict[int | None, list[_Act]] = defaultdict(list)

    def number(self, table: type[models.Model]) -> int:
        """Return the next number of a table."""
        return self._next[table]()

    def add(self, row: models.Model) -> None:
        """Take a row that is no act of the ledger."""
        self.held[type(row)].append(row)

    def log(self, **line: Any) -> None:
        """Take a line of the log that links nothing."""
        self._lines.append(line)

    def claim(self, person: Person, claim: Claim, record: AnnualRecord, actor_of: Callable[[int], int]) -> CreditEntry:
        """Write hours and every decision on them; `actor_of`: who decides for a body."""
        proof = Evidence(
            pk=self.number(Evidence),
            person_id=person.pk,
            kind=Evidence.Kind.CLAIMED,
            facts=claim.facts,
            digest=digest_of(claim.facts),
            recorded_at=claim.earned_at,
        )
        entry = entry_of(
            person,
            record,
            claim,
            pk=self.number(CreditEntry),
            source_key=f"claim:{proof.digest}",
            evidence_digest=digest_of_all([proof.digest]),
        )
        self.add(proof)
        self.add(CreditEntryEvidence(entry_id=entry.pk, evidence_id=proof.pk))
        self._earn(entry, actor_id=None, body_id=entry.auditor_id)
        decided = [self._decide(entry, place, *given, actor_of) for place, given in enumerate(claim.verdicts, start=1)]
        state = state_after(verdict for verdict, _at in claim.verdicts)
        holder = {"earned": entry.auditor_id, "audited": entry.bureau_id}.get(state)
        since = decided[-1].decided_at if decided else entry.earned_at
        self.add(
            CreditStanding(entry_id=entry.pk, state=state, holder_id=holder, since=since, decision_count=len(decided))
        )
        if decided and decided[-1].verdict == Verdict.REVERSED:
            self._reverse(entry, decided[-1])
        return entry

    def _earn(self, entry: CreditEntry, *, actor_id: int | None, body_id: int) -> None:
        self.add(entry)
        facts = {"centihours": entry.centihours, "digest": entry.digest}
        self._act(
            entry.earned_at,
            ledger_links.of_entry(entry),
            action="credit.earn",
            subject=f"credit_entry:{entry.pk}",
            actor_id=actor_id,
            organisation_id=body_id,
            facts=facts,
        )

    def _decide(
        self, entry: CreditEntry, place: int, verdict: Verdict, at: datetime, actor_of: Callable[[int], int]
    ) -> CreditDecision:
        body = {Verdict.APPROVED: entry.auditor_id, Verdict.RETURNED: entry.auditor_id, Verdict.RESUBMITTED: None}
        office = body.get(verdict, entry.bureau_id)
        code, text = _REASONS.get(verdict, ("", ""))
        decision = CreditDecision(
            pk=self.number(CreditDecision),
            entry_id=entry.pk,
            sequence=place,
            verdict=verdict,
            actor_id=entry.person_id if office is None else actor_of(office),
            organisation_id=office,
            reason_code=str(code),
            reason_text=text,
            decided_at=at,
        )
        self.add(decision)
        self._act(
            at,
            ledger_links.of_decision(decision, person_id=entry.person_id),
            action=f"credit.{verdict}",
            subject=f"credit_entry:{entry.pk}",
            actor_id=decision.actor_id,
            organisation_id=office,
            facts={"sequence": place, "reason_code": str(code), "reason_text": text},
        )
        return decision

    def _reverse(self, entry: CreditEntry, decision: CreditDecision) -> None:
        reversal = reversals.reversal_of(entry, now=decision.decided_at)
        reversal.pk = self.number(CreditEntry)
        self.add(CreditStanding(entry_id=reversal.pk, state="reversed", holder_id=None, since=decision.decided_at))
        self._earn(reversal, actor_id=decision.actor_id, body_id=entry.bureau_id)

    def page(
        self,
        person: Person,
        record: AnnualRecord,
        entries: Sequence[CreditEntry],
        *,
        employer: Organisation | None,
        code: str,
        by_id: int,
        at: datetime,
    ) -> None:
        """Open the person's book and issue the year's page over these entries."""
        bureau = entries[0].bureau
        book = CertificateBook(
            pk=self.number(CertificateBook),
            person=person,
            number=certificates.book_number(bureau, person.pk),
            opened_at=at,
        )
        facts = certificate_facts.facts_from(
            person=person,
            record=record,
            bureau=bureau,
            book=book,
            edition=1,
            employer=employer,
            entries=entries,
            now=at,
        )
        page = certificates.signed_page(
            facts=facts, book=book, record=record, bureau=bureau, by=Person(pk=by_id), now=at, code=code
        )
        page.pk = self.number(Certificate)
        self.add(book)
        self.add(page)
        self._act(
            at,
            ledger_links.of_issue(page, person_id=person.pk),
            action="certificate.issue",
            subject=f"certificate:{page.pk}",
            actor_id=by_id,
            organisation_id=bureau.pk,
            facts={"serial": page.serial, "digest": page.digest},
        )

    def _act(self, at: datetime, link: Linked, **line: Any) -> None:
        self._acts[link.person_id].append(_Act(at, link, line))

    def write(self, now: datetime) -> int:
        """Write everything, each person's acts in the order of their times; return how many rows."""
        acts = [act for of_one in self._acts.values() for act in sorted(of_one, key=lambda act: act.at)]
        self.held[LedgerLink] = ledger_links.hung([act.link for act in acts], ends={}, now=now)
        lines = [*({"now": act.at} | act.line for act in acts), *self._lines]
        self.held[AuditLogEntry] = [audit_log.line_after(self.head, **line) for line in lines]
        written = sum(rows.write(self.held[table]) for table in TABLES)
        audit_log.store_head(self.head)
        rows.follow(table for table in NUMBERED if self.held[table])
        return written


def entry_of(person: Person, record: AnnualRecord, claim: Claim, **facts: Any) -> CreditEntry:
    """Return claimed hours as an entry with its digest, not saved."""
    entry = CreditEntry(
        person_id=person.pk,
        year=record.year,
        kind=CreditEntry.Kind.CLAIMED,
        title_zh=claim.facts["title_zh"],
        title_en=claim.facts["title_en"],
        subject_kind=claim.facts["subject_kind"],
        centihours=claim.facts["centihours"],
        auditor=claim.auditor,
        bureau=claim.bureau,
        requirement_id=record.requirement_id,
        earned_at=claim.earned_at,
        **facts,
    )
    entry.digest = digest_of(credits.facts_of(entry))
    return entry
