from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import translation

from learning.models import CreditEntry, Membership, Person, Role
from tests.factories import learning as make_learning
from tests.factories import tracking as make
from tests.factories.guards import rewrite_rules
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tests.tracking.rules.lines import line, segment
from tests.tracking.watching import rewinding, visit
from tests.tracking.why import english, export, notes, said, why
from tracking.demo import history
from tracking.rules.chain import LineKind
from tracking.views import lessons_why

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 45, NOON - dt.timedelta(days=1))
    return at


def test_page_shows_a_subtraction_that_is_true(at: Learner) -> None:
    answer = at.client.get("/en" + why(at))

    sums = answer.context["sums"]
    assert (sums.open_s, sums.still_s, sums.again_s, sums.credited_s) == (45, 0, 0, 45)
    assert sums.open_s - sums.still_s - sums.again_s == sums.credited_s


def test_page_tells_of_watching_again_and_of_stillness(at: Learner) -> None:
    history.watch(at.enrolment, at.lesson, 60, NOON)

    sums = at.client.get(why(at)).context["sums"]

    assert (sums.open_s, sums.still_s, sums.again_s, sums.credited_s) == (105, 0, 45, 60)


def test_fragment_for_htmx_has_no_frame(at: Learner) -> None:
    text = at.client.get(why(at), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in text
    assert '<dl class="subtract">' in text


def test_page_of_a_lecture_never_opened(at: Learner) -> None:
    answer = at.client.get(why(at, 2))

    assert answer.status_code == 200
    assert answer.context["chapters"] == []


def test_page_of_a_lecture_that_is_not_there_is_404(at: Learner) -> None:
    assert at.client.get(why(at, 3)).status_code == 404


def test_anonymous_visitors_are_led_to_the_sign_in_page(at: Learner) -> None:
    answer = Client().get(why(at))

    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("who", ["cy", "another base's auditor", "own base's editor"])
def test_outsiders_get_404(at: Learner, cy: Person, who: str) -> None:
    if who == "another base's auditor":
        Membership.objects.create(person=cy, organisation=make_learning.BaseFactory(), role=Role.AUDITOR)
    if who == "own base's editor":
        Membership.objects.create(person=cy, organisation=at.enrolment.edition.base, role=Role.EDITOR)
    client = Client()
    client.force_login(cy)

    assert client.get(why(at)).status_code == 404


def test_the_bases_auditor_may_read_it(at: Learner, cy: Person) -> None:
    Membership.objects.create(person=cy, organisation=at.enrolment.edition.base, role=Role.AUDITOR)
    client = Client()
    client.force_login(cy)

    answer = client.get(why(at))

    assert answer.status_code == 200
    assert at.person.full_name in answer.content.decode()


def test_query_count_does_not_grow_with_the_sessions(at: Learner, django_assert_max_num_queries: object) -> None:
    for day in range(3):
        history.watch(at.enrolment, at.lesson, 46 + day, NOON + dt.timedelta(days=day))

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        at.client.get(why(at))


def test_page_tells_a_visit_line_by_line(at: Learner) -> None:
    visit(
        at,
        segment(0, 15_000, 45, 55, 10, flags=1),
        line(LineKind.CHECK, 15_000),
        line(LineKind.ANSWER, 15_000, 23_000, flags=0),
        line(LineKind.CHECK, 24_000),
        line(LineKind.ANSWER, 24_000, 36_500, flags=1),
        segment(36_500, 50_500, 55, 59, 4),
        ended_s=50,
    )

    answer = english(at)

    assert said(answer) == [
        ("Opened on Windows · Edge", ""),
        ("Nothing was played for 00:05", ""),
        ("Played 00:45–00:55", "+00:10"),
        ("Presence check asked", ""),
        ("Nothing was played for 00:31", ""),
        ("Presence check answered wrongly after 8.0 s", ""),
        ("Presence check asked", ""),
        ("Presence check passed after 12.5 s", ""),
        ("Played 00:55–00:59", "+00:04"),
        ("Left", ""),
    ]
    assert notes(answer) == [
        "went on at 00:45 of the lecture",
        "sound off",
        "nothing was taken away; another check follows",
    ]
    # In Beijing time, whatever the server's is.
    assert "12:00:05" in answer.content.decode()


def test_page_tells_a_missed_check_and_what_waited_for_it(at: Learner) -> None:
    visit(
        at,
        segment(0, 10_000, 45, 55, 10),
        line(LineKind.CHECK, 10_000),
        segment(10_000, 71_000, 0, 0, 0, deferred_s=61),
        line(LineKind.MISS, 10_000, 71_000),
        ended_s=71,
    )

    answer = english(at)

    assert said(answer)[2:5] == [
        ("Presence check asked", ""),
        ("Seconds were claimed, none was credited yet", "0"),
        ("Presence check missed: no answer for 01:01", ""),
    ]
    assert notes(answer)[1:] == [
        "claims of 01:01 had to wait: a presence check was open",
        "crediting paused; nothing credited before was taken away",
    ]


@pytest.mark.parametrize(
    ("device", "elsewhere", "expected"),
    [
        ("desk", "", "Ended: the lecture was opened anew on the same device"),
        ("phone", "", "Ended: another device took over, Android · WeChat"),
        ("phone", "lecture", "Ended: lecture 2 was opened on Android · WeChat"),
        ("phone", "course", "Ended: the account began to watch elsewhere, on Android · WeChat"),
    ],
)
def test_page_tells_who_took_over_and_never_which_other_course(
    at: Learner, device: str, elsewhere: str, expected: str
) -> None:
    visit(at, segment(0, 10_000, 45, 55, 10))
    place = at
    if elsewhere == "lecture":
        place = Learner(at.person, at.enrolment, at.enrolment.edition.lessons.get(number=2), at.client)
    if elsewhere == "course":
        place = make.learner(at.person, title_zh="别的课", title_en="Some other course")
    visit(place, opened_s=30, device=device, label="Android · WeChat")

    answer = english(at)

    ends = [what for place in range(len(answer.context["visits"])) for what, _effect in said(answer, place)]
    assert [what for what in ends if what.startswith("Ended")] == [expected]
    assert "Some other course" not in answer.content.decode()


def test_page_tells_of_late_claims(at: Learner) -> None:
    late = line(LineKind.LATE, 20_000, from_s=55, to_s=59, new_s=4)
    visit(at, segment(0, 20_000, 45, 55, 10), ended_s=20, late=[late], end=LineKind.END_TIMEOUT)

    answer = english(at)

    assert said(answer)[-2:] == [
        ("Ended by itself: the player was not heard of any more", ""),
        ("00:55–00:59 came in after the end", "+00:04"),
    ]
    assert answer.context["sums"].late_s == 4


def test_page_names_the_days_limit_where_the_day_was_full(at: Learner) -> None:
    # An hour is 30 s: the cap of a day is 30 s.
    rewrite_rules(at.enrolment.requirement_id, daily_cap_centihours=100)
    visit(at, segment(0, 60_000, 0, 0, 0, deferred_s=12), ended_s=60)
    assert notes(english(at)) == ["claims of 00:12 had to wait: more was claimed than time had passed"]

    # Another course fills the day; what the requirement says later changes nothing.
    visit(make.learner(at.person), segment(0, 30_000, 0, 30, 30), opened_s=120, ended_s=30)
    rewrite_rules(at.enrolment.requirement_id, daily_cap_centihours=None)

    assert notes(english(at)) == ["claims of 00:12 had to wait: the day’s limit was reached"]


def test_page_subtracts_what_a_missed_check_voided(at: Learner) -> None:
    void = [line(LineKind.CHECK, 10_000), line(LineKind.VOID, 10_000, 70_000)]
    rewinding(at, segment(0, 10_000, 45, 55, 10), *void, segment(70_000, 73_000, 45, 48, 3), opened_s=100, ended_s=73)

    answer = english(at)

    sums = answer.context["sums"]
    assert (sums.voided_s, sums.waiting_s, sums.credited_s) == (10, 3, 45)
    assert sums.open_s - sums.still_s - sums.again_s - sums.voided_s - sums.waiting_s == sums.credited_s
    assert ("Presence check missed: no answer for 01:00", "−00:10") in said(answer)
    assert "less: void after a missed check" in answer.content.decode()


def test_a_check_settled_in_another_course_settles_what_waited_here(at: Learner) -> None:
    rewinding(at, segment(0, 10_000, 45, 55, 10), opened_s=100, ended_s=10)
    other = make.learner(at.person)
    rewinding(other, line(LineKind.CHECK, 0), line(LineKind.VOID, 0, 60_000), opened_s=200, ended_s=60)

    answer = english(at)

    assert (answer.context["sums"].voided_s, answer.context["sums"].credited_s) == (10, 45)
    assert said(answer)[-1] == ("A presence check was missed afterwards, in another lecture", "−00:10")


def test_page_of_a_running_visit_says_so(at: Learner) -> None:
    visit(at, segment(0, 10_000, 45, 55, 10))

    assert "Still open; this is what the server has confirmed so far" in english(at).content.decode()


def test_visits_beyond_the_most_are_named_but_not_shown(at: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons_why, "_VISITS_MAX", 1)
    visit(at, segment(0, 10_000, 45, 55, 10), ended_s=10)

    answer = english(at)

    assert len(answer.context["visits"]) == 1
    assert "1 earlier visit is in the file." in answer.content.decode()


def test_the_learner_reads_no_office(at: Learner) -> None:
    assert english(at).context["office"] is None


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_the_bases_reader_is_told_as_whom_they_read(at: Learner, cy: Person, role: Role) -> None:
    base = at.enrolment.edition.base
    Membership.objects.create(person=cy, organisation=base, role=role)
    client = Client()
    client.force_login(cy)

    text = client.get("/en" + why(at)).content.decode()

    assert f"You read this as {role.label} of <b>{base.name_en}</b>." in text


def test_the_bureaus_officer_reads_the_same_page(ada: Person, cy: Person) -> None:
    bureau = make_learning.BureauFactory()
    Membership.objects.create(person=cy, organisation=bureau, role=Role.OFFICER)
    at = make.learner(ada, exam_required=False)
    client = Client()
    client.force_login(cy)
    assert client.get(why(at)).status_code == 404

    for lesson in at.enrolment.edition.lessons.all():
        history.watch(at.enrolment, lesson, 60, NOON + dt.timedelta(minutes=lesson.number))
    with translation.override("en"):
        answer = client.get(why(at))

    assert CreditEntry.objects.get(enrolment=at.enrolment).bureau == bureau
    assert f"You read this as officer of <b>{bureau.name_en}</b>." in answer.content.decode()
    assert said(answer) == said(english(at))
    assert client.get(export(at)).status_code == 200
