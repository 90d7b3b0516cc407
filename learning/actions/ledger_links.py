"""Links: what an act wrote hangs on its person's chain, in the transaction of the act.

The head of the audit log is the one lock: whoever holds it links and logs, so numbers and
sequences leave no gap, and no second lock can be taken in another order. Call this where the act
would log, right before it. Source: RELIABILITY I4; docs/decisions/0012.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from learning.actions import audit_log, rule_words
from learning.models import (
    Certificate,
    CreditDecision,
    CreditEntry,
    LedgerLink,
    LedgerRoot,
    ProofFile,
    RuleSet,
    SignedPage,
)
from learning.rules.daily_root import day_start_ms
from learning.rules.digests import digest_of, instant
from learning.rules.ledger_chain import GENESIS, LinkFacts, LinkKind


@dataclass(frozen=True, slots=True)
class Linked:
    """A row to hang on its person's chain, or on the house's (None), and what it says as a digest."""

    person_id: int | None
    kind: LinkKind
    subject_id: int
    digest: str


def append(item: Linked, *, now: datetime) -> None:
    """Hang one row on its person's chain."""
    append_many([item], now=now)


@transaction.atomic
def append_many(items: Sequence[Linked], *, now: datetime) -> None:
    """Hang rows on their people's chains, in this order: five statements, however many rows.

    A few thousand at a time; the log's head stays locked until the transaction ends. The time of a
    link is raised to the last one's and out of signed days, so that a day's links are one range.
    """
    if not items:
        return
    audit_log.lock_head()
    people = {item.person_id for item in items}
    ends: dict[int | None, tuple[int, str]] = {
        person_id: (sequence, head)
        for person_id, sequence, head in LedgerLink.objects.ends_of(people).values_list("person_id", "sequence", "head")
    }
    LedgerLink.objects.bulk_create(hung(items, ends=ends, now=now))


def hung(items: Iterable[Linked], *, ends: dict[int | None, tuple[int, str]], now: datetime) -> list[LedgerLink]:
    """Return the links of these rows, not saved; the caller holds the log's head.

    `ends`: the last sequence and head of the chains of those who have one; it moves on with the links.
    """
    last, last_ms = LedgerLink.objects.order_by("-number").values_list("number", "linked_ms").first() or (0, 0)
    linked_ms = max(int(now.timestamp() * 1_000), last_ms, _open_ms())
    links = []
    for number, item in enumerate(items, start=last + 1):
        sequence, head = ends.get(item.person_id, (0, GENESIS))
        link = _link(item, number=number, sequence=sequence + 1, previous=head, linked_ms=linked_ms)
        ends[item.person_id] = (link.sequence, link.head)
        links.append(link)
    return links


def holds(item: Linked) -> bool:
    """Say whether the row, as it stands, is what its link holds fast."""
    chain = LedgerLink.objects.on_chain_of(item.person_id)
    return chain.filter(kind=item.kind, subject_id=item.subject_id, digest=item.digest).exists()


def _open_ms() -> int:
    """Return the first instant that no signed day covers."""
    closed_on = LedgerRoot.objects.order_by("-day").values_list("day", flat=True).first()
    return day_start_ms(closed_on + timedelta(days=1)) if closed_on else 0


def _link(item: Linked, *, number: int, sequence: int, previous: str, linked_ms: int) -> LedgerLink:
    facts = LinkFacts(number, item.person_id, sequence, item.kind, item.subject_id, item.digest, linked_ms)
    return LedgerLink(
        number=number,
        person_id=item.person_id,
        sequence=sequence,
        kind=item.kind,
        subject_id=item.subject_id,
        digest=item.digest,
        head=facts.head_after(previous),
        linked_ms=linked_ms,
    )


def of_entry(entry: CreditEntry) -> Linked:
    """Return the link of an entry: its own digest."""
    return Linked(entry.person_id, LinkKind.ENTRY, entry.pk, entry.digest)


def of_decision(decision: CreditDecision, *, person_id: int) -> Linked:
    """Return the link of a decision on the person's entry: every column of it."""
    facts = {
        "entry": decision.entry_id,
        "sequence": decision.sequence,
        "verdict": str(decision.verdict),
        "actor": decision.actor_id,
        "organisation": decision.organisation_id,
        "reason_code": decision.reason_code,
        "reason_text": decision.reason_text,
        "decided_at": instant(decision.decided_at),
    }
    return Linked(person_id, LinkKind.DECISION, decision.pk, digest_of(facts))


def of_issue(certificate: Certificate, *, person_id: int) -> Linked:
    """Return the link of a page as issued: its facts' digest, the signature, and who issued it."""
    facts = {
        "record": certificate.record_id,
        "book": certificate.book_id,
        "year": certificate.year,
        "serial": certificate.serial,
        "code": certificate.code,
        "digest": certificate.digest,
        "signature": certificate.signature,
        "issuer": certificate.issuer_id,
        "issued_by": certificate.issued_by_id,
        "issued_at": instant(certificate.issued_at),
    }
    return Linked(person_id, LinkKind.ISSUE, certificate.pk, digest_of(facts))


def of_replacement(
    certificate: Certificate, *, fresh: Certificate, reason: str, now: datetime, person_id: int
) -> Linked:
    """Return the link of a page's end, another standing for it."""
    facts = {"replaced_by": fresh.pk, "reason": reason, "replaced_at": instant(now)}
    return Linked(person_id, LinkKind.REPLACEMENT, certificate.pk, digest_of(facts))


def of_revocation(certificate: Certificate, *, reason: str, now: datetime, person_id: int) -> Linked:
    """Return the link of a page's end, none standing for it."""
    facts = {"reason": reason, "revoked_at": instant(now)}
    return Linked(person_id, LinkKind.REVOCATION, certificate.pk, digest_of(facts))


def of_file(page: SignedPage, *, person_id: int) -> Linked:
    """Return the link of a signed PDF: every column of its row, the digest of the whole file among them."""
    facts = {
        "certificate": page.certificate_id,
        "name": page.name,
        "digest": page.digest,
        "size_bytes": page.size_bytes,
        "signer": page.signer,
        "signed_at": instant(page.signed_at),
    }
    return Linked(person_id, LinkKind.FILE, page.pk, digest_of(facts))


def of_proof(proof: ProofFile, *, person_id: int) -> Linked:
    """Return the link of a file of proof: every column of its row, the digest of the whole file among them."""
    facts = {
        "asked": proof.asked_id,
        "title": proof.title,
        "name": proof.name,
        "kind": str(proof.kind),
        "digest": proof.digest,
        "sent_digest": proof.sent_digest,
        "size_bytes": proof.size_bytes,
        "sent_at": instant(proof.sent_at),
        "handed_in_at": instant(proof.handed_in_at),
    }
    return Linked(person_id, LinkKind.PROOF, proof.pk, digest_of(facts))


def of_rule_set(rule_set: RuleSet) -> Linked:
    """Return the link of an issued set: all it says as one digest, and who said so when. It is the house's."""
    times = {name: getattr(rule_set, name) for name in ("drafted_at", "submitted_at", "issued_at")}
    facts = {
        "digest": rule_words.digest(rule_set),
        "drafted_by": rule_set.drafted_by_id,
        "issued_by": rule_set.issued_by_id,
        **{name: at and instant(at) for name, at in times.items()},
    }
    return Linked(None, LinkKind.RULE_SET, rule_set.pk, digest_of(facts))
