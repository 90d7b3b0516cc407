"""Handing in, and the result: the end of the exam room."""

import datetime as dt

import pytest
from django.urls import reverse

from assessments.actions import attempts
from assessments.models import Attempt
from learning.models import CreditEntry, CreditStanding, Person
from learning.models.clock import database_now
from tests.assessments.room import address, overdue, post_json, signed_in, started
from tests.factories import assessments as make
from tests.factories import clock
from tests.factories.learning import RequirementFactory

pytestmark = pytest.mark.django_db


# handing in ------------------------------------------------------------------------------


def test_submit_lists_blanks_and_flags_before_the_learner_decides(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    client = signed_in(ada)
    post_json(client, attempt, position=2)
    post_json(client, attempt, position=4, choices=[], flagged=True)

    sheet = client.get(address("submit", attempt.enrolment)).context["sheet"]

    assert [row.position for row in sheet.blank] == [1, 3, 4, 5]
    assert [row.position for row in sheet.flagged] == [4]
    assert Attempt.objects.get().state == "open"


def test_submit_twice_shows_one_result(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    client = signed_in(ada)

    locations = [client.post(address("submit", attempt.enrolment), {"attempt": "1"})["Location"] for _time in range(2)]

    assert locations == [address("result", attempt.enrolment)] * 2
    assert Attempt.objects.get().state == "submitted"


def test_submit_from_a_forgotten_tab_leaves_the_resit_open(ada: Person, bureau: object) -> None:
    first = started(ada)
    attempts.submit(attempt=first, now=database_now())
    attempts.start(enrolment=first.enrolment, now=database_now())

    signed_in(ada).post(address("submit", first.enrolment), {"attempt": "1"})

    assert list(Attempt.objects.values_list("state", flat=True)) == ["submitted", "open"]


# the result -------------------------------------------------------------------------------


def test_result_of_a_pass_names_who_holds_the_hours(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    for position, letters in attempt.right_letters().items():
        make.AnswerFactory(attempt=attempt, position=position, choices=list(letters))
    client = signed_in(ada)
    client.post(address("submit", attempt.enrolment), {"attempt": "1"})

    response = client.get(address("result", attempt.enrolment))

    assert response.context["entry"] == CreditEntry.objects.get()
    assert attempt.enrolment.edition.base.name_zh in response.content.decode()


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("reversed", "Reversed"),
        ("returned", "Returned to you"),
        ("rejected", "Not accepted"),
        ("earned", "hours are earned"),
    ],
)
def test_result_of_a_pass_calls_hours_earned_only_while_they_are(
    ada: Person, bureau: object, state: str, word: str
) -> None:
    attempt = started(ada)
    for position, letters in attempt.right_letters().items():
        make.AnswerFactory(attempt=attempt, position=position, choices=list(letters))
    attempts.submit(attempt=attempt, now=database_now())
    CreditStanding.objects.update(state=state)

    page = signed_in(ada).get("/en" + address("result", attempt.enrolment)).content.decode()

    assert word in page
    assert ("hours are earned" in page) is (state == "earned")


def test_result_of_a_fail_offers_the_resit_while_there_is_one(ada: Person, bureau: object) -> None:
    attempt = started(ada)
    attempts.submit(attempt=attempt, now=database_now())
    client = signed_in(ada)

    assert client.get(address("result", attempt.enrolment)).context["may_resit"] is True

    second = attempts.start(enrolment=attempt.enrolment, now=database_now())
    attempts.submit(attempt=second, now=database_now())
    assert client.get(address("result", attempt.enrolment)).context["may_resit"] is False


def test_result_of_a_fail_leads_back_to_a_resit_under_way(ada: Person, bureau: object) -> None:
    first = started(ada)
    attempts.submit(attempt=first, now=database_now())
    second = attempts.start(enrolment=first.enrolment, now=database_now())
    paper = "/en" + address("take", first.enrolment)

    response = signed_in(ada).get("/en" + address("result", first.enrolment))

    assert response.context["running"] == second
    assert "There is no resit now" not in response.content.decode()
    assert f'href="{paper}"' in response.content.decode()


def test_an_exam_that_was_sat_in_vain_is_no_step_of_the_year(ada: Person, bureau: object) -> None:
    attempt = started(ada, attempts_max=1)
    client = signed_in(ada)
    year, exam = reverse("learning:year", args=[2026]), address("exam", attempt.enrolment)
    assert exam in client.get(year).content.decode()

    attempts.submit(attempt=attempt, now=database_now())
    page = client.get(year)

    assert exam not in page.content.decode()
    assert [step.kind for step, _place in page.context["facts"].steps] == ["choose_public", "choose_any"]


def test_every_page_of_the_room_says_until_when_a_missed_year_is_made_up(ada: Person, bureau: object) -> None:
    RequirementFactory(makeup_until_on=dt.date(2027, 4, 30))
    client = signed_in(ada)

    with clock.standing(dt.datetime(2027, 3, 1, 4, tzinfo=dt.UTC)):
        attempt = started(ada)
        pages = [client.get(address(name, attempt.enrolment)) for name in ("exam", "take")]
        attempts.submit(attempt=attempt, now=database_now())
        pages.append(client.get(address("result", attempt.enrolment)))

    for page in pages:
        assert "2027年4月30日" in page.content.decode()
        assert "2026年12月31日" not in page.content.decode()


def test_result_closes_an_overdue_attempt_that_nobody_noticed(ada: Person, bureau: object) -> None:
    attempt = overdue(ada)

    response = signed_in(ada).get(address("result", attempt.enrolment))

    assert response.context["has_ended_by_bell"] is True
    assert Attempt.objects.get().state == "expired"


def test_result_before_any_attempt_goes_to_the_door(ada: Person, bureau: object) -> None:
    enrolment = make.ready(ada)

    assert signed_in(ada).get(address("result", enrolment))["Location"] == address("exam", enrolment)
