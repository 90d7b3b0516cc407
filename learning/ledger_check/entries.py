"""Credit entries: each recomputed from its evidence, its edition and its decisions."""

from datetime import datetime

from django.db.models import Count

from learning.ledger_check import chunks, facts, unstudied
from learning.ledger_check.canonical import sha256_of, sha256_of_lines
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry, CreditDecision, CreditEntry, Edition, Evidence
from learning.models.credit import CreditEntryEvidence

#: What a reversal has of the entry it takes back, and a restored entry of the one it stands for.
REVERSED = (
    "person_id",
    "year",
    "subject_kind",
    "title_zh",
    "title_en",
    "auditor_id",
    "bureau_id",
    "requirement_id",
)
RESTORED = (*REVERSED, "kind", "centihours", "enrolment_id", "evidence_digest", "earned_at")


def check(findings: Findings, scope: Scope) -> None:
    """Recompute every entry in scope."""
    related = ("enrolment__edition", "reverses", "restores__reverses", "auditor", "bureau", "requirement")
    entries = scope.of(CreditEntry.objects.select_related(*related).order_by("pk"), person="person_id")
    lines = AuditLogEntry.objects.filter(action="credit.earn", sequence__gt=scope.after_line)
    logged = {subject: (digest, at) for subject, digest, at in lines.values_list("subject", "facts__digest", "at")}
    for chunk in chunks.lines(scope):
        for number, digest in chunk.facts.get("entries", ()):
            logged[f"credit_entry:{number}"] = (digest, chunk.at)
    new = scope.new_subjects("entry")
    for entry in entries.prefetch_related("enrolment__edition__lessons").iterator(chunk_size=500):
        findings.looked_at("credit entries")
        subject = f"entry {entry.pk}"
        evidence = _evidence_of(entry)
        findings.looked_at("evidence", len(evidence))
        _check_digests(findings, subject, entry, evidence)
        _check_offices(findings, subject, entry)
        if new is None or entry.pk in new:
            _check_act(findings, subject, entry, evidence, logged.get(f"credit_entry:{entry.pk}"))
        if entry.kind == "earned":
            _check_earned(findings, subject, entry, evidence)
        elif entry.kind == "claimed":
            _check_claimed(findings, subject, entry, evidence)
        elif entry.kind == "waived":
            unstudied.check_waived(findings, subject, entry, evidence)
        elif entry.kind == "carried":
            unstudied.check_carried(findings, subject, entry, evidence)
        else:
            _check_reversal(findings, subject, entry)
        _check_restored(findings, subject, entry)
    _check_counted_once(findings)
    unstudied.check_years(findings, scope)


def _check_act(
    findings: Findings, subject: str, entry: CreditEntry, evidence: list[Evidence], line: tuple[str, datetime] | None
) -> None:
    """Compare the entry with its line in the audit log; no evidence is younger than that."""
    findings.compare(subject, "digest in the audit log", stored=line[0] if line else None, expected=entry.digest)
    for item in evidence if line else ():
        is_older = line is not None and item.recorded_at <= line[1]
        findings.require(f"evidence {item.pk}", f"is younger than the act of {subject}", holds=is_older)


def _check_counted_once(findings: Findings) -> None:
    """No evidence carries two entries that count, or may yet (I2); what was reversed counts no more.

    What was waived is named once a subject by its own key.
    """
    counting = CreditEntryEvidence.objects.exclude(entry__kind__in=["reversal", "waived"]).exclude(
        entry__in=CreditDecision.objects.filter(verdict="reversed").values("entry_id")
    )
    twice = counting.values("evidence_id").order_by("evidence_id")
    for evidence_id, count in twice.annotate(count=Count("pk")).filter(count__gt=1).values_list("evidence_id", "count"):
        findings.note(f"evidence {evidence_id}", f"carries {count} entries")


def _check_offices(findings: Findings, subject: str, entry: CreditEntry) -> None:
    """Require that a base or department audits, a bureau confirms, and the rule is that of the entry's year.

    What nobody studied is the bureau's alone.
    """
    is_alone = entry.auditor_id == entry.bureau_id and entry.kind in unstudied.KINDS | {"reversal"}
    findings.require(
        subject,
        f"is audited by a {entry.auditor.kind} and confirmed by a {entry.bureau.kind}",
        holds=(entry.auditor.kind in {"base", "department"} or is_alone) and entry.bureau.kind == "bureau",
    )
    findings.compare(subject, "year of the requirement", stored=entry.requirement.year, expected=entry.year)


def _evidence_of(entry: CreditEntry) -> list[Evidence]:
    links = CreditEntryEvidence.objects.filter(entry_id=entry.pk).order_by("evidence_id").select_related("evidence")
    return [link.evidence for link in links]


def _check_digests(findings: Findings, subject: str, entry: CreditEntry, evidence: list[Evidence]) -> None:
    expected = sha256_of_lines([item.digest for item in evidence])
    findings.compare(subject, "digest of the evidence", stored=entry.evidence_digest, expected=expected)
    findings.compare(subject, "digest", stored=entry.digest, expected=sha256_of(facts.of_entry(entry)))
    for item in evidence:
        findings.compare(f"evidence {item.pk}", "person", stored=item.person_id, expected=entry.person_id)
        findings.require(
            f"evidence {item.pk}",
            f"is younger than entry {entry.pk} that rests on it",
            holds=item.recorded_at <= entry.earned_at or entry.kind == "claimed",
        )


