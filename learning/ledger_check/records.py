"""Annual records: the sums added up again from entries and their decisions, the state judged again."""

from collections import Counter

from learning.ledger_check.decisions import state_of
from learning.ledger_check.findings import Findings
from learning.models import AnnualRecord, Certificate, CreditEntry, Requirement

PENDING = {"earned", "audited", "returned"}
Sums = dict[tuple[int, int], Counter[str]]


def check(findings: Findings, *, year: int | None) -> None:
    """Recompute every record of the year, or of all years."""
    sums, corrected = _sums(year)
    certified = set(Certificate.objects.values_list("record_id", flat=True))
    records = AnnualRecord.objects.select_related("requirement").order_by("pk")
    if year is not None:
        records = records.filter(year=year)
    for record in records.iterator(chunk_size=2_000):
        findings.looked_at("annual records")
        subject = f"record {record.pk} (person {record.person_id}, {record.year})"
        held = sums.pop((record.person_id, record.year), Counter())
        for name in ("confirmed_public", "confirmed_professional", "pending_public", "pending_professional"):
            stored = getattr(record, f"{name}_centihours")
            findings.compare(subject, f"{name}_centihours", stored=stored, expected=held[name])
        findings.compare(subject, "year of the requirement", stored=record.requirement.year, expected=record.year)
        is_corrected = (record.person_id, record.year) in corrected
        _check_state(findings, subject, record, held, is_corrected=is_corrected)
        findings.compare(
            subject, "has a certificate", stored=record.pk in certified, expected=record.state == "confirmed"
        )
    for person, of_year in sums:
        findings.note(f"person {person}", f"has credit but no record of {of_year}")


def _sums(year: int | None) -> tuple[Sums, set[tuple[int, int]]]:
    """Return the hours by person and year, and which years hold a correction."""
    entries = CreditEntry.objects.order_by("pk")
    if year is not None:
        entries = entries.filter(year=year)
    sums: Sums = {}
    corrected: set[tuple[int, int]] = set()
    for entry in entries.prefetch_related("decisions").iterator(chunk_size=2_000):
        key = (entry.person_id, entry.year)
        held = sums.setdefault(key, Counter())
        state = state_of(sorted(entry.decisions.all(), key=lambda decision: decision.sequence))
        if state == "confirmed" or state in PENDING:
            held[f"{'confirmed' if state == 'confirmed' else 'pending'}_{entry.subject_kind}"] += entry.centihours
        if entry.kind == "reversal":
            corrected.add(key)
    return sums, corrected


def _check_state(
    findings: Findings, subject: str, record: AnnualRecord, held: Counter[str], *, is_corrected: bool
) -> None:
    is_met = _is_met(record.requirement, held)
    if record.state == "open":
        findings.require(subject, "is open though its requirement is met", holds=not is_met)
    elif not is_corrected:
        findings.require(subject, f"is {record.state} though its requirement is not met", holds=is_met)


def _is_met(requirement: Requirement, held: Counter[str]) -> bool:
    public, professional = held["confirmed_public"], held["confirmed_professional"]
    total = public + professional
    # Compared crosswise: professional / total asked >= numerator / denominator.
    share_is_met = (
        professional * requirement.professional_share_denominator
        >= requirement.total_centihours * requirement.professional_share_numerator
    )
    return total >= requirement.total_centihours and public >= requirement.public_centihours and share_is_met
