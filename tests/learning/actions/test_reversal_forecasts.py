"""What would follow from taking hours back, and that it does."""

from __future__ import annotations

import datetime as dt

import pytest

from learning.actions import certificates, credits, reversal_forecasts, reversals
from learning.models import AnnualRecord, Certificate, CreditEntry
from learning.rules.reasons import ReversalReason
from learning.rules.requirements import SubjectKind
from learning.tasks import close_due_years
from tests.factories import clock
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.years import Year, earn, fulfilled_year, published

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LATER = NOON + DAY


@pytest.fixture
def year() -> Year:
    """A fulfilled year with 4 professional hours more than it needs."""
    year = fulfilled_year()
    edition = published(base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=400)
    extra = earn(person=year.person, edition=edition, now=NOON + dt.timedelta(hours=1))
    credits.approve(entry=extra, by=year.auditor, now=NOON + dt.timedelta(hours=1))
    credits.confirm(entry=extra, by=year.officer, now=NOON + dt.timedelta(hours=1))
    year.entries.append(extra)
    certificates.reissue(
        certificate=year.certificate, by=year.officer, reason="hours_corrected", now=NOON + dt.timedelta(hours=2)
    )
    return year


def forecast(*entries: CreditEntry) -> reversal_forecasts.Forecast:
    return reversal_forecasts.of_entries(CreditEntry.objects.filter(pk__in=[entry.pk for entry in entries]))


def take_back(year: Year, *entries: CreditEntry) -> None:
    for number, entry in enumerate(entries):
        now = LATER + dt.timedelta(minutes=number)
        reversals.reverse(entry=entry, by=year.officer, reason_code=ReversalReason.HOURS, reason_text="多计", now=now)


def test_hours_that_were_too_many_replace_the_page(year: Year) -> None:
    told = forecast(year.entries[2])
    assert told == reversal_forecasts.Forecast(people=1, short=0, revoked=0, replaced=1)

    take_back(year, year.entries[2])

    assert AnnualRecord.objects.get(person=year.person).state == AnnualRecord.State.CONFIRMED
    assert Certificate.objects.standing().count() == 1


def test_hours_that_are_needed_revoke_it_and_the_year_falls_short(year: Year) -> None:
    told = forecast(year.entries[1], year.entries[2])
    assert told == reversal_forecasts.Forecast(people=1, short=1, revoked=1, replaced=0)

    take_back(year, year.entries[2], year.entries[1])

    assert AnnualRecord.objects.get(person=year.person).state == AnnualRecord.State.OPEN
    assert Certificate.objects.standing().count() == 0


def test_a_year_that_was_never_met_does_not_fall_short(year: Year) -> None:
    other = fulfilled_year(person=make.PersonFactory(), base=year.base, bureau=year.bureau, stop_at="audited")
    credits.confirm(entry=other.entries[0], by=other.officer, now=NOON)

    told = forecast(year.entries[2], other.entries[0])

    assert told == reversal_forecasts.Forecast(people=2, short=0, revoked=0, replaced=1)


def test_nothing_follows_from_nothing() -> None:
    assert forecast() == reversal_forecasts.Forecast()


NEW_YEAR = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)
CAPS = {"carry_public_centihours": 100, "carry_professional_centihours": 500}


def carried_on(*, next_total: int) -> Year:
    """A year whose 3.0 professional hours too many fulfil the next one with what is studied there, page and all."""
    year = fulfilled_year(requirement=make.RequirementFactory(**CAPS), professional_centihours=6_300)
    following = make.RequirementFactory(
        year=2027, cutoff_on=dt.date(2027, 12, 31), total_centihours=next_total, public_centihours=0
    )
    with clock.standing(NEW_YEAR):
        close_due_years()
    fulfilled_year(
        person=year.person, requirement=following, base=year.base, bureau=year.bureau,
        public_centihours=400, professional_centihours=400, now=NEW_YEAR + 60 * DAY,
    )  # fmt: skip
    assert Certificate.objects.standing().filter(year=2027).count() == 1
    return year


@pytest.mark.parametrize(
    ("next_total", "expected"),
    [
        (1_000, reversal_forecasts.Forecast(people=1, short=2, revoked=2, replaced=0)),
        (500, reversal_forecasts.Forecast(people=1, short=1, revoked=1, replaced=1)),
    ],
    ids=["the next year needs it", "the next year has enough"],
)
def test_a_next_year_that_lives_on_the_surplus_is_told_of(
    next_total: int, expected: reversal_forecasts.Forecast
) -> None:
    year = carried_on(next_total=next_total)

    told = forecast(year.entries[1])
    reversals.reverse(
        entry=year.entries[1], by=year.officer, reason_code=ReversalReason.HOURS, reason_text="多计",
        now=NEW_YEAR + 90 * DAY,
    )  # fmt: skip

    assert told == expected
    ended = Certificate.objects.exclude(revoked_at=None).count(), Certificate.objects.exclude(replaced_at=None).count()
    assert ended == (expected.revoked, expected.replaced)


def test_a_next_year_keeps_what_is_still_spare() -> None:
    year = carried_on(next_total=1_000)
    edition = published(base=year.base, requirement=year.requirement, kind=SubjectKind.PROFESSIONAL, centihours=300)
    extra = earn(person=year.person, edition=edition, now=NOON)
    credits.approve(entry=extra, by=year.auditor, now=NOON)
    credits.confirm(entry=extra, by=year.officer, now=NOON)

    assert forecast(extra) == reversal_forecasts.Forecast(people=1, short=0, revoked=0, replaced=1)
