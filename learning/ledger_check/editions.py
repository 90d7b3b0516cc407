"""Editions: what learners are measured against, recomputed from the edition and its lessons."""

from learning.ledger_check.canonical import sha256_of
from learning.ledger_check.findings import Findings
from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry, Edition, Enrolment, Lesson

COLUMNS = (
    "course_key",
    "subject_kind",
    "title_zh",
    "title_en",
    "approved_centihours",
    "hour_seconds",
    "lesson_slack_s",
    "exam_required",
    "exam_question_count",
    "exam_minutes",
    "pass_mark_percent",
    "attempts_max",
    "target_levels",
)
LESSON_COLUMNS = (
    "title_zh",
    "title_en",
    "duration_ms",
    "media_digest",
    "media_name",
    "poster_name",
    "captions_zh_name",
    "captions_en_name",
)


def check(findings: Findings, scope: Scope) -> None:
    """Recompute every edition, and compare every enrolment's copy of it in scope."""
    logged = dict(AuditLogEntry.objects.filter(action="edition.publish").values_list("subject", "facts__digest"))
    for edition in Edition.objects.prefetch_related("lessons").iterator(chunk_size=500):
        findings.looked_at("editions")
        _check_edition(findings, edition, logged)
    enrolments = scope.of(Enrolment.objects.select_related("edition", "requirement"), person="person_id", year=None)
    for enrolment in enrolments.iterator(chunk_size=2_000):
        findings.looked_at("enrolments")
        subject = f"enrolment {enrolment.pk}"
        findings.compare(subject, "course", stored=enrolment.course_key, expected=enrolment.edition.course_key)
        findings.compare(subject, "topic", stored=enrolment.topic_id, expected=enrolment.edition.topic_id)
        findings.compare(subject, "year", stored=enrolment.year, expected=enrolment.requirement.year)


def _facts_of_lesson(lesson: Lesson) -> dict[str, object]:
    """Return a lesson's facts as they were digested: questions only where there are any."""
    facts: dict[str, object] = {name: getattr(lesson, name) for name in LESSON_COLUMNS}
    return facts | {"check_questions": lesson.check_questions} if lesson.check_questions else facts


def _check_edition(findings: Findings, edition: Edition, logged: dict[str, str]) -> None:
    subject = f"edition {edition.pk} ({edition.course_key} v{edition.version})"
    lessons: list[Lesson] = sorted(edition.lessons.all(), key=lambda lesson: lesson.number)
    numbers = [lesson.number for lesson in lessons]
    findings.compare(subject, "lesson numbers", stored=numbers, expected=list(range(1, len(lessons) + 1)))
    facts: dict[str, object] = {name: getattr(edition, name) for name in COLUMNS}
    facts["base"], facts["topic"] = edition.base_id, edition.topic_id
    facts["lessons"] = [_facts_of_lesson(lesson) for lesson in lessons]
    findings.compare(subject, "digest", stored=edition.digest, expected=sha256_of(facts))
    findings.compare(
        subject, "digest in the audit log", stored=logged.get(f"edition:{edition.pk}"), expected=edition.digest
    )
    seconds = sum(lesson.duration_ms // 1_000 for lesson in lessons)
    findings.require(
        subject,
        f"approved credit {edition.approved_centihours} is more than its {seconds} s of media allow",
        holds=edition.approved_centihours * edition.hour_seconds <= seconds * 100,
    )
