"""The independent check: silent on what the verbs leave, loud on what a hand in SQL changes."""

from __future__ import annotations

import datetime as dt
import io
import json
import types

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from learning import ledger_check
from learning.actions import certificates, credit_batches, credits, evidence
from learning.models import AuditLogEntry, CreditDecision, CreditEntry, Evidence
from learning.rules.digests import digest_of
from learning.rules.requirements import SubjectKind
from learning.rules.snapshots import Seen
from tests.factories import learning as make
from tests.factories.years import Year, earn, fulfilled_year, published

pytestmark = pytest.mark.django_db
LATER = make.NOON + dt.timedelta(days=1)


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


def tamper(table: str, assignment: str, row: int | None = None) -> None:
    """Change a row past every guard, as a hand with the database's password could."""
    at = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for operation in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{operation}{at}")
        key = {"learning_creditstanding": "entry_id", "learning_auditlogentry": "sequence"}.get(table, "id")
        chosen = row if row is not None else f"(SELECT min({key}) FROM {table})"  # noqa: S608 -- our own words
        act = f"DELETE FROM {table}" if assignment == "DELETE" else f"UPDATE {table} SET {assignment}"  # noqa: S608
        cursor.execute(f"{act} WHERE {key} = {chosen}")
        assert cursor.rowcount == 1


def differences(year: int | None = None) -> list[str]:
    return list(ledger_check.run(ledger_check.Scope(year=year)).differences)


def test_finds_nothing_in_what_the_verbs_leave(year: Year) -> None:
    report = ledger_check.run()

    assert list(report.differences) == []
    assert report.counts["credit entries"] == 2
    assert report.counts["evidence"] == 6
    assert report.counts["decisions"] == 4
    assert report.counts["certificates"] == 1
    assert report.counts["annual records"] == 1
    assert report.counts["audit log lines"] == AuditLogEntry.objects.count()


def test_takes_the_receipt_of_a_batch_for_what_it_is() -> None:
    year = fulfilled_year(stop_at="earned")
    entries = list(CreditEntry.objects.filter(person=year.person).select_related("standing"))

    outcome = credit_batches.approve_all(
        seen=[Seen(entry.pk, entry.standing.decision_count) for entry in entries],
        auditor=entries[0].auditor,
        by=year.auditor,
        now=LATER,
    )

    assert outcome.receipt is not None
    assert differences() == []


def test_finds_nothing_in_an_empty_installation() -> None:
    assert differences() == []


@pytest.mark.parametrize("stop_at", ["earned", "audited"])
def test_finds_nothing_in_a_year_under_way(stop_at: str) -> None:
    fulfilled_year(stop_at=stop_at)

    assert differences() == []


def test_finds_nothing_in_returns_claims_and_replacements(year: Year) -> None:
    edition = published(base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=400)
    entry = earn(person=year.person, edition=edition, now=make.NOON)
    credits.return_to_learner(entry=entry, by=year.auditor, reason_code="unclear", reason_text="?", now=LATER)
    credits.resubmit(entry=entry, by=year.person, reason_text="!", now=LATER)
    credits.approve(entry=entry, by=year.auditor, now=LATER)
    credits.send_back(entry=entry, by=year.officer, reason_code="unclear", reason_text="?", now=LATER)
    facts = {"title_zh": "学术会议", "title_en": "Conference", "subject_kind": "professional", "centihours": 800}
    claimed = evidence.record_claimed(person=year.person, facts=facts, digest=digest_of(facts), now=make.NOON)
    credits.claim(evidence=claimed, year=2026, auditor=year.base, earned_at=make.NOON, now=make.NOON)
    certificates.reissue(certificate=year.certificate, by=year.officer, reason="name_corrected", now=LATER)

    assert differences() == []


