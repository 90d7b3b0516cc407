"""Annual records: the sums added up again from entries and their decisions, the state judged again."""

from collections import Counter
from datetime import datetime

from learning.ledger_check import unstudied
from learning.ledger_check.decisions import state_of
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import AnnualRecord, AuditLogEntry, Certificate, CreditEntry, Requirement

PENDING = {"earned", "audited", "returned"}
SUMS = [
    f"{what}_{kind}" for what in ("confirmed", "pending", "waived", "carried") for kind in ("public", "professional")
]
Sums = dict[tuple[int, int], Counter[str]]


def check(findings: Findings, scope: Scope) -> None:
    """Recompute every record in scope."""
    sums = _sums(scope)
    pages = scope.of(Certificate.objects.order_by("pk"), person="book__person_id")
    closed = _closed()
    certified = dict(pages.values_list("record_id", "issued_at"))
    valid = set(pages.filter(replaced_at=None, revoked_at=None).values_list("record_id", flat=True))
    records = scope.of(AnnualRecord.objects.select_related("requirement").order_by("pk"), person="person_id")
    for record in records.iterator(chunk_size=2_000):
        findings.looked_at("annual records")
        subject = f"record {record.pk} (person {record.person_id}, {record.year})"
        held = sums.pop((record.person_id, record.year), Counter())
        for name in SUMS:
            stored = getattr(record, f"{name}_centihours")
            findings.compare(subject, f"{name}_centihours", stored=stored, expected=held[name])
        findings.compare(subject, "year of the requirement", stored=record.requirement.year, expected=record.year)
        # A year met again after a reversal has pages from before; they are no pages of this time.
        issued_at = certified.get(record.pk) if record.state == "confirmed" else None
        _check_times(findings, subject, record, issued_at)
        _check_state(findings, subject, record, held)
        _check_closed(findings, subject, record, closed.get(record.pk))
        # A page that was revoked leaves the year as it was, or open again when hours were reversed.
        has_page = record.pk in (certified if record.state == "confirmed" else valid)
        findings.compare(subject, "has a certificate", stored=has_page, expected=record.state == "confirmed")
    for person, of_year in sums:
        findings.note(f"person {person}", f"has credit but no record of {of_year}")


def _sums(scope: Scope) -> Sums:
    """Return the hours by person and year."""
    entries = scope.of(CreditEntry.objects.order_by("pk"), person="person_id")
    sums: Sums = {}
    for entry in entries.prefetch_related("decisions").iterator(chunk_size=2_000):
        key = (entry.person_id, entry.year)
        held = sums.setdefault(key, Counter())
        if entry.kind == "reversal":
            continue
        state = state_of(sorted(entry.decisions.all(), key=lambda decision: decision.sequence), kind=entry.kind)
        if state == "confirmed":
            held[f"confirmed_{entry.subject_kind}"] += entry.centihours
            if entry.kind in unstudied.KINDS:
                held[f"{entry.kind}_{entry.subject_kind}"] += entry.centihours
        elif state in PENDING and entry.kind not in unstudied.KINDS:
            held[f"pending_{entry.subject_kind}"] += entry.centihours
    return sums


def _check_times(findings: Findings, subject: str, record: AnnualRecord, issued_at: datetime | None) -> None:
    """Require that a year was met, then registered, then certified."""
    if record.met_at is None:
        return
    times = [at for at in (record.met_at, record.confirmed_at, issued_at) if at is not None]
    findings.require(subject, "was registered or certified before it was met", holds=times == sorted(times))


def _check_state(findings: Findings, subject: str, record: AnnualRecord, held: Counter[str]) -> None:
    is_met = _is_met(record.requirement, held)
    if record.state == "open":
        findings.require(subject, "is open though its requirement is met", holds=not is_met)
    else:
        findings.require(subject, f"is {record.state} though its requirement is not met", holds=is_met)


def _closed() -> dict[int, datetime | None]:
    """Return when each year was closed last, by the audit log; None: it is to be closed once more."""
    lines = AuditLogEntry.objects.filter(action__in=["year.close", "year.close_again"]).order_by("sequence")
    told = lines.values_list("action", "facts__records", "at").iterator(chunk_size=500)
    return {record: at if action == "year.close" else None for action, records, at in told for record in records}


def _check_closed(findings: Findings, subject: str, record: AnnualRecord, at: datetime | None) -> None:
    """Require that the year was closed when the log says."""
    findings.compare(subject, "closed_at", stored=record.closed_at, expected=at)


def _is_met(requirement: Requirement, held: Counter[str]) -> bool:
    public, professional = held["confirmed_public"], held["confirmed_professional"]
    total = public + professional
    # Compared crosswise: professional / total asked >= numerator / denominator.
    share_is_met = (
        professional * requirement.professional_share_denominator
        >= requirement.total_centihours * requirement.professional_share_numerator
    )
    return total >= requirement.total_centihours and public >= requirement.public_centihours and share_is_met