def _check_earned(findings: Findings, subject: str, entry: CreditEntry, evidence: list[Evidence]) -> None:
    enrolment = entry.enrolment
    if enrolment is None:
        findings.note(subject, "has no enrolment")
        return
    edition = enrolment.edition
    expected = {
        "person_id": enrolment.person_id,
        "year": enrolment.year,
        "requirement_id": enrolment.requirement_id,
        "title_zh": edition.title_zh,
        "title_en": edition.title_en,
        "subject_kind": edition.subject_kind,
        "centihours": edition.approved_centihours,
        "auditor_id": edition.base_id,
    }
    for name, value in expected.items():
        findings.compare(subject, name, stored=getattr(entry, name), expected=value)
    findings.compare(subject, "source_key", stored=_first_key(entry), expected=f"course:{edition.course_key}")
    findings.compare(f"enrolment {enrolment.pk}", "status", stored=enrolment.status, expected="credited")
    for item in evidence:
        findings.compare(f"evidence {item.pk}", "enrolment", stored=item.enrolment_id, expected=enrolment.pk)
    _check_watched(findings, subject, edition, evidence)
    if edition.exam_required:
        _check_passed(findings, subject, edition, evidence)


def _check_watched(findings: Findings, subject: str, edition: Edition, evidence: list[Evidence]) -> None:
    watched = {item.lesson_id: item for item in evidence if item.kind == "watched"}
    for lesson in edition.lessons.all():
        item = watched.pop(lesson.pk, None)
        if item is None:
            findings.note(subject, f"lesson {lesson.number} was not watched")
            continue
        seconds = lesson.duration_ms // 1_000
        needed = max(seconds - edition.lesson_slack_s, 1)
        covered = item.facts.get("covered_s")
        name = f"evidence {item.pk}"
        findings.compare(name, "duration_s", stored=item.facts.get("duration_s"), expected=seconds)
        findings.compare(name, "needed_s", stored=item.facts.get("needed_s"), expected=needed)
        findings.require(
            name,
            f"covered_s is {covered}, outside {needed} to {seconds}",
            holds=isinstance(covered, int) and needed <= covered <= seconds,
        )
    for item in watched.values():
        findings.note(f"evidence {item.pk}", f"is of a lesson outside the edition of {subject}")


def _check_passed(findings: Findings, subject: str, edition: Edition, evidence: list[Evidence]) -> None:
    passed = [item for item in evidence if item.kind == "passed"]
    findings.compare(subject, "number of passed exams", stored=len(passed), expected=1)
    for item in passed:
        name, score = f"evidence {item.pk}", item.facts.get("score_percent")
        mark = edition.pass_mark_percent
        findings.compare(name, "pass_mark_percent", stored=item.facts.get("pass_mark_percent"), expected=mark)
        findings.require(
            name,
            f"score_percent is {score}, outside {mark} to 100",
            holds=isinstance(score, int) and mark <= score <= 100,  # noqa: PLR2004 -- per cent
        )


def _check_claimed(findings: Findings, subject: str, entry: CreditEntry, evidence: list[Evidence]) -> None:
    findings.compare(subject, "enrolment", stored=entry.enrolment_id, expected=None)
    if [item.kind for item in evidence] != ["claimed"]:
        findings.note(subject, "does not rest on exactly one claim")
        return
    (claim,) = evidence
    findings.compare(subject, "source_key", stored=_first_key(entry), expected=f"claim:{claim.digest}")
    for name in ("title_zh", "title_en", "subject_kind", "centihours"):
        findings.compare(subject, name, stored=getattr(entry, name), expected=claim.facts.get(name))


def _check_reversal(findings: Findings, subject: str, entry: CreditEntry) -> None:
    reversed_entry = entry.reverses
    if reversed_entry is None:
        findings.note(subject, "reverses nothing")
        return
    findings.compare(subject, "enrolment", stored=entry.enrolment_id, expected=None)
    for name in REVERSED:
        findings.compare(subject, name, stored=getattr(entry, name), expected=getattr(reversed_entry, name))
    findings.compare(subject, "source_key", stored=entry.source_key, expected=f"reversal:{reversed_entry.pk}")
    findings.compare(subject, "centihours", stored=entry.centihours, expected=-reversed_entry.centihours)
    is_reversed = reversed_entry.decisions.filter(verdict="reversed", decided_at=entry.earned_at).exists()
    findings.require(subject, f"reverses entry {reversed_entry.pk}, which was not decided so", holds=is_reversed)


def _first_key(entry: CreditEntry) -> str:
    """Return the source key without the number of a restored entry."""
    return entry.source_key.partition("#")[0]


def _check_restored(findings: Findings, subject: str, entry: CreditEntry) -> None:
    """Require that what is judged again was reversed before, and is the same but for its key."""
    if entry.restores is None:
        findings.require(
            subject, "has a key of what was restored, but restores nothing", holds="#" not in entry.source_key
        )
        return
    first = entry.restores.reverses
    if first is None:
        findings.note(subject, f"restores entry {entry.restores_id}, which is no reversal")
        return
    for name in RESTORED:
        findings.compare(subject, name, stored=getattr(entry, name), expected=getattr(first, name))
    word, _mark, number = first.source_key.partition("#")
    findings.compare(subject, "source_key", stored=entry.source_key, expected=f"{word}#{int(number or 1) + 1}")
