"""A run that begins where the last one ended: it looks at what was written since, and at nothing else."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import asdict

import pytest
from django.core.management import call_command

from learning import ledger_check
from learning.actions import credits, ledger_verifications
from learning.ledger_check import Mark, Scope
from learning.models import AuditLogEntry, LedgerLink, LedgerVerification
from tests.factories import learning as make
from tests.factories import ledger
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def verified(year: Year) -> LedgerVerification:
    """Everything was verified, then a third person's year was written."""
    note = ledger_verifications.record(**asdict(Mark.now()), is_full=True, now=NOON)
    fulfilled_year(person=make.PersonFactory(region=year.person.region), requirement=year.requirement, now=NOON)
    return note


def since(note: LedgerVerification) -> ledger_check.Report:
    return ledger_check.run(Scope(since=note))


def test_looks_at_what_was_written_since_only(verified: LedgerVerification) -> None:
    report = since(verified)

    assert list(report.differences) == []
    assert report.counts["links"] == LedgerLink.objects.count() - verified.link_number == 7
    assert report.counts["audit log lines"] == AuditLogEntry.objects.count() - verified.line_sequence
    assert report.counts["credit entries"] == 2
    assert report.counts["certificates"] == report.counts["annual records"] == 1


def test_looks_at_all_of_a_person_who_was_written_to(year: Year, verified: LedgerVerification) -> None:
    """An old entry of theirs, altered: its person's chain has grown, so it is looked at again."""
    claimed = year.person.credit_entries.get(kind="claimed")
    credits.approve(entry=claimed, by=year.auditor, now=NOON)
    entry = year.entries[0]

    with ledger.lifted("learning_creditentry"):
        ledger.execute("UPDATE learning_creditentry SET centihours = 1 WHERE id = %s", entry.pk)
        found = since(verified).differences

    assert any(difference.startswith(f"entry {entry.pk}: digest") for difference in found)


@pytest.mark.parametrize(
    ("table", "key"), [("learning_ledgerlink", "number"), ("learning_auditlogentry", "sequence")], ids=["link", "line"]
)
def test_names_what_was_altered_since(verified: LedgerVerification, table: str, key: str) -> None:
    last = verified.link_number + 1 if key == "number" else verified.line_sequence + 1
    with ledger.lifted(table):
        ledger.execute(f"UPDATE {table} SET digest = %s WHERE {key} = %s", "ab" * 32, last)  # noqa: S608
        found = since(verified).differences

    assert any(f" {last}" in difference.partition(":")[0] for difference in found), found


@pytest.mark.parametrize(("table", "key"), [("learning_ledgerlink", "number"), ("learning_auditlogentry", "sequence")])
def test_names_the_place_it_began_at_if_that_is_another(verified: LedgerVerification, table: str, key: str) -> None:
    column, at = ("head", verified.link_number) if key == "number" else ("digest", verified.line_sequence)
    with ledger.lifted(table):
        ledger.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", "ab" * 32, at)  # noqa: S608
        found = since(verified).differences

    assert any(difference.startswith((f"link {at}:", f"audit log {at}:")) for difference in found), found


def test_command_begins_where_the_last_clean_run_ended(year: Year) -> None:
    call_command("verify_ledger", "--since", stdout=io.StringIO())
    first = LedgerVerification.objects.get()
    out = io.StringIO()
    call_command("verify_ledger", "--since", stdout=out, no_color=True)

    assert (first.is_full, first.link_number) == (True, LedgerLink.objects.latest("number").number)
    assert LedgerVerification.objects.latest("pk").is_full is False
    assert "credit entries" not in out.getvalue()
    assert out.getvalue().rstrip().endswith("0 differences")


def test_command_notes_no_run_that_found_something(year: Year) -> None:
    with ledger.lifted("learning_creditentry"):
        ledger.execute("UPDATE learning_creditentry SET centihours = 1 WHERE id = %s", year.entries[0].pk)
        with pytest.raises(SystemExit):
            call_command("verify_ledger", stdout=io.StringIO())

        assert LedgerVerification.objects.count() == 0


def test_command_notes_no_run_over_one_year(year: Year) -> None:
    call_command("verify_ledger", "--year", "2026", stdout=io.StringIO())

    assert LedgerVerification.objects.count() == 0


def test_other_apps_are_asked_for_what_is_new(monkeypatch: pytest.MonkeyPatch, verified: LedgerVerification) -> None:
    asked: list[dt.datetime] = []

    class Sibling:
        @staticmethod
        def differences() -> list[str]:
            return ["all"]

        @staticmethod
        def differences_since(at: dt.datetime) -> list[str]:
            asked.append(at)
            return ["new"]

    assert list(ledger_check.report._differences(Sibling, Scope(since=verified))) == ["new"]  # type: ignore[arg-type]
    assert list(ledger_check.report._differences(Sibling, Scope())) == ["all"]  # type: ignore[arg-type]
    assert asked == [verified.began_at]
