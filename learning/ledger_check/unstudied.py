"""Hours nobody studied: waived ones worked out again from leave and rule, carried ones from the year before.

Its own arithmetic of months, twelfths and surplus, on purpose.
"""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta

from learning.ledger_check.canonical import sha256_of
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import CreditEntry, Evidence, Requirement

KINDS = frozenset({"carried", "waived"})
YEAR = 12


def check_waived(findings: Findings, subject: str, entry: CreditEntry, evidence: list[Evidence]) -> None:
    """Work out again what the leave that was proved is worth."""
    findings.compare(subject, "enrolment", stored=entry.enrolment_id, expected=None)
    findings.compare(subject, "audited by", stored=entry.auditor_id, expected=entry.bureau_id)
    if [item.kind for item in evidence] != ["waiver"]:
        findings.note(subject, "does not rest on exactly one leave")
        return
    (asked,) = evidence
    name, said = f"evidence {asked.pk}", asked.facts
    findings.compare(name, "digest", stored=asked.digest, expected=sha256_of({"person": asked.person_id, **said}))
    key = f"waiver:{asked.digest}:{entry.subject_kind}"
    # Judged again, it has the next key; which one, `entries` asks.
    findings.compare(subject, "source_key", stored=entry.source_key.partition("#")[0], expected=key)
    findings.compare(name, "year", stored=said.get("year"), expected=entry.year)
    first, last = date.fromisoformat(said["from_on"]), date.fromisoformat(said["to_on"])
    is_within = first.year == last.year == entry.year and first <= last
    findings.require(name, f"is of {first} to {last}, which is not within {entry.year}", holds=is_within)
    months, parts = _months(first, last), said["twelfths"]
    findings.compare(name, "months", stored=said["months"], expected=months)
    most = _twelfths(entry.requirement, said["ground"], months)
    findings.require(name, f"waives {parts} twelfths, the rule gives {most}", holds=0 < parts <= most)
    worth = _worth(entry.requirement, entry.subject_kind, parts)
    findings.compare(subject, "centihours", stored=entry.centihours, expected=worth)


def _months(first: date, last: date) -> int:
    """Count the months whose every day lies in between, each beginning on the first one's day."""
    count = 0
    while _months_after(first, count + 1) <= last + timedelta(days=1):
        count += 1
    return count


def _months_after(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, YEAR)
    day = min(first.day, monthrange(first.year + years, month + 1)[1])
    return date(first.year + years, month + 1, day)


def _twelfths(requirement: Requirement, ground: str, months: int) -> int:
    if ground == "part_year":
        return min(months, YEAR) if requirement.prorates_part_year else 0
    least, whole = requirement.leave_from_months, requirement.leave_whole_months
    if least is None or months < least:
        return 0
    return YEAR if whole is not None and months >= whole else min(months, YEAR)


def _worth(requirement: Requirement, subject_kind: str, parts: int) -> int:
    """Return the hours of so many twelfths; those no test asks for go where there is none, else to professional."""
    total, public = requirement.total_centihours, requirement.public_centihours
    least = -(-total * requirement.professional_share_numerator // requirement.professional_share_denominator)
    if public == 0 and least:
        public = total - least
    whole = public if subject_kind == "public" else total - public
    if parts == YEAR:
        return whole
    step = requirement.rounding_centihours
    return whole * parts // (YEAR * step) * step


def check_carried(findings: Findings, subject: str, entry: CreditEntry, evidence: list[Evidence]) -> None:
    """Require that the entry says of which year it is, and rests on nothing else."""
    findings.compare(subject, "enrolment", stored=entry.enrolment_id, expected=None)
    findings.compare(subject, "audited by", stored=entry.auditor_id, expected=entry.bureau_id)
    findings.compare(subject, "evidence", stored=[item.pk for item in evidence], expected=[])
    start = f"carried:{entry.year - 1}:{entry.subject_kind}:"
    is_named = entry.source_key.startswith(start)
    findings.require(subject, f"source_key is {entry.source_key}, not {start}…", holds=is_named)


def check_years(findings: Findings, scope: Scope) -> None:
    """Require that no year waives more than itself, and gives the next no more than its surplus, by subject."""
    parts: Counter[tuple[int, int]] = Counter()
    asked: set[int] = set()
    entries = scope.of(CreditEntry.objects.filter(kind__in=KINDS).order_by("pk"), person="person_id")
    rows = entries.select_related("person", "standing").prefetch_related("evidence")
    for entry in rows.iterator(chunk_size=500):
        if entry.standing.state in {"rejected", "reversed"}:
            continue
        if entry.kind == "carried":
            _check_surplus(findings, entry)
            continue
        for item in entry.evidence.all():
            if item.pk not in asked:
                asked.add(item.pk)
                parts[entry.person_id, entry.year] += item.facts["twelfths"]
    for (person, year), count in parts.items():
        findings.require(f"person {person}", f"has {count} twelfths of {year} waived", holds=count <= YEAR)


def _check_surplus(findings: Findings, entry: CreditEntry) -> None:
    subject, year = f"entry {entry.pk}", entry.year - 1
    record = entry.person.annual_records.filter(year=year).select_related("requirement").first()
    if record is None or record.state == "open":
        findings.note(subject, f"is carried over from {year}, which was not met")
        return
    studied: Counter[str] = Counter()
    own = CreditEntry.objects.filter(
        person_id=entry.person_id, year=year, kind__in=["earned", "claimed"], standing__state="confirmed"
    )
    for kind, centihours in own.values_list("subject_kind", "centihours"):
        studied[kind] += centihours
    spare = _spare(record.requirement, studied)[entry.subject_kind]
    twins = CreditEntry.objects.filter(
        person_id=entry.person_id,
        year=entry.year,
        kind="carried",
        subject_kind=entry.subject_kind,
        standing__state="confirmed",
    )
    given = sum(twins.values_list("centihours", flat=True))
    findings.require(subject, f"carries {given} over, {year} had {spare} to spare", holds=0 < given <= spare)


def _spare(rule: Requirement, studied: Counter[str]) -> dict[str, int]:
    """Return what may leave the year by subject, professional hours first, without its tests failing."""
    least = -(-rule.total_centihours * rule.professional_share_numerator // rule.professional_share_denominator)
    over = studied["public"] + studied["professional"] - rule.total_centihours
    tests = (studied["public"] - rule.public_centihours, studied["professional"] - least)
    if min(over, *tests) < 0:
        return {"public": 0, "professional": 0}
    professional = min(over, tests[1], rule.carry_professional_centihours)
    public = min(over - professional, tests[0], rule.carry_public_centihours)
    return {"public": public, "professional": professional}
