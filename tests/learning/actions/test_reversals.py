"""Hours taken back: the entry, its reversal, the record and the page, in one act."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError

from learning.actions import credits, ledger_roots, reversals
from learning.ledger_check import bundle
from learning.models import AnnualRecord, Certificate, CreditDecision, CreditEntry, LedgerLink, RuleSet
from learning.models.append_only import AppendOnlyError
from learning.rules.credit_states import State
from learning.rules.reasons import SendBackReason
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import Year, differences, earn, fulfilled_year, published

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factories record evidence without the viewings and attempts that the siblings would ask for."""
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture
def year() -> Year:
    return fulfilled_year()


def reverse(entry: CreditEntry, year: Year, now: dt.datetime = LATER) -> CreditEntry:
    return reversals.reverse(
        entry=entry, by=year.officer, reason_code=SendBackReason.EVIDENCE, reason_text="重复计算", now=now
    )


def more(year: Year, *, centihours: int, now: dt.datetime) -> CreditEntry:
    """Earn one more professional course and have it confirmed."""
    edition = published(
        base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=centihours, now=NOON
    )
    entry = earn(person=year.person, edition=edition, now=now)
    credits.approve(entry=entry, by=year.auditor, now=now)
    credits.confirm(entry=entry, by=year.officer, now=now)
    return entry


def record_of(year: Year) -> AnnualRecord:
    return AnnualRecord.objects.get(person=year.person, year=year.requirement.year)


def test_reverse_leaves_the_entry_and_sets_its_opposite_beside_it(year: Year) -> None:
    entry = year.entries[1]

    reversal = reverse(entry, year)

    assert (reversal.kind, reversal.reverses, reversal.centihours) == ("reversal", entry, -6_200)
    assert CreditEntry.objects.get(pk=entry.pk).centihours == 6_200
    entries = CreditEntry.objects.filter(pk__in=[entry.pk, reversal.pk])
    assert set(entries.values_list("standing__state", flat=True)) == {State.REVERSED}
    decision = CreditDecision.objects.get(entry=entry, verdict="reversed")
    assert (decision.actor, decision.organisation, decision.reason_code) == (year.officer, year.bureau, "evidence")
    kinds = LedgerLink.objects.filter(person=year.person, linked_ms=int(LATER.timestamp() * 1_000))
    assert list(kinds.values_list("kind", flat=True)) == ["decision", "entry", "revocation"]


def test_reverse_below_the_rule_opens_the_year_and_revokes_its_page(year: Year) -> None:
    page = year.certificate

    reverse(year.entries[1], year)

    record = record_of(year)
    assert (record.confirmed_public_centihours, record.confirmed_professional_centihours) == (2_600, 0)
    assert (record.state, record.met_at, record.confirmed_at) == ("open", None, None)
    page.refresh_from_db()
    assert (page.state, page.revocation_reason) == ("revoked", "hours_insufficient")


def test_reverse_above_the_rule_replaces_the_page(year: Year) -> None:
    page = year.certificate
    extra = more(year, centihours=400, now=NOON + dt.timedelta(hours=1))

    reverse(extra, year)

    page.refresh_from_db()
    assert (page.state, page.replacement_reason) == ("replaced", "hours_corrected")
    fresh = Certificate.objects.standing().get(record=page.record)
    assert fresh.facts["professional_centihours"] == 6_200
    assert [item["number"] for item in fresh.facts["entries"]] == [entry.pk for entry in year.entries]
    assert record_of(year).state == "confirmed"


def test_a_year_opened_again_can_be_met_again(year: Year) -> None:
    revoked = year.certificate
    reverse(year.entries[1], year)

    more(year, centihours=6_100, now=LATER + dt.timedelta(hours=1))

    fresh = Certificate.objects.standing().get(record=revoked.record)
    assert fresh.serial == f"{revoked.serial}-2"
    assert record_of(year).state == "confirmed"
    assert differences() == []


def test_a_page_keeps_the_version_it_was_issued_under_when_its_year_goes_under_another(year: Year) -> None:
    reverse(year.entries[1], year)
    fresh = make.RequirementFactory(version=2, total_centihours=2_600)
    RuleSet.objects.filter(version=1).update(state=RuleSet.State.SUPERSEDED)

    AnnualRecord.objects.update(requirement=fresh, state="met", met_at=LATER + dt.timedelta(days=1))

    assert year.certificate.facts["requirement_id"] == year.requirement.pk
    assert differences() == []


def test_reverse_of_a_year_without_a_page_changes_its_sums_only() -> None:
    year = fulfilled_year(stop_at="audited")
    credits.confirm(entry=year.entries[0], by=year.officer, now=NOON)

    reverse(year.entries[0], year)

    record = record_of(year)
    assert (record.confirmed_public_centihours, record.pending_professional_centihours) == (0, 6_200)
    assert Certificate.objects.count() == 0


def test_reverse_refuses_what_is_not_confirmed() -> None:
    year = fulfilled_year(stop_at="audited")

    with pytest.raises(credits.AlreadyDecided):
        reverse(year.entries[0], year)

    assert CreditEntry.objects.filter(kind="reversal").count() == 0


def test_reverse_refuses_a_second_time_and_a_reversal(year: Year) -> None:
    reversal = reverse(year.entries[0], year)

    for entry in (year.entries[0], reversal):
        with pytest.raises(credits.AlreadyDecided):
            reverse(entry, year)

    assert CreditEntry.objects.filter(kind="reversal").count() == 1


def test_reverse_refuses_own_hours(year: Year) -> None:
    with pytest.raises(credits.OwnHours):
        reversals.reverse(
            entry=year.entries[0], by=year.person, reason_code=SendBackReason.OTHER, reason_text="", now=LATER
        )


def test_the_database_refuses_a_reversal_without_a_reason(year: Year) -> None:
    with pytest.raises(IntegrityError):
        credits.take_back(entry=year.entries[0], by=year.officer, reason_code="", reason_text="", now=LATER)


def test_a_reversal_is_never_edited(year: Year) -> None:
    reversal = reverse(year.entries[0], year)

    reversal.centihours = -1
    with pytest.raises(AppendOnlyError):
        reversal.save()


def test_the_checks_bear_out_reversals_and_what_followed(year: Year, tmp_path: Path) -> None:
    extra = more(year, centihours=400, now=NOON + dt.timedelta(hours=1))
    reverse(extra, year)
    reverse(year.entries[1], year, now=LATER + dt.timedelta(hours=1))
    ledger_roots.close_days(now=LATER + dt.timedelta(days=2))
    bundle.write(tmp_path / "bundle", year=None, now=LATER)

    assert differences() == []
    command = [sys.executable, "-I", str(tmp_path / "bundle" / "verify.py"), str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All is well"), done.stdout
