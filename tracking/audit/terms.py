"""Check 3: what a session was measured against: whose, which media, how long, under which policy."""

import hashlib

from tracking.audit.canonical import sha256_of
from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting

#: Columns of the session that repeat its policy.
_POLICY_COLUMNS = ("rate_percent", "cap_ms", "answer_s", "missed_check")


def check(learner: Learner, findings: Findings) -> None:
    """Judge the terms of each session asked about."""
    for sitting in learner.asked_about:
        _check_person(learner, sitting, findings)
        _check_media(sitting, findings)
        _check_policy(sitting, findings)


def _check_person(learner: Learner, sitting: Sitting, findings: Findings) -> None:
    """Open the header's commitment; once the salt is erased nobody can tell any more."""
    row = sitting.row
    person_id = sitting.enrolment.person_id if sitting.enrolment else None
    findings.compare(sitting.name, "learner of its enrolment", stored=person_id, expected=learner.person_id)
    if learner.live is None:
        findings.note(sitting.name, f"person {learner.person_id} has no timeline")
        return
    salt = bytes(learner.live.salt)
    if salt:
        expected = hashlib.sha256(salt + str(learner.person_id).encode()).hexdigest()
        findings.require(
            sitting.name,
            f"its learner is not person {learner.person_id}, or the salt of live viewing {learner.person_id} changed",
            holds=row.learner_commitment == expected,
        )


def _check_media(sitting: Sitting, findings: Findings) -> None:
    row, lesson = sitting.row, sitting.lesson
    if lesson is None:
        findings.note(sitting.name, f"there is no lesson {row.lesson_id}")
        return
    edition_id = sitting.enrolment.edition_id if sitting.enrolment else None
    findings.compare(sitting.name, "edition of its lesson", stored=lesson.edition_id, expected=edition_id)
    findings.compare(sitting.name, "media digest", stored=row.media_digest, expected=lesson.media_digest)
    findings.compare(sitting.name, "duration_s", stored=row.duration_s, expected=lesson.duration_ms // 1_000)


def _check_policy(sitting: Sitting, findings: Findings) -> None:
    row, facts = sitting.row, sitting.policy
    if facts is None:
        findings.note(sitting.name, f"its policy {row.policy_digest} is not on record")
        return
    findings.looked_at("policies")
    findings.compare(
        f"viewing policy {row.policy_digest}", "digest", stored=row.policy_digest, expected=sha256_of(facts)
    )
    for column in _POLICY_COLUMNS:
        findings.compare(sitting.name, column, stored=getattr(row, column), expected=facts.get(column))
