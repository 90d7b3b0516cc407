"""The independent check of viewing: every chain, every coverage, every WATCHED evidence.

Recomputes from the stored ledger rows with arithmetic of its own: hashes, intervals and digests
are written out here once more, so that a fault in the crediting path cannot hide itself. Imports
nothing of `tracking.rules` or `tracking.actions`. Source: DESIGN D9, TRACKING §4.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator

from learning.models import Evidence
from tracking.models import Coverage, LiveViewing, ViewingEntry, ViewingSession, WatchedProof

_CHUNK = 500
_WATCHED_KINDS = ("seg", "late")


def differences() -> Iterator[str]:
    """Yield one sentence for every figure that the ledger does not bear out; nothing when all is well."""
    yield from _broken_chains()
    yield from _wrong_coverages()
    yield from _unproven_evidence()


def _broken_chains() -> Iterator[str]:
    """Compare each session's lines with its chain: numbers, order, values, sums and times."""
    live = {row.session_id: row for row in LiveViewing.objects.filter(session__isnull=False)}
    for session in ViewingSession.objects.order_by("pk").iterator(_CHUNK):
        rows = list(ViewingEntry.objects.filter(session_id=session.pk).order_by("line_index"))
        name = f"viewing session {session.key}"
        if _header_digest(session) != session.header_digest:
            yield f"{name}: its header does not match its facts"
        if [row.line_index for row in rows] != list(range(len(rows))):
            yield f"{name}: lines are missing"
        row_now = live.get(session.pk)
        expected = session.head if session.ended_ms is not None else (row_now.head if row_now else b"")
        if _head(session, rows) != bytes(expected):
            yield f"{name}: its lines do not lead to its head"
        if session.ended_ms is not None:
            new_s = sum(row.new_s for row in rows if row.kind in _WATCHED_KINDS)
            if new_s != session.new_s:
                yield f"{name}: {session.new_s} new seconds are stored, its lines hold {new_s}"
            if new_s * 100_000 > (session.ended_ms - session.opened_ms) * session.rate_percent:
                yield f"{name}: more seconds were credited than passed on the server's clock"


def _wrong_coverages() -> Iterator[str]:
    """Compare what is stored as covered with the union of the ledger's lines and the open segment."""
    for row in Coverage.objects.order_by("pk").iterator(_CHUNK):
        lines = _lines_of(row.enrolment_id, row.lesson_id)
        open_segment = [
            (live.segment_from_s, live.segment_to_s)
            for live in LiveViewing.objects.filter(
                session__enrolment_id=row.enrolment_id, session__lesson_id=row.lesson_id, segment_beat_count__gt=0
            )
        ]
        stored = _stored_seconds(bytes(row.runs)) | _stored_seconds(bytes(row.provisional))
        in_ledger = _seconds((line.from_s, line.to_s) for line in lines)
        name = f"coverage of lesson {row.lesson_id} by enrolment {row.enrolment_id}"
        if stored | _seconds(open_segment) != in_ledger | _seconds(open_segment):
            yield f"{name}: {len(stored)} seconds are stored, the ledger holds {len(in_ledger)}"
        if len(_stored_seconds(bytes(row.runs))) != row.covered_s:
            yield f"{name}: its count is not the number of its seconds"


def _unproven_evidence() -> Iterator[str]:
    """Recompute the seconds and the digest behind every WATCHED evidence."""
    proofs = {(proof.enrolment_id, proof.lesson_id): proof for proof in WatchedProof.objects.iterator(_CHUNK)}
    for evidence in Evidence.objects.filter(kind="watched").order_by("pk").iterator(_CHUNK):
        name = f"evidence {evidence.pk} (watched)"
        proof = proofs.get((evidence.enrolment_id or 0, evidence.lesson_id or 0))
        if proof is None:
            yield f"{name}: no viewing stands behind it"
            continue
        covered: set[int] = set()
        for key, line_count, head in proof.sessions:
            session = ViewingSession.objects.filter(
                key=key, enrolment_id=proof.enrolment_id, lesson_id=proof.lesson_id
            ).first()
            rows = list(ViewingEntry.objects.filter(session=session, line_index__lt=line_count).order_by("line_index"))
            if session is None or len(rows) != line_count or _head(session, rows).hex() != head:
                yield f"{name}: session {key} is not what it was when it was proved"
                continue
            covered |= _seconds((row.from_s, row.to_s) for row in rows if row.kind in _WATCHED_KINDS)
        if not len(covered) == proof.covered_s == evidence.facts.get("covered_s"):
            yield f"{name}: the ledger holds {len(covered)} seconds, it claims {evidence.facts.get('covered_s')}"
        if len(covered) < int(evidence.facts.get("needed_s", 0)):
            yield f"{name}: fewer seconds than the lesson needs"
        if not _proof_digest(proof) == proof.digest == evidence.digest:
            yield f"{name}: its digest is not that of the viewing behind it"


def _lines_of(enrolment_id: int, lesson_id: int) -> Iterable[ViewingEntry]:
    return ViewingEntry.objects.filter(
        session__enrolment_id=enrolment_id, session__lesson_id=lesson_id, kind__in=_WATCHED_KINDS
    )


def _header_digest(session: ViewingSession) -> str:
    text = (
        f"trk1|{session.key}|header|{session.learner_commitment}|{session.media_digest}|{session.duration_s}"
        f"|{session.policy_digest}|{session.software_version}"
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _head(session: ViewingSession, rows: Iterable[ViewingEntry]) -> bytes:
    """Hash the rows one after the other, each after the head before it."""
    head = bytes.fromhex(session.header_digest)
    for row in rows:
        text = (
            f"trk1|{session.key}|{row.line_index}|{row.kind}|{row.start_ms}|{row.end_ms}|{row.accrued_ms}"
            f"|{row.from_s}|{row.to_s}|{row.new_s}|{row.deferred_s}|{row.flags}|{row.beat_count}"
        )
        head = hashlib.sha256(head + text.encode()).digest()
    return head


def _proof_digest(proof: WatchedProof) -> str:
    facts = {
        "rule": "trk1",
        "enrolment": proof.enrolment_id,
        "lesson": proof.lesson_id,
        "covered_s": proof.covered_s,
        "sessions": proof.sessions,
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _seconds(runs: Iterable[tuple[int, int]]) -> set[int]:
    """Return every whole second of half-open runs, one by one: slow, and beyond doubt."""
    return {second for from_s, to_s in runs for second in range(from_s, to_s)}


def _stored_seconds(data: bytes) -> set[int]:
    """Read a coverage column: nothing; 0 and LEB128 pairs of gap and length; or 1 and a bitmap."""
    if not data:
        return set()
    if data[0] == 1:
        return {at * 8 + bit for at, byte in enumerate(data[1:]) for bit in range(8) if byte >> bit & 1}
    values: list[int] = []
    value = shift = 0
    for byte in data[1:]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:  # noqa: PLR2004 -- LEB128's mark of a last byte
            values.append(value)
            value = shift = 0
    found: set[int] = set()
    reach = 0
    for gap, length in zip(values[::2], values[1::2], strict=False):
        found |= set(range(reach + gap, reach + gap + length))
        reach += gap + length
    return found
