"""Carry-over: surplus enters the next year once, within its caps, and is nobody's surplus there."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.core.management import call_command

from learning.actions import certificate_runs, credits, reversals, years
from learning.models import AnnualRecord, Certificate, CreditEntry, Person, Region, Requirement
from learning.rules.reasons import SendBackReason
from learning.rules.requirements import SubjectKind, Totals
from learning.tasks import close_due_years
from tests.factories import clock, guards, runs
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.ledger import lifted
from tests.factories.offices import Office
from tests.factories.waivers import MINUTE, NOON, Bureau
from tests.factories.years import differences

pytestmark = pytest.mark.django_db
#: The first second of 2027 in Kaifeng.
NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)


def close(now: dt.datetime) -> None:
    with clock.standing(now):
        close_due_years()


def record_of(person: Person, year: int = 2026) -> AnnualRecord:
    return AnnualRecord.objects.select_related("requirement").get(person=person, year=year)


def next_rule(**figures: Any) -> Requirement:
    facts = {"year": 2027, "cutoff_on": dt.date(2027, 12, 31)} | figures
    return make.RequirementFactory(**facts)


def surplus_year(**figures: Any) -> study.Year:
    """A year of 28.0 public and 65.0 professional hours: 7.0 more than asked."""
    caps = {"carry_public_centihours": 100, "carry_professional_centihours": 500} | figures
    return study.fulfilled_year(
        requirement=make.RequirementFactory(**caps), public_centihours=2_800, professional_centihours=6_500
    )


def carried(person: Person) -> dict[str, int]:
    rows = CreditEntry.objects.filter(person=person, kind="carried", standing__state="confirmed")
    return dict(rows.values_list("subject_kind", "centihours"))


def test_surplus_is_carried_into_the_next_year_once_and_within_the_caps() -> None:
    year = surplus_year(carry_professional_centihours=400)
    next_rule()

    close(NEW_YEAR)
    close(NEW_YEAR + dt.timedelta(days=1))

    assert carried(year.person) == {"professional": 400, "public": 100}
    following = record_of(year.person, 2027)
    assert following.confirmed == following.carried == Totals(100, 400)
    assert differences() == []


def test_nothing_is_carried_unless_the_rule_says_so() -> None:
    year = surplus_year(carry_public_centihours=0, carry_professional_centihours=0)
    next_rule()

    close(NEW_YEAR)

    assert record_of(year.person).is_closed
    assert carried(year.person) == {}


def test_surplus_waits_until_the_next_year_has_a_rule() -> None:
    year = surplus_year()

    close(NEW_YEAR)
    assert not record_of(year.person).is_closed
    next_rule()
    close(NEW_YEAR + dt.timedelta(days=1))

    assert carried(year.person) == {"professional": 500, "public": 100}


def test_surplus_that_waits_does_not_hold_up_a_region_whose_next_rule_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(years, "BLOCK_SIZE", 1)
    waiting = surplus_year()
    other = study.fulfilled_year(
        person=make.PersonFactory(region=make.lankao()),
        requirement=waiting.requirement,
        public_centihours=2_800,
        professional_centihours=6_500,
    )
    next_rule(region=make.lankao())

    close(NEW_YEAR)

    assert carried(other.person) == {"professional": 500, "public": 100}
    assert not record_of(waiting.person).is_closed


def test_the_command_carries_over_more_years_than_a_sweep_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(years, "BLOCK_SIZE", 1)
    rule = surplus_year().requirement
    study.fulfilled_year(person=make.PersonFactory(), requirement=rule, professional_centihours=6_500)
    next_rule()

    with clock.standing(NEW_YEAR):
        call_command("close_years")

    assert capsys.readouterr().out.splitlines() == ["2 years closed"]


@pytest.mark.parametrize("bound", ["kaifeng", "henan"])
def test_who_waits_for_a_rule_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    """The county's people come first, and nobody has ruled their next year: no region above theirs has either."""
    monkeypatch.setattr(years, "BLOCK_SIZE", 1)
    elsewhere = Region.objects.create(code="420000", name_zh="湖北省", name_en="Hubei")
    person = make.PersonFactory(region=elsewhere)
    caps = {"carry_public_centihours": 100, "carry_professional_centihours": 500}
    waiting = study.fulfilled_year(
        person=person, requirement=make.RequirementFactory(region=elsewhere, **caps),
        public_centihours=2_800, professional_centihours=6_500,
    )  # fmt: skip
    ready = surplus_year()
    next_rule(region=getattr(make, bound)())

    close(NEW_YEAR)
    close(NEW_YEAR + MINUTE)

    assert (record_of(waiting.person).is_closed, record_of(ready.person).is_closed) == (False, True)
    assert carried(ready.person) == {"professional": 500, "public": 100}
    next_rule(region=elsewhere)
    close(NEW_YEAR + 2 * MINUTE)
    assert carried(waiting.person) == {"professional": 500, "public": 100}


