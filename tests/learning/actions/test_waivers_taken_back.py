"""Waivers taken back: whole, as they were granted, for good or to be judged again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from learning.actions import credits, reversals, waivers
from learning.models import AnnualRecord, CreditEntry, Evidence, Person
from learning.rules.credit_states import State
from learning.rules.reasons import ReversalReason
from learning.rules.requirements import SubjectKind, Totals
from learning.tasks import close_due_years
from learning.views.waivers import rows_of
from tests.factories import clock
from tests.factories import learning as make
from tests.factories import years as study
from tests.factories.waivers import MINUTE, NOON, Bureau
from tests.factories.years import differences

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=1)
#: The first day on which nothing of 2026 is studied or decided any more.
MAY = dt.datetime(2027, 4, 30, 16, 0, tzinfo=dt.UTC)


def take_back(asked: Evidence, bureau: Bureau, part: int = 0, *, is_again: bool = False) -> CreditEntry:
    return reversals.reverse(
        entry=waivers.entries_of(asked)[part],
        by=bureau.second,
        reason_code=ReversalReason.MISTAKE,
        reason_text="误批",
        is_again=is_again,
        now=LATER,
    )


def waived(person: Person) -> Totals:
    return AnnualRecord.objects.get(person=person, year=2026).waived


@pytest.mark.parametrize("part", [0, 1])
def test_both_subjects_are_taken_back_whichever_is_named(ada: Person, part: int) -> None:
    bureau = Bureau()
    asked = bureau.granted(ada)
    named = waivers.entries_of(asked)[part]

    reversal = take_back(asked, bureau, part)

    assert reversal.reverses == named
    assert {entry.standing.state for entry in waivers.entries_of(asked)} == {State.REVERSED}
    assert waived(ada) == Totals(0, 0)
    assert differences() == []


def test_the_days_of_what_was_taken_back_are_free_again(ada: Person) -> None:
    bureau = Bureau()
    take_back(bureau.granted(ada), bureau)

    bureau.granted(ada, now=LATER + MINUTE)

    assert waived(ada) == Totals(650, 1_500)
    assert differences() == []


def test_what_is_judged_again_is_checked_and_granted_as_the_first_time(ada: Person) -> None:
    bureau = Bureau()
    asked = bureau.granted(ada)

    take_back(asked, bureau, is_again=True)

    assert [entry.standing.state for entry in waivers.entries_of(asked)] == [State.EARNED, State.EARNED]
    assert waived(ada) == Totals(0, 0)
    (row,) = rows_of([asked])
    assert (row.worth, row.state, row.seen) == (Totals(650, 1_500), State.EARNED, 0)
    assert list(Evidence.objects.standing_at(State.REVERSED)) == []

    # Another of the two checks it this time: nobody is barred by what was decided before.
    waivers.check(asked=asked, by=bureau.second, reason_text="", now=LATER + MINUTE, seen=0)
    with pytest.raises(credits.OwnHours):
        waivers.grant(asked=asked, by=bureau.second, now=LATER + 2 * MINUTE, seen=1)
    waivers.grant(asked=asked, by=bureau.first, now=LATER + 2 * MINUTE, seen=1)

    assert waived(ada) == Totals(650, 1_500)
    assert differences() == []


def test_what_is_judged_again_keeps_its_days(ada: Person) -> None:
    bureau = Bureau()
    take_back(bureau.granted(ada), bureau, is_again=True)

    with pytest.raises(waivers.NotWaived):
        bureau.asked(ada, now=LATER + MINUTE)


def test_a_year_does_not_wait_for_a_waiver_that_is_judged_again(ada: Person) -> None:
    bureau = Bureau(grace_days=0)
    asked = bureau.granted(ada)
    base = make.BaseFactory()
    study.earn(
        person=ada,
        edition=study.published(
            base=base, requirement=bureau.requirement, kind=SubjectKind.PROFESSIONAL, centihours=400, now=NOON
        ),
        now=NOON,
    )
    take_back(asked, bureau, is_again=True)

    with clock.standing(MAY):
        close_due_years()

    assert AnnualRecord.objects.get(person=ada).closed_at == MAY
    waivers.check(asked=asked, by=bureau.second, reason_text="", now=MAY + MINUTE, seen=0)
    waivers.grant(asked=asked, by=bureau.first, now=MAY + 2 * MINUTE, seen=1)
    assert waived(ada) == Totals(650, 1_500)
    assert differences() == []


def test_the_officers_page_speaks_of_the_whole_waiver(ada: Person, client: Client) -> None:
    bureau = Bureau()
    entry = waivers.entries_of(bureau.granted(ada))[0]
    client.force_login(bureau.second)

    page = client.get(f"/en/bureau/confirm/reversals/entries/{entry.pk}/").content.decode()

    assert "Take back 21.5 hours" in page
    assert "checked and granted anew by two officers" in page
    assert "back to the base" not in page
