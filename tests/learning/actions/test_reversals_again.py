"""Hours taken back so that the same evidence is judged again: once at a time, and nothing counts twice."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from learning import ledger_check
from learning.actions import credits, evidence, ledger_roots, reversals
from learning.ledger_check import bundle
from learning.models import AnnualRecord, Certificate, CreditEntry, LedgerLink, Organisation
from learning.rules.credit_states import State
from learning.rules.reasons import ReversalReason
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import Year, fulfilled_year

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


def again(entry: CreditEntry, year: Year, now: dt.datetime = LATER) -> CreditEntry:
    """Take an entry back to be judged again, and return what was restored."""
    reversal = reversals.reverse(
        entry=entry, by=year.officer, reason_code=ReversalReason.MISTAKE, reason_text="误确认", is_again=True, now=now
    )
    return CreditEntry.objects.get(restores=reversal)


def judge(entry: CreditEntry, year: Year, now: dt.datetime) -> None:
    credits.approve(entry=entry, by=year.auditor, now=now)
    credits.confirm(entry=entry, by=year.officer, now=now)


def test_again_enters_the_same_evidence_under_the_next_key(year: Year) -> None:
    first = year.entries[1]

    restored = again(first, year)

    for name in ("person", "year", "kind", "enrolment", "centihours", "earned_at", "evidence_digest", "requirement"):
        assert getattr(restored, name) == getattr(first, name)
    assert restored.source_key == f"{first.source_key}#2"
    assert set(restored.evidence.all()) == set(first.evidence.all())
    assert (restored.standing.state, restored.standing.holder) == (State.EARNED, year.base)
    assert restored.standing.since == LATER
    kinds = LedgerLink.objects.filter(person=year.person, linked_ms=int(LATER.timestamp() * 1_000))
    assert list(kinds.values_list("kind", flat=True)) == ["decision", "entry", "entry", "revocation"]


def test_again_moves_the_hours_from_confirmed_to_pending(year: Year) -> None:
    again(year.entries[1], year)

    record = AnnualRecord.objects.get(person=year.person)
    assert (record.confirmed_professional_centihours, record.pending_professional_centihours) == (0, 6_200)
    assert record.state == AnnualRecord.State.OPEN


def test_what_is_judged_again_meets_the_year_again(year: Year) -> None:
    revoked = year.certificate
    restored = again(year.entries[1], year)

    judge(restored, year, LATER + dt.timedelta(hours=1))

    fresh = Certificate.objects.standing().get(record=revoked.record)
    assert [item["number"] for item in fresh.facts["entries"]] == [year.entries[0].pk, restored.pk]
    assert list(ledger_check.run().differences) == []


def test_it_can_be_taken_back_and_judged_a_third_time(year: Year) -> None:
    entry = year.entries[1]
    for number in (2, 3):
        now = LATER + dt.timedelta(hours=number)
        restored = again(entry, year, now)
        judge(restored, year, now + dt.timedelta(minutes=1))
        assert restored.source_key.endswith(f"#{number}")
        entry = restored

    assert AnnualRecord.objects.get(person=year.person).confirmed_professional_centihours == 6_200
    assert list(ledger_check.run().differences) == []


def test_what_was_reversed_for_good_earns_nothing_more(year: Year) -> None:
    entry = year.entries[1]
    reversals.reverse(entry=entry, by=year.officer, reason_code=ReversalReason.EVIDENCE, reason_text="不实", now=LATER)
    assert entry.enrolment is not None

    credits.earn_if_complete(enrolment=entry.enrolment, now=LATER)

    assert CreditEntry.objects.filter(enrolment=entry.enrolment).count() == 1


def test_evidence_that_arrives_late_does_not_earn_beside_what_was_restored(year: Year) -> None:
    restored = again(year.entries[1], year)
    assert restored.enrolment is not None

    credits.earn_if_complete(enrolment=restored.enrolment, now=LATER)

    assert CreditEntry.objects.filter(enrolment=restored.enrolment).count() == 2


def test_a_claim_can_be_judged_again(year: Year) -> None:
    department: Organisation = make.OrganisationFactory(kind=Organisation.Kind.DEPARTMENT)
    facts = {"title_zh": "培训", "title_en": "Class", "subject_kind": "professional", "centihours": 800}
    claimed = evidence.record_claimed(person=year.person, facts=facts, digest="c" * 64, now=NOON)
    entry = credits.claim(evidence=claimed, year=year.requirement.year, auditor=department, earned_at=NOON, now=NOON)
    credits.approve(entry=entry, by=make.PersonFactory(), now=NOON)
    credits.confirm(entry=entry, by=year.officer, now=NOON)

    restored = again(entry, year)

    assert (restored.kind, restored.source_key) == ("claimed", f"claim:{'c' * 64}#2")
    assert list(ledger_check.run().differences) == []


def twin(entry: CreditEntry, **changes: object) -> CreditEntry:
    """Return a copy of an entry, not saved."""
    copy = CreditEntry.objects.get(pk=entry.pk)
    copy.pk, copy._state.adding = None, True
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def test_the_database_refuses_a_second_restored_entry_and_one_that_restores_nothing(year: Year) -> None:
    restored = again(year.entries[1], year)
    refused = [
        twin(restored, source_key="course:other#2"),
        twin(restored, restores=None),
        twin(restored, restores=None, source_key=f"{restored.source_key}0"),
        twin(year.entries[0], restores=CreditEntry.objects.get(reverses=year.entries[1]), source_key="course:other"),
    ]

    for entry in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            entry.save()


def test_the_database_keeps_entries_as_they_are_after_the_new_column(year: Year) -> None:
    restored = again(year.entries[1], year)

    acts: list[Any] = [
        lambda: CreditEntry.objects.filter(pk=restored.pk).update(restores=None),
        lambda: CreditEntry.objects.filter(pk=restored.pk)._raw_delete("default"),
    ]
    for act in acts:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_bundle_bears_out_what_is_judged_again(year: Year, tmp_path: Path) -> None:
    judge(again(year.entries[1], year), year, LATER + dt.timedelta(hours=1))
    ledger_roots.close_days(now=LATER + dt.timedelta(days=2))
    bundle.write(tmp_path / "bundle", year=None, now=LATER)

    command = [sys.executable, "-I", str(tmp_path / "bundle" / "verify.py"), str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All is well"), done.stdout