@pytest.mark.parametrize(
    ("held", "figures"),
    [
        ((2_600, 6_000), {}),
        ((2_500, 6_200), {}),
        ((2_600, 6_600), {"carry_professional_centihours": 0}),
        ((2_870, 5_730), {"carry_public_centihours": 0, "total_centihours": 8_594, "share": (2, 3)}),
    ],
    ids=["exactly met", "not met", "no cap for what is spare", "the rest of a hundredth of the share is none"],
)
def test_a_year_that_spares_nothing_waits_for_no_rule(held: tuple[int, int], figures: dict[str, Any]) -> None:
    caps = {"carry_public_centihours": 100, "carry_professional_centihours": 500} | figures
    numerator, denominator = caps.pop("share", (0, 1))
    rule = make.RequirementFactory(
        professional_share_numerator=numerator, professional_share_denominator=denominator, **caps
    )
    year = study.fulfilled_year(requirement=rule, public_centihours=held[0], professional_centihours=held[1])

    close(NEW_YEAR)

    assert record_of(year.person).is_closed
    assert not CreditEntry.objects.filter(kind="carried").exists()


def test_carried_hours_are_not_carried_on() -> None:
    year = surplus_year()
    next_rule(carry_professional_centihours=1_000)
    close(NEW_YEAR)
    row = CreditEntry.objects.get(person=year.person, kind="carried", subject_kind="professional")
    make.RequirementFactory(year=2028, cutoff_on=dt.date(2028, 12, 31))
    guards.rewrite_rules(row.requirement_id, total_centihours=600, public_centihours=100)
    AnnualRecord.objects.filter(person=year.person, year=2027).update(state="met", met_at=NEW_YEAR)

    close(dt.datetime(2027, 12, 31, 16, 0, tzinfo=dt.UTC))

    assert record_of(year.person, 2027).is_closed
    assert not CreditEntry.objects.filter(person=year.person, year=2028).exists()


def test_waived_hours_are_not_carried_on(ada: Person) -> None:
    bureau = Bureau(carry_professional_centihours=1_000, carry_public_centihours=1_000)
    next_rule()
    study.fulfilled_year(
        person=ada, requirement=bureau.requirement, bureau=bureau.office,
        public_centihours=2_500, professional_centihours=5_500, now=NOON - MINUTE,
    )  # fmt: skip
    bureau.granted(ada)

    close(NEW_YEAR)

    assert record_of(ada).confirmed == Totals(3_150, 7_000)
    assert carried(ada) == {}
    assert differences() == []


def test_surplus_that_is_none_any_more_is_taken_back_with_its_hours() -> None:
    year = surplus_year()
    next_rule()
    close(NEW_YEAR)

    reversals.reverse(
        entry=year.entries[1],
        by=year.officer,
        reason_code=SendBackReason.EVIDENCE,
        reason_text="",
        now=NEW_YEAR + dt.timedelta(days=30),
    )

    assert carried(year.person) == {}
    assert record_of(year.person, 2027).confirmed == Totals(0, 0)
    assert differences() == []


