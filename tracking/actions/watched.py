"""Watched lessons: the ledger's seconds reach the needed share, and learning is told.

The evidence rests on ledger lines alone, pinned by a proof: which sessions, how many lines of
each, and the head after the last. A second call adds nothing.
"""

from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from learning.actions import evidence
from learning.models import Enrolment, Evidence, Lesson
from learning.models.clock import database_now
from learning.rules.digests import digest_of
from tracking.models import LiveViewing, ViewingSession, WatchedProof
from tracking.models.batch import SessionRow
from tracking.models.viewing_archive import lines_of
from tracking.rules.chain import RULE_VERSION, final_head
from tracking.rules.replay import Chapter, confirmed_mask
from tracking.rules.viewing import MissedCheck


def facts_of(proof: WatchedProof) -> dict[str, object]:
    """Return what a proof's digest covers."""
    return {
        "rule": RULE_VERSION,
        "enrolment": proof.enrolment_id,
        "lesson": proof.lesson_id,
        "covered_s": proof.covered_s,
        "sessions": proof.sessions,
    }


def record_now(row: SessionRow) -> None:
    """Record the evidence of the session's lesson by the database's clock, if the ledger holds enough of it."""
    record_if_watched(enrolment_id=row.enrolment_id, lesson_id=row.lesson_id, now=database_now())


def record_if_watched(*, enrolment_id: int, lesson_id: int, now: datetime) -> Evidence | None:
    """Record the evidence if the ledger holds enough of the lesson; None while it does not.

    NB: a segment still open is not in the ledger yet; whoever calls this closes it first.
    """
    held = Evidence.objects.filter(enrolment_id=enrolment_id, lesson_id=lesson_id, kind=Evidence.Kind.WATCHED).first()
    if held is not None:
        return held
    enrolment = Enrolment.objects.select_related("edition", "person").get(pk=enrolment_id)
    lesson = Lesson.objects.select_related("edition").get(pk=lesson_id)
    with transaction.atomic():
        # The live row's lock keeps the ledger still while it is read.
        live = LiveViewing.objects.select_for_update().filter(pk=enrolment.person_id).first()
        if live is not None:
            # The learner's mark never goes back; the database's clock may, and no proof precedes its viewing.
            now = max(now, datetime.fromtimestamp(live.mark_ms / 1_000, tz=UTC))
        proof = _drawn_up(enrolment, lesson, now)
        if proof.covered_s < lesson.needed_s:
            return None
        proof = _kept(proof)
    # NB: after the lock. Earning waits for the audit log, and the group commit must not wait with it;
    # a crash in between leaves the proof, and the sweep records it.
    return evidence.record_watched(
        enrolment=enrolment, lesson=lesson, covered_s=proof.covered_s, digest=proof.digest, now=now
    )


def _drawn_up(enrolment: Enrolment, lesson: Lesson, now: datetime) -> WatchedProof:
    """Return the proof the ledger gives at present, not stored."""
    pinned: list[list[object]] = []
    chapters: list[Chapter] = []
    own = ViewingSession.objects.of_lesson(enrolment_id=enrolment.pk, lesson_id=lesson.pk)
    for session in own.with_checks_elsewhere(enrolment.person_id):
        lines = lines_of(session)
        head = final_head(bytes.fromhex(session.header_digest), lines)
        pinned.append([str(session.key), len(lines), head.hex()])
        is_own = (session.enrolment_id, session.lesson_id) == (enrolment.pk, lesson.pk)
        chapters.append(Chapter(lines, is_own=is_own, is_provisional=session.missed_check == MissedCheck.REWIND))
    mask = confirmed_mask(chapters)
    proof = WatchedProof(
        enrolment=enrolment, lesson=lesson, covered_s=mask.bit_count(), sessions=pinned, recorded_at=now
    )
    proof.digest = digest_of(facts_of(proof))
    return proof


def _kept(proof: WatchedProof) -> WatchedProof:
    """Store the proof, or return the one that was stored first."""
    try:
        with transaction.atomic():
            proof.save()
    except IntegrityError:
        return WatchedProof.objects.get(enrolment_id=proof.enrolment_id, lesson_id=proof.lesson_id)
    return proof
