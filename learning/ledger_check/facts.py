"""What the digests of entries, decisions and certificates cover. Written here a second time on purpose."""

from learning.ledger_check.canonical import utc
from learning.models import Certificate, CreditDecision, CreditEntry

Facts = dict[str, object]


def of_entry(entry: CreditEntry) -> Facts:
    """Return what an entry's own digest covers."""
    return {
        "person": entry.person_id,
        "year": entry.year,
        "kind": entry.kind,
        "source_key": entry.source_key,
        "subject_kind": entry.subject_kind,
        "centihours": entry.centihours,
        "auditor": entry.auditor_id,
        "bureau": entry.bureau_id,
        "requirement": entry.requirement_id,
        "evidence": entry.evidence_digest,
        "earned_at": utc(entry.earned_at),
    }


def of_decision(decision: CreditDecision) -> Facts:
    """Return what a decision's link holds."""
    return {
        "entry": decision.entry_id,
        "sequence": decision.sequence,
        "verdict": decision.verdict,
        "actor": decision.actor_id,
        "organisation": decision.organisation_id,
        "reason_code": decision.reason_code,
        "reason_text": decision.reason_text,
        "decided_at": utc(decision.decided_at),
    }


def of_issue(page: Certificate) -> Facts:
    """Return what the link of a page's issue holds."""
    return {
        "record": page.record_id,
        "book": page.book_id,
        "year": page.year,
        "serial": page.serial,
        "code": page.code,
        "digest": page.digest,
        "signature": page.signature,
        "issuer": page.issuer_id,
        "issued_by": page.issued_by_id,
        "issued_at": utc(page.issued_at),
    }


def of_replacement(page: Certificate) -> Facts | None:
    """Return what the link of a page's replacement holds; None: it was not replaced."""
    if page.replaced_at is None:
        return None
    return {
        "replaced_by": page.replaced_by_id,
        "reason": page.replacement_reason,
        "replaced_at": utc(page.replaced_at),
    }


def of_revocation(page: Certificate) -> Facts | None:
    """Return what the link of a page's revocation holds; None: it was not revoked."""
    if page.revoked_at is None:
        return None
    return {"reason": page.revocation_reason, "revoked_at": utc(page.revoked_at)}