TAMPERINGS = [
    ("learning_creditentry", "person_id = person_id + 1", "entry"),
    ("learning_creditentry", "year = 2025", "entry"),
    ("learning_creditentry", "source_key = 'course:other'", "source_key"),
    ("learning_creditentry", "title_zh = '别的课'", "title_zh"),
    ("learning_creditentry", "title_en = 'Other'", "title_en"),
    ("learning_creditentry", "subject_kind = 'professional'", "subject_kind"),
    ("learning_creditentry", "centihours = 2700", "centihours"),
    ("learning_creditentry", "auditor_id = bureau_id", "auditor_id"),
    ("learning_creditentry", "bureau_id = auditor_id", "entry"),
    ("learning_creditentry", "evidence_digest = digest", "digest of the evidence"),
    ("learning_creditentry", "digest = evidence_digest", "digest"),
    ("learning_creditentry", "earned_at = '2026-11-01 00:00:00'", "digest"),
    ("learning_creditentryevidence", "DELETE", "was not watched"),
    ("learning_evidence", "digest = 'f00d'", "digest of the evidence"),
    ("learning_evidence", "recorded_at = '2027-01-01 00:00:00'", "is younger than entry"),
    ("learning_evidence", """facts = '{"covered_s": 3, "duration_s": 390, "needed_s": 388}'""", "covered_s is 3"),
    ("learning_evidence", """facts = '{"covered_s": 389, "duration_s": 389, "needed_s": 388}'""", "duration_s is 389"),
    ("learning_evidence", """facts = '{"covered_s": 390, "duration_s": 390, "needed_s": 1}'""", "needed_s is 1"),
    ("learning_creditdecision", "verdict = 'resubmitted'", "state"),
    ("learning_creditdecision", "sequence = 3", "decision numbers"),
    ("learning_creditdecision", "actor_id = (SELECT person_id FROM learning_creditentry LIMIT 1)", "by the learner"),
    ("learning_creditdecision", "organisation_id = NULL", "organisation"),
    ("learning_creditdecision", "reason_code = 'other'", "act in the audit log"),
    ("learning_creditdecision", "reason_text = 'x'", "act in the audit log"),
    ("learning_creditdecision", "decided_at = '2026-11-19 03:56:00'", "act in the audit log"),
    ("learning_creditdecision", "decided_at = '2020-01-01 00:00:00'", "before the act it follows"),
    ("learning_creditdecision", "DELETE", "but not in the ledger"),
    ("learning_creditstanding", "state = 'audited'", "state"),
    ("learning_creditstanding", "holder_id = (SELECT min(id) FROM learning_organisation)", "holder"),
    ("learning_creditstanding", "since = '2026-01-01 00:00:00'", "since"),
    ("learning_creditstanding", "decision_count = 7", "decision_count"),
    ("learning_annualrecord", "confirmed_public_centihours = 2700", "confirmed_public_centihours"),
    ("learning_annualrecord", "confirmed_professional_centihours = 1", "confirmed_professional_centihours"),
    ("learning_annualrecord", "pending_public_centihours = 1", "pending_public_centihours"),
    ("learning_annualrecord", "pending_professional_centihours = 1", "pending_professional_centihours"),
    ("learning_annualrecord", "state = 'met', confirmed_at = NULL", "has a certificate"),
    ("learning_annualrecord", "state = 'open', met_at = NULL, confirmed_at = NULL", "requirement is met"),
    ("learning_annualrecord", "year = 2025", "has credit but no record"),
    ("learning_requirement", "total_centihours = 9000", "requirement is not met"),
    ("learning_requirement", "public_centihours = 2601", "requirement is not met"),
    ("learning_edition", "approved_centihours = 2500", "centihours"),
    ("learning_edition", "title_zh = '改名'", "digest"),
    ("learning_edition", "pass_mark_percent = 90", "pass_mark_percent"),
    ("learning_edition", "exam_required = NOT exam_required", "digest"),
    ("learning_edition", "lesson_slack_s = 200", "needed_s"),
    ("learning_edition", "hour_seconds = 60", "of media allow"),
    ("learning_edition", "digest = 'f00d'", "digest in the audit log"),
    ("learning_lesson", "duration_ms = 60000", "of media allow"),
    ("learning_lesson", "media_digest = 'f00d'", "digest"),
    ("learning_lesson", "number = 9", "lesson numbers"),
    ("learning_enrolment", "course_key = 'other'", "course"),
    ("learning_enrolment", "status = 'enrolled'", "status"),
    ("learning_enrolment", "year = 2025", "year"),
    ("learning_certificate", "serial = 'other'", "serial"),
    ("learning_certificate", "code = 'other'", "code"),
    ("learning_certificate", "digest = 'f00d'", "digest"),
    ("learning_certificate", "signature = 'f00d'", "signature is not genuine"),
    ("learning_certificate", "issuer_id = (SELECT max(id) FROM learning_organisation)", "certificate"),
    ("learning_certificate", "issued_by_id = (SELECT min(id) FROM learning_person)", "act in the audit log"),
    ("learning_certificate", "issued_at = '2026-01-01 00:00:00'", "issued_at"),
    ("learning_certificate", "year = 2025", "year"),
    (
        "learning_certificate",
        "replaced_at = '2026-12-01 00:00:00', replacement_reason = 'other'",
        "replaced by no page",
    ),
    ("learning_certificatebook", "number = 'other'", "book"),
    ("learning_auditlogentry", "at = '2026-01-01 00:00:00'", "audit log 1: digest"),
    ("learning_auditlogentry", "actor_id = (SELECT min(id) FROM learning_person)", "audit log 1: digest"),
    ("learning_auditlogentry", "action = 'nothing'", "audit log 1: digest"),
    ("learning_auditlogentry", "subject = 'edition:99'", "audit log 1: digest"),
    ("learning_auditlogentry", """facts = '{"digest": ""}'""", "audit log 1: digest"),
    ("learning_auditlogentry", "previous_digest = digest", "audit log 1: previous digest"),
    ("learning_auditlogentry", "sequence = 99", "sequence"),
    ("learning_auditlogentry", "DELETE", "audit log 2: sequence"),
    ("learning_auditloghead", "sequence = 3", "audit log head"),
    ("learning_auditloghead", "digest = 'f00d'", "audit log head"),
]


