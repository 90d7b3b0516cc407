"""What the digests of entries and of links cover. Written here a second time on purpose."""

from datetime import datetime

from django.db.models import Model

from learning.ledger_check.canonical import sha256_of, utc
from learning.models import Certificate, CreditDecision, CreditEntry, ProofFile, Requirement, RuleSet, SignedPage

Facts = dict[str, object]

#: What a rule set states for each title level, beside the share and the article.
FIGURES = (
    "total_centihours",
    "public_centihours",
    "cutoff_on",
    "hour_seconds",
    "rounding_centihours",
    "daily_cap_centihours",
    "lesson_slack_s",
    "first_rate_percent",
    "review_rate_percent",
    "has_presence_checks",
    "check_min_s",
    "check_max_s",
    "check_answer_s",
    "missed_check",
    "asks_content_questions",
    "counts_hidden",
    "counts_picture_in_picture",
)
#: What it may state beside these, and what holds where it says nothing: only another value is words of its own.
LATER_FIGURES = {
    "grace_days": None,
    "makeup_until_on": None,
    "carry_public_centihours": 0,
    "carry_professional_centihours": 0,
    "prorates_part_year": False,
    "leave_from_months": None,
    "leave_whole_months": None,
    "at_risk_weekly_centihours": 800,
    "second_officer_above": 50,
    "audit_working_days": 5,
    "confirm_working_days": 10,
}


def of_entry(entry: CreditEntry) -> Facts:
    """Return what an entry's own digest covers."""
    columns = ("person_id", "year", "kind", "source_key", "subject_kind", "centihours")
    offices = ("auditor_id", "bureau_id", "requirement_id", "earned_at")
    return _told(entry, *columns, *offices) | {"evidence": entry.evidence_digest}


def of_decision(decision: CreditDecision) -> Facts:
    """Return what a decision's link holds."""
    what = ("entry_id", "sequence", "verdict", "reason_code", "reason_text")
    return _told(decision, *what, "actor_id", "organisation_id", "decided_at")


def of_issue(page: Certificate) -> Facts:
    """Return what the link of a page's issue holds."""
    what = ("record_id", "book_id", "year", "serial", "code", "digest", "signature")
    return _told(page, *what, "issuer_id", "issued_by_id", "issued_at")


def of_replacement(page: Certificate) -> Facts | None:
    """Return what the link of a page's replacement holds; None: it was not replaced."""
    if page.replaced_at is None:
        return None
    return _told(page, "replaced_by_id", "replaced_at") | {"reason": page.replacement_reason}


def of_revocation(page: Certificate) -> Facts | None:
    """Return what the link of a page's revocation holds; None: it was not revoked."""
    return None if page.revoked_at is None else _told(page, "revoked_at") | {"reason": page.revocation_reason}


def of_file(page: SignedPage) -> Facts:
    """Return what a signed file's link holds."""
    return _told(page, "certificate_id", "name", "digest", "size_bytes", "signer", "signed_at")


def of_proof(proof: ProofFile) -> Facts:
    """Return what the link of a file of proof holds."""
    what = ("asked_id", "title", "name", "kind", "digest", "sent_digest", "size_bytes")
    return _told(proof, *what, "sent_at", "handed_in_at")


def of_rule_set(rule_set: RuleSet) -> Facts:
    """Return what an issued set's link holds."""
    who_and_when = _told(rule_set, "drafted_by_id", "drafted_at", "submitted_at", "issued_by_id", "issued_at")
    return who_and_when | {"digest": sha256_of(words_of_rule_set(rule_set))}


def words_of_rule_set(rule_set: RuleSet) -> Facts:
    """Return all a set says, as its digest covers it."""
    return {
        "region": rule_set.region_id,
        "label": f"{rule_set.year}-{rule_set.version}",
        "effective_on": rule_set.effective_on.isoformat(),
        "source": rule_set.source,
        "accounting": rule_set.accounting,
        "point_centihours": rule_set.point_centihours or 0,
        "rows": {row.title_level: _words_of_level(row) for row in rule_set.requirements.all()},
    }


def _words_of_level(row: Requirement) -> Facts:
    """Return each figure with the region that states it."""
    later = [name for name, unsaid in LATER_FIGURES.items() if getattr(row, name) != unsaid]
    values = {name: str(getattr(row, name)) for name in (*FIGURES, *later)}
    values["professional_share"] = f"({row.professional_share_numerator}, {row.professional_share_denominator})"
    figures: Facts = {name: [value, row.inherited.get(name, row.region_id)] for name, value in values.items()}
    return figures | {"article": [row.article_zh, row.article_en]}


def _told(row: Model, *columns: str) -> Facts:
    """Return these columns by name, a key without its "_id", an instant as digests hold it."""
    values = {column.removesuffix("_id"): getattr(row, column) for column in columns}
    return {name: utc(value) if isinstance(value, datetime) else value for name, value in values.items()}
