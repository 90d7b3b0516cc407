"""The audit desk and its flags: parted from the clean, read and decided one by one."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import credits, flags
from learning.models import CreditDecision, CreditEntry, CreditFlagLook, CreditScreening, CreditStanding
from learning.models.clock import database_now
from learning.rules.credit_states import State
from learning.rules.flags import FlagCode
from tests.factories import flags as make_flags
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    """A base with three entries; the second is flagged."""
    office = Office()
    make_flags.flag(office.entries[1])
    return office


@pytest.fixture
def flagged(office: Office) -> CreditEntry:
    return office.entries[1]


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.auditor)
    return client


def url(office: Office, query: str = "") -> str:
    return f"/en/base/{office.base.slug}/audit/{query}"


def shown(response: object) -> list[CreditEntry]:
    return [row.entry for row in response.context["rows"]]  # type: ignore[attr-defined]


def answer(entry: CreditEntry, **said: object) -> dict[str, object]:
    facts = {"do": "approve_flagged", "pick": str(seen_of([entry])[0]), "flag": ["quick_exam"], "words": "Asked."}
    return facts | said


# What is seen -------------------------------------------------------------------


def test_flagged_comes_first_and_has_no_box(desk: Client, office: Office, flagged: CreditEntry) -> None:
    response = desk.get(url(office, "?select=page"))

    first, *others = response.context["rows"]
    assert (first.entry, first.is_alone, first.is_selected) == (flagged, True, False)
    assert [(row.is_alone, row.is_selected) for row in others] == [(False, True)] * 2
    assert [(group.code, len(group.rows)) for group in response.context["groups"]] == [("quick_exam", 1), ("", 2)]
    assert f'value="{seen_of([flagged])[0]}" aria-label' not in response.content.decode()


def test_nothing_is_ticked_before_somebody_ticks_it(desk: Client, office: Office) -> None:
    assert not any(row.is_selected for row in desk.get(url(office)).context["rows"])


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 0, 2]),
        ("?f=flagged", [1]),
        ("?f=clean", [0, 2]),
        ("?f=quick_exam", [1]),
        ("?f=same_network", []),
        ("?f=nonsense", [1, 0, 2]),
    ],
)
def test_queue_is_narrowed_by_flag(desk: Client, office: Office, query: str, numbers: list[int]) -> None:
    response = desk.get(url(office, query))

    assert shown(response) == [office.entries[number] for number in numbers]
    counts = response.context["flag_counts"]
    assert (counts.flagged.count, counts.clean.count, counts.by_code) == (1, 2, [("quick_exam", 1)])


def test_flag_is_told_as_a_fact_beside_what_is_usual(desk: Client, office: Office, flagged: CreditEntry) -> None:
    page = desk.get(url(office, f"?entry={flagged.pk}")).content.decode()

    assert "The exam was handed in after 7 min" in page
    assert "40 min" in page
    assert "Somebody who knows the subject well may need as little." in page
    assert 'name="flag" value="quick_exam"' in page


def test_return_begins_with_the_flags_own_question(desk: Client, office: Office, flagged: CreditEntry) -> None:
    page = desk.get(url(office, f"?entry={flagged.pk}"))
    clean = desk.get(url(office, f"?entry={office.entries[0].pk}"))

    assert (page.context["reasoned"].code, page.context["reasoned"].text) == (
        "exam",
        "Please say how you prepared for the exam.",
    )
    assert (clean.context["reasoned"].code, clean.context["reasoned"].text) == ("", "")


def test_queue_asks_the_database_as_often_for_three_flagged_rows_as_for_one(client: Client) -> None:
    office = Office(entries=1)
    client.force_login(office.auditor)
    make_flags.flag(office.entries[0])
    with CaptureQueriesContext(connection) as for_one:
        client.get(url(office))
    for _number in range(2):
        entry = years.earn(person=make.PersonFactory(), edition=office.edition)
        make_flags.flag(entry)
        make_flags.flag(entry, FlagCode.SAME_NETWORK, figure=7)

    with CaptureQueriesContext(connection) as for_three:
        response = client.get(url(office))

    assert len(shown(response)) == 3
    assert len(for_three) == len(for_one)


# Deciding -----------------------------------------------------------------------


def test_approve_together_leaves_the_flagged_and_says_so(desk: Client, office: Office, flagged: CreditEntry) -> None:
    picks = [str(seen) for seen in seen_of([office.entries[0], flagged])]

    page = desk.post(url(office), {"do": "approve", "pick": picks}, follow=True).content.decode()

    assert "Approved 1 entry, 4.0 hours" in page
    assert "Something is flagged on it" in page
    assert CreditStanding.objects.get(pk=flagged.pk).state == State.EARNED


def test_approve_together_measures_first_what_no_sweep_has_seen(desk: Client, office: Office) -> None:
    office.base.base_profile.may_teach_professional = False
    office.base.base_profile.save()

    response = desk.post(url(office), {"do": "approve", "pick": str(seen_of(office.entries)[0])})

    assert response.status_code == 409
    assert CreditScreening.objects.get().entry == office.entries[0]
    assert CreditDecision.objects.count() == 0


def test_approve_one_with_its_flags_read(desk: Client, office: Office, flagged: CreditEntry) -> None:
    response = desk.post(url(office), answer(flagged, next=str(office.entries[0].pk)), follow=True)

    decision = CreditDecision.objects.get()
    assert (decision.entry, decision.verdict, decision.reason_text) == (flagged, "approved", "Asked.")
    assert CreditFlagLook.objects.get().decision == decision
    assert "Approved with its flags read" in response.content.decode()
    assert response.context["dossier"].entry == office.entries[0]


@pytest.mark.parametrize(("words", "told"), [("  ", "Write why these hours stand"), ("x" * 501, "At most 500")])
def test_approve_one_wants_words(desk: Client, office: Office, flagged: CreditEntry, words: str, told: str) -> None:
    response = desk.post(url(office), answer(flagged, words=words))

    page = response.content.decode()
    assert (response.status_code, CreditDecision.objects.count()) == (422, 0)
    assert "Nothing was approved yet" in page
    assert told in page


def test_approve_one_is_not_taken_when_something_new_was_flagged(
    desk: Client, office: Office, flagged: CreditEntry
) -> None:
    make_flags.flag(flagged, FlagCode.SAME_NETWORK, figure=7, usual=2)

    response = desk.post(url(office), answer(flagged))

    page = response.content.decode()
    assert (response.status_code, CreditDecision.objects.count()) == (409, 0)
    assert "Something new is flagged on this entry" in page
    assert "Asked." in page


def test_approve_one_that_was_decided_says_who_was_first(desk: Client, office: Office, flagged: CreditEntry) -> None:
    said = answer(flagged)
    flags.approve(entry=flagged, by=office.auditor, words="Mine", codes=["quick_exam"], now=NOON)

    response = desk.post(url(office), said)

    assert response.status_code == 409
    assert "It stands as they decided." in response.content.decode()


def test_approve_one_takes_one_of_this_base_alone(desk: Client, office: Office, flagged: CreditEntry) -> None:
    foreign = Office(entries=1).entries[0]
    both = [str(seen) for seen in seen_of([flagged, office.entries[0]])]

    assert desk.post(url(office), answer(foreign)).status_code == 404
    assert desk.post(url(office), answer(flagged, pick=both)).status_code == 404


def test_return_asks_about_the_flag(desk: Client, office: Office, flagged: CreditEntry) -> None:
    pick = str(seen_of([flagged])[0])

    desk.post(url(office), {"do": "return", "pick": pick, "reason": "exam", "text": "Please say how"})

    assert CreditFlagLook.objects.get().decision.verdict == "returned"


def test_an_answer_is_shown_beside_what_was_asked(desk: Client, office: Office, flagged: CreditEntry) -> None:
    flags.return_to_learner(
        entry=flagged, by=office.auditor, reason_code="exam", reason_text="Please say how", now=NOON
    )
    credits.resubmit(entry=flagged, by=flagged.person, reason_text="At work, with my team", now=database_now())
    make_flags.flag(flagged, FlagCode.SAME_NETWORK, at=NOON + dt.timedelta(minutes=1), figure=7, usual=2)

    response = desk.get(url(office, f"?entry={flagged.pk}"))

    page = response.content.decode()
    assert "<del>Please explain how you took the exam: Please say how</del>" in page
    assert "<ins>At work, with my team</ins>" in page
    assert [flag.code for flag in response.context["dossier"].new_flags] == ["same_network"]
    assert "<ins>7 people sat this exam on one network that day</ins>" in page


# The file -----------------------------------------------------------------------


def lines(response: object) -> list[list[str]]:
    return list(csv.reader(response.content.decode("utf-8-sig").splitlines()))  # type: ignore[attr-defined]


def test_flags_go_out_as_a_file(desk: Client, office: Office, flagged: CreditEntry) -> None:
    flags.return_to_learner(entry=flagged, by=office.auditor, reason_code="exam", reason_text="=1+1", now=NOON)
    credits.resubmit(entry=flagged, by=flagged.person, reason_text="Here", now=NOON)

    response = desk.get(url(office, "flags.csv"))

    head, line = lines(response)
    assert response["Content-Disposition"] == 'attachment; filename="flags.csv"'
    assert (head[0], line[0], line[4], line[6], line[7]) == ("Number", str(flagged.pk), "Short exam", "420", "2400")
    assert line[-1] == "returned to the learner: =1+1"


def test_file_runs_no_formula_and_holds_this_base_alone(desk: Client, office: Office, flagged: CreditEntry) -> None:
    make_flags.flag(Office(entries=1).entries[0])
    flagged.person.full_name_en = "=HYPERLINK(1)"
    flagged.person.save()

    (_head, line) = lines(desk.get(url(office, "flags.csv")))

    assert line[1] == "'=HYPERLINK(1)"


def test_file_is_narrowed_as_the_page_is(desk: Client, office: Office) -> None:
    assert len(lines(desk.get(url(office, "flags.csv?f=same_network")))) == 1