@pytest.mark.parametrize(
    ("table", "assignment", "named"),
    TAMPERINGS,
    ids=[f"{table.removeprefix('learning_')}: {assignment[:40]}" for table, assignment, _named in TAMPERINGS],
)
def test_finds_a_row_altered_by_hand(table: str, assignment: str, named: str, year: Year) -> None:
    tamper(table, assignment)

    found = differences()
    assert any(named in difference for difference in found), found


def test_finds_an_exam_score_below_the_mark(year: Year) -> None:
    row = Evidence.objects.get(kind="passed", enrolment=year.entries[0].enrolment)
    tamper("learning_evidence", """facts = '{"score_percent": 59, "pass_mark_percent": 60, "attempt": 1}'""", row.pk)

    assert f"evidence {row.pk}: score_percent is 59, outside 60 to 100" in differences()


def test_finds_a_confirmer_who_audited(year: Year) -> None:
    row = CreditDecision.objects.get(entry=year.entries[0], verdict="confirmed")
    tamper("learning_creditdecision", f"actor_id = {year.auditor.pk}", row.pk)

    assert f"decision {year.entries[0].pk}.2: confirms what its actor audited" in differences()


def test_finds_hours_added_to_a_page_with_a_digest_to_match(year: Year) -> None:
    page = year.certificate
    facts = {**page.facts, "public_centihours": 9_900}
    stored = json.dumps(facts, ensure_ascii=False).replace("'", "''")
    tamper("learning_certificate", f"facts = '{stored}', digest = '{digest_of(facts)}'")

    found = differences()
    assert f"certificate {page.serial}: signature is not genuine" in found
    assert f"certificate {page.serial}: public_centihours is 9900, expected 2600" in found


def test_finds_an_entry_whose_digest_was_made_to_match(year: Year) -> None:
    entry = year.entries[0]
    entry.centihours = 2_700
    tamper("learning_creditentry", f"centihours = 2700, digest = '{digest_of(credits.facts_of(entry))}'", entry.pk)

    found = differences()
    assert f"entry {entry.pk}: centihours is 2700, expected 2600" in found
    assert any(item.startswith(f"entry {entry.pk}: digest in the audit log") for item in found)


def test_year_leaves_other_years_out(year: Year) -> None:
    tamper("learning_annualrecord", "confirmed_public_centihours = 2700")

    assert differences(year=2025) == []
    assert len(differences(year=2026)) == 1


def test_command_prints_counts_and_ends_quietly(year: Year) -> None:
    out = io.StringIO()
    call_command("verify_ledger", stdout=out, no_color=True)

    assert "credit entries" in out.getvalue()
    assert out.getvalue().rstrip().endswith("0 differences")


def test_command_names_each_difference_and_exits_with_one(year: Year) -> None:
    tamper("learning_creditstanding", "decision_count = 7")
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", stdout=out, no_color=True)

    assert ended.value.code == 1
    assert "standing of entry" in out.getvalue()


def test_command_prints_one_json_object(year: Year) -> None:
    out = io.StringIO()
    call_command("verify_ledger", "--json", stdout=out)

    answer = json.loads(out.getvalue())
    assert answer["differences"] == []
    assert answer["checked"]["certificates"] == 1


def test_other_apps_take_part_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    module = types.SimpleNamespace(differences=lambda: iter(["evidence 12: covered_s is 60, the segments give 58"]))
    config = apps.get_app_config("tracking")
    monkeypatch.setattr(apps, "get_app_configs", lambda: [config])
    monkeypatch.setattr("learning.ledger_check.report.module_has_submodule", lambda *_names: True)
    monkeypatch.setattr("learning.ledger_check.report.importlib.import_module", lambda _name: module)

    assert differences() == ["tracking: evidence 12: covered_s is 60, the segments give 58"]
