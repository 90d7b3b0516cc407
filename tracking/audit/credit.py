"""Check 8: the seconds behind every WATCHED evidence, and behind a credit entry, are those of the ledger."""

from typing import Final

from learning.models import CreditEntry, Evidence
from learning.models.credit import CreditEntryEvidence
from tracking.audit.canonical import WATCHED_KINDS, head_after, seconds, sha256_of, sha256_of_text
from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting
from tracking.audit.scope import Chosen
from tracking.models import WatchedProof

_DAY_MS: Final = 86_400_000
#: The viewing clock draws near to the database's by a second at a time.
_CLOCKS_APART_MS: Final = 5_000


def check(learner: Learner, findings: Findings, chosen: Chosen, *, now_ms: int) -> None:
    """Recompute every proof and the evidence that rests on it."""
    proofs = {(proof.enrolment_id, proof.lesson_id): proof for proof in learner.proofs}
    for evidence in learner.evidence:
        if chosen.evidence_ids is not None and evidence.pk not in chosen.evidence_ids:
            continue
        findings.looked_at("watched evidence")
        name = f"evidence {evidence.pk} (watched)"
        proof = proofs.pop((evidence.enrolment_id or 0, evidence.lesson_id or 0), None)
        if proof is None:
            findings.note(name, "no viewing stands behind it")
            continue
        covered_s = _check_proof(name, proof, learner, findings)
        _check_evidence(name, evidence, proof, covered_s, findings)
    if chosen.evidence_ids is None:
        # A crash may leave a proof without its evidence, which a sweep records soon; it must hold too.
        for proof in proofs.values():
            name = f"watched proof {proof.pk}"
            _check_proof(name, proof, learner, findings)
            is_young = proof.recorded_at.timestamp() * 1_000 > now_ms - _DAY_MS
            findings.require(name, "the evidence that rests on it is gone", holds=is_young)


def check_entry(number: int, findings: Findings) -> None:
    """Judge that a credit entry rests on exactly the evidence its digest names."""
    entry = CreditEntry.objects.get(pk=number)
    findings.looked_at("credit entries")
    name = f"credit entry {number}"
    links = CreditEntryEvidence.objects.filter(entry_id=number).order_by("evidence_id").select_related("evidence")
    digests = [link.evidence.digest for link in links]
    expected = sha256_of_text("\n".join(digests))
    findings.compare(name, "digest of the evidence", stored=entry.evidence_digest, expected=expected)
    watched = {link.evidence.lesson_id for link in links if link.evidence.kind == "watched"}
    lessons = set(entry.enrolment.edition.lessons.values_list("pk", flat=True)) if entry.enrolment else set()
    for lesson in sorted(lessons - watched):
        findings.note(name, f"lesson {lesson} of its course was not watched")


def proof_digest(proof: WatchedProof) -> str:
    """Return what a proof's digest must be."""
    return sha256_of(
        {
            "rule": "trk1",
            "enrolment": proof.enrolment_id,
            "lesson": proof.lesson_id,
            "covered_s": proof.covered_s,
            "sessions": proof.sessions,
        }
    )


def _check_proof(name: str, proof: WatchedProof, learner: Learner, findings: Findings) -> int:
    """Return the seconds the pinned lines confirm; note what is not as it was when it was proved.

    Where a missed check rewinds, sessions of other lessons are pinned too: for their checks alone.
    """
    sittings = {str(sitting.row.key): sitting for sitting in learner.sittings}
    held: set[int] = set()
    waiting: set[int] = set()
    last_ms = 0
    for key, line_count, head in proof.sessions:
        sitting = sittings.get(key)
        if sitting is None or not _is_pinned(sitting, line_count, head):
            findings.note(name, f"session {key} is not what it was when it was proved")
            continue
        is_own = (sitting.row.enrolment_id, sitting.row.lesson_id) == (proof.enrolment_id, proof.lesson_id)
        for line in sitting.lines[:line_count]:
            last_ms = max(last_ms, line.end_ms)
            if is_own and line.kind in WATCHED_KINDS:
                (waiting if sitting.is_rewind else held).update(seconds([(line.from_s, line.to_s)]))
            elif line.kind == "ans" and line.flags == 1:
                held |= waiting
                waiting = set()
            elif line.kind == "void":
                waiting = set()
    if len(held) != proof.covered_s:
        findings.note(name, f"the ledger holds {len(held)} seconds, its proof claims {proof.covered_s}")
    subject = f"watched proof {proof.pk}"
    findings.require(subject, "its digest is not that of its facts", holds=proof.digest == proof_digest(proof))
    is_after = int(proof.recorded_at.timestamp() * 1_000) + _CLOCKS_APART_MS >= last_ms
    findings.require(subject, "was recorded before the viewing it proves", holds=is_after)
    return len(held)


def _is_pinned(sitting: Sitting, line_count: int, head: str) -> bool:
    """Say whether a session still has its first lines, and their head."""
    lines = sitting.lines[:line_count]
    return [line.line_index for line in lines] == list(range(line_count)) and head_after(sitting.row, lines) == head


def _check_evidence(name: str, evidence: Evidence, proof: WatchedProof, covered_s: int, findings: Findings) -> None:
    claimed_s = evidence.facts.get("covered_s")
    if claimed_s != proof.covered_s:
        findings.note(name, f"the ledger holds {proof.covered_s} seconds, it claims {claimed_s}")
    needed_s = evidence.facts.get("needed_s")
    is_enough = isinstance(needed_s, int) and covered_s >= needed_s
    findings.require(name, "fewer seconds than the lesson needs", holds=is_enough)
    findings.require(
        name,
        "its digest is not that of the viewing behind it",
        holds=proof_digest(proof) == proof.digest == evidence.digest,
    )
    is_after = proof.recorded_at <= evidence.recorded_at
    findings.require(name, f"was recorded before watched proof {proof.pk}, on which it rests", holds=is_after)