def test_a_next_year_that_keeps_enough_of_the_surplus_keeps_its_page() -> None:
    """3.0 of 5.0 hours carried over go; the 2.0 that stay fulfil the next year still."""
    year = study.fulfilled_year(
        requirement=make.RequirementFactory(carry_professional_centihours=500, carry_public_centihours=100),
        public_centihours=2_700, professional_centihours=6_100,
    )  # fmt: skip
    edition = study.published(
        base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=300
    )
    extra = study.earn(person=year.person, edition=edition, now=NOON)
    credits.approve(entry=extra, by=year.auditor, now=NOON)
    credits.confirm(entry=extra, by=year.officer, now=NOON)
    rule = next_rule(total_centihours=1_000, public_centihours=0)
    close(NEW_YEAR)
    assert carried(year.person) == {"professional": 500}
    study.fulfilled_year(
        person=year.person, requirement=rule, base=year.base, bureau=year.bureau,
        public_centihours=400, professional_centihours=400, now=NEW_YEAR + dt.timedelta(days=60),
    )  # fmt: skip

    reversals.reverse(
        entry=extra, by=year.officer, reason_code=SendBackReason.HOURS, reason_text="多计",
        now=NEW_YEAR + dt.timedelta(days=90),
    )  # fmt: skip

    assert record_of(year.person, 2027).confirmed == Totals(400, 600)
    assert record_of(year.person, 2027).state == AnnualRecord.State.CONFIRMED
    first, second = Certificate.objects.filter(book__person=year.person, year=2027).order_by("issued_at")
    assert (first.state, first.replaced_by, second.state) == ("replaced", second, "valid")
    assert (second.facts["professional_centihours"], second.facts["carried_professional_centihours"]) == (600, 200)
    assert differences() == []


def test_the_receipt_of_a_run_counts_the_pages_of_the_next_year_too() -> None:
    year = study.fulfilled_year(
        requirement=make.RequirementFactory(carry_professional_centihours=500),
        professional_centihours=6_300, stop_at="audited",
    )  # fmt: skip
    office = cast("Office", SimpleNamespace(bureau=year.bureau, officer=year.officer))
    first = runs.done(office)
    rule = next_rule(total_centihours=1_000, public_centihours=0)
    close(NEW_YEAR)
    study.fulfilled_year(
        person=year.person, requirement=rule, base=year.base, bureau=year.bureau,
        public_centihours=400, professional_centihours=400, now=NEW_YEAR + dt.timedelta(days=60),
    )  # fmt: skip
    later = NEW_YEAR + dt.timedelta(days=90)

    run = runs.undoing(office, of=first, now=later)
    runs.undo_work(runs.undo_signed(office, run), now=later)

    assert (run.revoke_count, run.replace_count, run.short_count) == (2, 0, 2)
    assert (run.revoked_count, run.replaced_count) == (2, 0)
    assert Certificate.objects.exclude(revoked_at=None).count() == 2


def test_a_tampered_carried_entry_is_found() -> None:
    year = surplus_year()
    next_rule()
    close(NEW_YEAR)
    entry = CreditEntry.objects.get(person=year.person, kind="carried", subject_kind="professional")

    with lifted("learning_creditentry"):
        CreditEntry.objects.filter(pk=entry.pk).update(centihours=600)
        found = [text for text in differences() if f"entry {entry.pk}:" in text]
    assert any("carries 600 over, 2026 had 500 to spare" in text for text in found), found


def test_a_page_of_a_year_with_carried_hours_says_so() -> None:
    year = surplus_year()
    rule = next_rule()
    close(NEW_YEAR)
    later = NEW_YEAR + dt.timedelta(days=200)

    following = study.fulfilled_year(
        person=year.person, requirement=rule, base=year.base, bureau=year.bureau,
        public_centihours=2_500, professional_centihours=5_500, now=later,
    )  # fmt: skip

    facts = following.certificate.facts
    assert (facts["public_centihours"], facts["professional_centihours"]) == (2_600, 6_000)
    assert (facts["carried_public_centihours"], facts["carried_professional_centihours"]) == (100, 500)
    assert differences() == []


def test_a_year_met_by_carried_hours_alone_gets_its_page_from_the_home_bureau() -> None:
    year = surplus_year()
    next_rule(total_centihours=500, public_centihours=100)
    close(NEW_YEAR)
    assert record_of(year.person, 2027).state == AnnualRecord.State.MET

    certificate_runs.carry_on(
        run=certificate_runs.begin_issue(bureau=year.bureau, by=year.officer, now=NEW_YEAR + MINUTE)
    )

    assert record_of(year.person, 2027).state == AnnualRecord.State.CONFIRMED
    page = Certificate.objects.get(book__person=year.person, year=2027)
    assert (page.facts["carried_public_centihours"], page.facts["carried_professional_centihours"]) == (100, 500)
    assert differences() == []
