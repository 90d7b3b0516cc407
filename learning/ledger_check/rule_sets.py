"""Rule sets: what was issued stands as it was signed, by a second officer, and came into force when the log says."""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from learning.ledger_check.canonical import sha256_of
from learning.ledger_check.facts import words_of_rule_set
from learning.ledger_check.findings import Findings
from learning.ledger_check.kinds import issued_rule_sets
from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry, RuleSet

#: What a row repeats of its set.
REPEATED = ("region_id", "year", "version", "source")
Acts = dict[str, AuditLogEntry]


def check(findings: Findings, scope: Scope) -> None:
    """Judge every issued set; they are few, so each run looks at all of them."""
    logged = _logged()
    newest: dict[tuple[str, int], int] = {}
    of_year = {} if scope.year is None else {"year": scope.year}
    for rule_set in issued_rule_sets().filter(**of_year).order_by("-version", "pk"):
        findings.looked_at("rule sets")
        acts = logged.pop(f"rule_set:{rule_set.pk}", {})
        highest = newest.get((rule_set.region_id, rule_set.year), 0)
        if rule_set.in_force_at is not None:
            newest.setdefault((rule_set.region_id, rule_set.year), rule_set.version)
        subject = f"rule set {rule_set.region_id} {rule_set.year}-{rule_set.version}"
        _check_words(findings, subject, rule_set)
        _check_issue(findings, subject, rule_set, acts)
        _check_force(findings, subject, rule_set, acts, is_superseded=rule_set.version < highest)
    for number, acts in logged.items() if scope.year is None else ():
        is_gone = acts.keys() & {"issue", "lay"}
        findings.require(number.replace(":", " number "), "was issued by the audit log but is gone", holds=not is_gone)


def _logged() -> dict[str, Acts]:
    """Return the last line of each kind of act on each set."""
    found: dict[str, Acts] = defaultdict(dict)
    lines = AuditLogEntry.objects.filter(action__startswith="rule_set.").order_by("sequence")
    for line in lines.iterator(chunk_size=2_000):
        found[line.subject][line.action.partition(".")[2]] = line
    return found


def _check_words(findings: Findings, subject: str, rule_set: RuleSet) -> None:
    """Recompute the digest; a set from before there were officers to sign it may have none, but for its link's."""
    if rule_set.digest or rule_set.issued_by_id is not None:
        expected = sha256_of(words_of_rule_set(rule_set))
        findings.compare(subject, "digest", stored=rule_set.digest, expected=expected)
    for row in rule_set.requirements.all():
        name = f"{subject}, {row.title_level}"
        for column in REPEATED:
            findings.compare(name, column, stored=getattr(row, column), expected=getattr(rule_set, column))
        day = rule_set.issued_at and rule_set.issued_at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
        findings.compare(name, "issued_on", stored=row.issued_on, expected=day)


def _check_issue(findings: Findings, subject: str, rule_set: RuleSet, acts: Acts) -> None:
    if rule_set.issued_by_id is None:
        line = acts.get("lay") or acts.get("issue")
        stored = line.facts.get("digest") if line else rule_set.digest
        findings.compare(subject, "digest in the audit log", stored=stored, expected=rule_set.digest)
        return
    findings.require(subject, "was issued by who drafted it", holds=rule_set.issued_by_id != rule_set.drafted_by_id)
    issue = acts.get("issue")
    logged = issue and (issue.facts.get("digest"), issue.actor_id, issue.at)
    expected = (rule_set.digest, rule_set.issued_by_id, rule_set.issued_at)
    findings.compare(subject, "act in the audit log", stored=logged, expected=expected)


def _check_force(findings: Findings, subject: str, rule_set: RuleSet, acts: Acts, *, is_superseded: bool) -> None:
    """Compare the state and its times with what was done; a set that nobody here signed was in force at once."""
    times: dict[str, datetime | None] = {act: line.at for act, line in acts.items()}
    if rule_set.issued_by_id is None:
        times = dict.fromkeys(("in_force", "moved"), rule_set.issued_at)
    bound = "superseded" if is_superseded else "in_force"
    state = "withdrawn" if "withdraw" in acts else bound if "in_force" in times else "issued"
    findings.compare(subject, "state", stored=rule_set.state, expected=state)
    findings.compare(subject, "in_force_at", stored=rule_set.in_force_at, expected=times.get("in_force"))
    findings.compare(subject, "moved_at", stored=rule_set.moved_at, expected=times.get("moved"))
    said = acts.get("withdraw") or acts.get("send_back")
    reason = said.facts.get("reason") if said else ""
    findings.compare(subject, "reason_text", stored=rule_set.reason_text, expected=reason)
