"""Asking for a waiver, and the bureau's desk of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from learning.actions import waivers
from learning.models import CreditEntry, Evidence, Person
from learning.rules.credit_states import State
from learning.rules.reasons import WaiverReason
from learning.rules.waivers import Ground
from tests.factories import clock
from tests.factories import learning as make
from tests.factories.waivers import NOON, Bureau, leave

pytestmark = pytest.mark.django_db
SAID = {"ground": "parental", "from_on": "2026-02-01", "to_on": "2026-04-30", "document": "人〔2026〕7号", "note": ""}
REASON = {"reason": WaiverReason.DAYS.value, "text": "请核对日期"}


@pytest.fixture
def bureau(db: None) -> Bureau:
    return Bureau()


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def english(client: Client, name: str, *args: object, query: str = "") -> Any:
    with translation.override("en"):
        return client.get(reverse(name, args=args) + query)


def state(asked: Evidence) -> set[str]:
    return set(asked.credit_entries.values_list("standing__state", flat=True))


def test_a_learner_asks_and_sees_where_it_stands(bureau: Bureau, ada: Person) -> None:
    client = signed_in(ada)

    answer = client.post("/me/2026/waiver/", SAID)

    assert answer.status_code == 302
    page = english(client, "learning:waiver", 2026).text
    assert "21.5 hours for parental leave" in page
    assert "Being checked" in page
    year = english(client, "learning:year", 2026).text
    assert "You asked for 21.5 hours to be waived" in year
    assert "86.0 hours to study" in year or "86.0 hours left" in year


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"to_on": "2026-02-10"}, "fewer full months"),
        ({"to_on": "2026-01-10"}, "lies before the first"),
        ({"ground": ""}, "Choose what it was for"),
        ({"document": ""}, "Name the document"),
        ({"ground": "boredom"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_waived_is_said_beside_the_form(
    bureau: Bureau, ada: Person, said: dict[str, str], words: str
) -> None:
    client = signed_in(ada)

    with translation.override("en"):
        answer = client.post(reverse("learning:waiver", args=[2026]), SAID | said)
        text = str(answer.context["form"].errors)

    assert (answer.status_code, CreditEntry.objects.count()) == (422, 0)
    assert words in text


def test_what_is_missing_is_named_field_by_field(bureau: Bureau, ada: Person) -> None:
    page = signed_in(ada).post("/en/me/2026/waiver/", {})

    assert page.status_code == 422
    for words in ("Choose what it was for.", "Give the first day of it.", "Give the last day", "Name the document"):
        assert words in page.text
    assert "This field is required" not in page.text


def test_a_rule_that_waives_nothing_offers_nothing(ada: Person) -> None:
    make.RequirementFactory()

    page = english(signed_in(ada), "learning:waiver", 2026).text

    assert "waives no hours of this year" in page
    assert 'name="ground"' not in page


def test_a_year_nobody_has_is_not_there(bureau: Bureau, ada: Person) -> None:
    assert signed_in(ada).get("/me/2019/waiver/").status_code == 404
    assert signed_in(bureau.first).get("/me/2026/waiver/").status_code == 404


def test_the_learner_reads_why_it_was_returned_and_answers(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    waivers.give_back(asked=asked, by=bureau.first, reason=(REASON["reason"], REASON["text"]), now=NOON, seen=0)
    client = signed_in(ada)
    assert REASON["text"] in english(client, "learning:waiver", 2026).text
    assert "Your bureau returned" in english(client, "learning:year", 2026).text

    client.post("/me/2026/waiver/", {"do": "answer", "asked": asked.pk, "reason_text": "已补"})

    assert state(asked) == {State.EARNED}


def test_a_returned_waiver_is_answered_as_a_whole_from_its_record_too(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    waivers.give_back(asked=asked, by=bureau.first, reason=(REASON["reason"], ""), now=NOON, seen=0)
    entry = waivers.entries_of(asked)[0]

    signed_in(ada).post(f"/me/hours/{entry.pk}/resubmit/", {"reason_text": "已补"})

    assert state(asked) == {State.EARNED}


def test_nobody_answers_for_another(bureau: Bureau, ada: Person, cy: Person) -> None:
    asked = bureau.asked(ada)
    waivers.give_back(asked=asked, by=bureau.first, reason=(REASON["reason"], ""), now=NOON, seen=0)

    answer = signed_in(cy).post("/me/2026/waiver/", {"do": "answer", "asked": asked.pk, "reason_text": "我"})

    assert (answer.status_code, state(asked)) == (404, {State.RETURNED})


def test_two_officers_take_a_waiver_through_the_desk(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    first, second = signed_in(bureau.first), signed_in(bureau.second)
    assert "1 waiver to check" in english(first, "learning:waivers").text
    case = f"/bureau/waivers/{asked.pk}/"
    checked = first.post(f"/en{case}", {"do": "check", "seen": "0"}, follow=True).text
    assert "The proof is in order. A second officer decides now." in checked
    assert "Waivers appear here when a learner" in checked
    assert "A colleague decides" in english(first, "learning:waiver-case", asked.pk).text
    assert "1 waiver to grant" in english(second, "learning:waivers", query="?tab=grant").text

    second.post(case, {"do": "grant", "seen": "1"})

    assert state(asked) == {State.CONFIRMED}
    year = english(signed_in(ada), "learning:year", 2026).text
    assert "21.5 hours were waived with approval" in year
    assert "6.5 waived" in english(signed_in(ada), "learning:rules-year", 2026).text


def test_the_first_officer_cannot_grant_by_a_crafted_post(bureau: Bureau, ada: Person) -> None:
    asked = bureau.checked(ada)

    signed_in(bureau.first).post(f"/bureau/waivers/{asked.pk}/", {"do": "grant", "seen": "1"})

    assert state(asked) == {State.AUDITED}


@pytest.mark.parametrize("do", ["give_back", "send_back", "refuse"])
def test_a_verdict_against_somebody_needs_its_reason(bureau: Bureau, ada: Person, do: str) -> None:
    asked = bureau.asked(ada) if do == "give_back" else bureau.checked(ada)
    officer = bureau.first if do == "give_back" else bureau.second
    seen = {"seen": "0" if do == "give_back" else "1"}
    before = state(asked)

    answer = signed_in(officer).post(f"/bureau/waivers/{asked.pk}/", {"do": do, "reason": "", "text": ""} | seen)
    assert (answer.status_code, state(asked)) == (422, before)

    signed_in(officer).post(f"/bureau/waivers/{asked.pk}/", {"do": do} | REASON | seen)
    after = {"give_back": State.RETURNED, "send_back": State.EARNED, "refuse": State.REJECTED}[do]
    assert state(asked) == {after}


def test_what_somebody_decided_first_stands(bureau: Bureau, ada: Person) -> None:
    asked = bureau.granted(ada)

    answer = signed_in(bureau.second).post(f"/bureau/waivers/{asked.pk}/", {"do": "refuse", "seen": "1"} | REASON)

    assert (answer.status_code, state(asked)) == (302, {State.CONFIRMED})


def test_another_bureau_sees_nothing(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    other = make.PersonFactory(title_level="")
    make.MembershipFactory(person=other, organisation=make.BureauFactory(region=make.lankao()), role="officer")

    client = signed_in(other)

    assert client.get(f"/bureau/waivers/{asked.pk}/").status_code == 404
    assert ada.full_name not in client.get("/bureau/waivers/").text
    assert signed_in(ada).get("/bureau/waivers/").status_code == 404


def test_the_desk_filters_by_ground(bureau: Bureau, ada: Person, cy: Person) -> None:
    bureau.asked(ada)
    bureau.asked(cy, leave("2026-01-01", "2026-06-30", Ground.ILLNESS))

    page = signed_in(bureau.first).get("/bureau/waivers/?ground=illness").text

    assert cy.full_name in page
    assert ada.full_name not in page
    none = english(signed_in(bureau.first), "learning:waivers", query="?ground=maternity").text
    assert "Nobody asked for this reason" in none
    assert (
        "once a colleague has checked" in english(signed_in(bureau.first), "learning:waivers", query="?tab=grant").text
    )


def test_the_confirmation_desk_shows_no_waivers(bureau: Bureau, ada: Person) -> None:
    bureau.checked(ada)

    page = signed_in(bureau.second).get("/bureau/confirm/").text

    assert waivers.TITLE_ZH not in page


def test_the_confirmation_desk_takes_no_half_of_a_waiver(bureau: Bureau, ada: Person) -> None:
    asked = bureau.checked(ada)
    half, second = waivers.entries_of(asked)[0], signed_in(bureau.second)

    assert second.get(f"/bureau/confirm/?entry={half.pk}").status_code == 404
    said = {"do": "send_back", "pick": f"{half.pk}:1", "reason": "hours", "text": "请核对"}
    assert second.post("/bureau/confirm/", said).status_code == 404

    assert state(asked) == {State.AUDITED}


def test_the_desk_asks_as_much_for_three_as_for_one(
    bureau: Bureau, ada: Person, django_assert_num_queries: Any
) -> None:
    bureau.asked(ada)
    client = signed_in(bureau.first)
    client.get("/bureau/waivers/")
    with django_assert_num_queries(12) as one:
        client.get("/bureau/waivers/")
    for _number in range(2):
        bureau.asked(make.PersonFactory())
    with django_assert_num_queries(len(one)):
        client.get("/bureau/waivers/")


def test_why_a_waived_hour_is_the_number_it_is(bureau: Bureau, ada: Person) -> None:
    entry = waivers.entries_of(bureau.granted(ada))[0]

    page = english(signed_in(ada), "learning:why", entry.pk).text

    assert "3 / 12" in page
    assert "parental leave" in page


def test_a_course_is_taken_to_make_up_the_missed_year(ada: Person) -> None:
    make.RequirementFactory(makeup_until_on=dt.date(2027, 4, 30))
    make.RequirementFactory(year=2027, cutoff_on=dt.date(2027, 12, 31))
    edition = make.EditionFactory(course_key="ethics")
    client = signed_in(ada)

    with clock.standing(dt.datetime(2027, 3, 1, tzinfo=dt.UTC)):
        client.post("/courses/ethics/enrol/", {"year": "2026"})
        page = english(client, "learning:year", 2026).text

    place = ada.enrolments.get()
    assert (place.year, place.edition) == (2026, edition)
    assert "2026 is 86.0 hours short" in page
    assert "until 30 April 2027" in page
