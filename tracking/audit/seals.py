"""Check 2, first half: every sealed session has its seal, and the seal says what the session says."""

from tracking.audit.canonical import head_after, sha256_of
from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting
from tracking.models import Seal, SealHead, ViewingSession
from tracking.models.seal import RECORD_COLUMNS

_DAY_MS = 86_400_000


def check(learner: Learner, findings: Findings, *, head: SealHead | None, now_ms: int) -> None:
    """Judge each session asked about with its seal."""
    for sitting in learner.asked_about:
        seal, row = sitting.seal, sitting.row
        if seal is not None:
            findings.looked_at("seals")
            _check_seal(seal, sitting, findings)
        elif row.sealed_ms is not None and head is not None and row.pk <= head.session_floor:
            findings.note(sitting.name, "its seal is gone")
        elif row.ended_ms is not None and (row.sealed_ms or row.ended_ms) < now_ms - _DAY_MS:
            findings.leave_unjudged(sitting.name, "ended more than a day ago and has no seal yet")


def record_of(row: ViewingSession, *, number: int, given_ms: int) -> str:
    """Return the digest of a session's whole row under a seal."""
    facts: dict[str, object] = {"number": number, "given_ms": given_ms, "session": row.pk}
    for column in RECORD_COLUMNS:
        value = getattr(row, column)
        if isinstance(value, bytes | memoryview):
            value = bytes(value).hex()
        facts[column] = value if value is None or isinstance(value, int | str) else str(value)
    return sha256_of(facts)


def _check_seal(seal: Seal, sitting: Sitting, findings: Findings) -> None:
    name, row = f"seal {seal.number} (of {sitting.name})", sitting.row
    findings.require(name, "its session is not sealed", holds=row.sealed_ms is not None)
    findings.compare(name, "digest", stored=seal.digest, expected=head_after(row, sitting.lines))
    findings.compare(name, "line_count", stored=seal.line_count, expected=len(sitting.lines))
    new_s = sum(line.new_s for line in sitting.watched)
    findings.compare(name, "new_s", stored=seal.new_s, expected=new_s)
    findings.require(
        name,
        "the record of its session, or the seal itself, is not what was sealed",
        holds=seal.record_digest == record_of(row, number=seal.number, given_ms=seal.given_ms),
    )
    waited_ms = seal.given_ms - (row.sealed_ms or 0)
    if waited_ms > _DAY_MS:
        findings.remark(sitting.name, f"waited {waited_ms // 3_600_000} h for its seal")
