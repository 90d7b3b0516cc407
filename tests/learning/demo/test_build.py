"""The demo is made on whatever day a visitor comes: nothing lies ahead of them, nothing in the wrong year."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from learning import ledger_check
from learning.actions.enrolments import local_year
from learning.demo import build as demo
from learning.models import (
    AnnualRecord,
    Certificate,
    CreditEntry,
    CreditFlag,
    PersonTally,
    Requirement,
)
from learning.rules.credit_states import State
from learning.rules.requirements import Totals
from learning.rules.year_status import YearStatus
from tests import everyday
from tests.factories import clock
from tests.factories import flags as make_flags
from tests.factories import learning as make

pytestmark = pytest.mark.django_db

#: In UTC; Kaifeng is eight hours ahead, so its year ends at 16:00.
DAYS = {
    "3 January": dt.datetime(2027, 1, 3, 4, tzinfo=dt.UTC),
    "leap day": dt.datetime(2028, 2, 29, 4, tzinfo=dt.UTC),
    "last minute of the year": dt.datetime(2026, 12, 31, 15, 59, tzinfo=dt.UTC),
    "New Year's morning": dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC),
}


@pytest.fixture(autouse=True)
def _only_our_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.ledger_check.report._check_other_apps", lambda _findings, _scope: None)


@pytest.fixture(scope="module", params=everyday.only(["last minute of the year"], DAYS))
def now(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dt.datetime]:
    """Build the demo at an instant, once for all that look at it."""
    at = DAYS[request.param]
    with django_db_blocker.unblock(), clock.standing(make.NOON), transaction.atomic():
        make_flags.policy()
        demo.build(at, lambda _step: None)
        yield at
        transaction.set_rollback(True)


def test_build_dates_each_entry_in_its_year_and_each_act_after_the_one_before(now: dt.datetime) -> None:
    entries = list(CreditEntry.objects.prefetch_related("decisions"))
    years = {local_year(now) - 1, local_year(now)}

    assert {*Requirement.objects.values_list("year", flat=True)} == years
    assert not Requirement.objects.in_force().filter(issued_on__gt=now.date()).exists()
    assert {entry.year for entry in entries} == years
    for entry in entries:
        decided = [row.decided_at for row in sorted(entry.decisions.all(), key=lambda row: row.sequence)]
        steps = [entry.earned_at, *decided, now]
        assert local_year(entry.earned_at) == entry.year
        assert all(earlier < later for earlier, later in itertools.pairwise(steps)), steps


def test_build_leaves_the_years_the_visitor_is_promised(now: dt.datetime) -> None:
    titles = CreditEntry.objects.filter(person__email="learner@demo.test", year=local_year(now)).order_by("earned_at")

    assert list(titles.values_list("title_en", flat=True)) == [
        "Public subjects, face-to-face class",
        "Building information modelling workshop",
        "Green building assessment standard",
        "Data security and privacy",
        "Seismic design of steel structures",
    ]
    half_way = AnnualRecord.objects.get(person__email="learner@demo.test", year=local_year(now))
    nearly = AnnualRecord.objects.get(person__email="learner3@demo.test", year=local_year(now))

    assert (half_way.confirmed, half_way.pending) == (Totals(1_400, 3_850), Totals(600, 900))
    assert nearly.confirmed == Totals(2_400, 6_000)
    pages = Certificate.objects.filter(book__person__email="learner3@demo.test")
    assert [page.year for page in pages] == [local_year(now) - 1]
    assert pages[0].issued_at <= now


def test_build_shows_somebody_who_makes_up_the_year_before(now: dt.datetime) -> None:
    counted = PersonTally.objects.filter(year=local_year(now) - 1, status=YearStatus.MAKING_UP)

    assert [row.person.email for row in counted.select_related("person")] == ["learner5@demo.test"]


def test_build_bears_the_ledgers_check(now: dt.datetime) -> None:
    assert list(ledger_check.run().differences) == []


def test_build_leaves_three_entries_to_look_at_and_no_others(now: dt.datetime) -> None:
    flagged = CreditFlag.objects.order_by("entry_id").values_list("code", "entry__person__full_name_en")

    assert sorted(flagged) == [("identity", "Wang Fang"), ("overlapping", "Liu Qiang"), ("overlapping", "Liu Qiang")]
    assert not CreditEntry.objects.flagged().exclude(standing__state=State.EARNED).exists()
