from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from learning.models import Organisation, Person, Role
from tests.factories import clock, years
from tests.factories import learning as make_learning
from tests.factories.learning import NOON
from tests.factories.tracking import NOON_MS
from tests.tracking.watching import watcher
from tracking.views import live_presence

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.standing(NOON):
        yield


@pytest.fixture
def base() -> Organisation:
    base: Organisation = make_learning.BaseFactory()
    return base


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def auditor(base: Organisation) -> Client:
    return client_of(years.member(base, Role.AUDITOR))


def address(base: Organisation, **query: str) -> str:
    with translation.override("en"):
        path = reverse("tracking:live-presence", args=[base.slug])
    return path + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def shown(answer: Any) -> list[Any]:
    return [viewer.live.person_id for viewer in answer.context["viewers"]]


def test_page_names_who_watches_and_as_of_when(base: Organisation, auditor: Client) -> None:
    at = watcher(base, segment_to_s=9, segment_new_s=9)

    answer = auditor.get(address(base))

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "1 learner is watching now" in text
    assert "As of 12:00:00, Beijing time." in text
    assert at.person.full_name_en in text
    assert reverse("tracking:lesson-why", args=[at.enrolment.pk, 1]) in text
    (viewer,) = answer.context["viewers"]
    assert (viewer.doing, viewer.trouble, viewer.quiet_s, viewer.covered_s) == ("playing", "", 5, 9)


def test_page_without_anybody_says_so(base: Organisation, auditor: Client) -> None:
    text = auditor.get(address(base)).content.decode()

    assert "Nobody is watching now" in text
    assert "No lecture is open" in text


def test_fragment_for_htmx_has_no_frame_and_renews_itself(base: Organisation, auditor: Client) -> None:
    watcher(base)

    text = auditor.get(address(base, doing="playing", page="1"), headers={"HX-Request": "true"}).content.decode()

    assert text.startswith('<div id="now"')
    assert "<html" not in text
    assert 'hx-trigger="every 15s' in text
    # It asks for the same view again.
    assert f'hx-get="/en/base/{base.slug}/live/?doing=playing&amp;page=1"' in text


def test_page_says_the_same_without_javascript(base: Organisation, auditor: Client) -> None:
    watcher(base)

    text = auditor.get(address(base, doing="playing")).content.decode()

    assert f'<a id="renew" href="/en/base/{base.slug}/live/?doing=playing">' in text


def test_anonymous_visitors_are_led_to_the_sign_in_page(base: Organisation) -> None:
    answer = Client().get(address(base))

    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.EMPLOYEE, Role.OFFICER, Role.CLERK])
def test_other_roles_of_the_base_get_404(base: Organisation, role: Role) -> None:
    assert client_of(years.member(base, role)).get(address(base)).status_code == 404


def test_another_bases_auditor_and_an_outsider_get_404(base: Organisation, cy: Person) -> None:
    watcher(base)
    other: Organisation = make_learning.BaseFactory()

    assert client_of(years.member(other, Role.AUDITOR)).get(address(base)).status_code == 404
    assert client_of(cy).get(address(base)).status_code == 404


def test_a_departments_auditor_gets_404() -> None:
    department = make_learning.OrganisationFactory(kind=Organisation.Kind.DEPARTMENT)

    assert client_of(years.member(department, Role.AUDITOR)).get(address(department)).status_code == 404


def test_page_never_shows_another_bases_learners(base: Organisation, auditor: Client, ada: Person) -> None:
    mine = watcher(base)
    other: Organisation = make_learning.BaseFactory()
    theirs = watcher(other, person=ada)
    # Even to one who audits both: each page is one base's.
    both = years.member(other, Role.AUDITOR)
    make_learning.MembershipFactory(person=both, organisation=base, role=Role.AUDITOR)

    for client in (auditor, client_of(both)):
        answer = client.get(address(base))
        assert shown(answer) == [mine.person.pk]
        assert theirs.person.full_name_en not in answer.content.decode()
        assert theirs.enrolment.edition.title not in answer.content.decode()


def test_list_is_narrowed_by_course_and_state(base: Organisation, auditor: Client) -> None:
    playing = watcher(base)
    hidden = watcher(base, state="h")
    stuck = watcher(base, is_check_missed=True, check_ms=NOON_MS)

    assert shown(auditor.get(address(base, doing="hidden"))) == [hidden.person.pk]
    assert shown(auditor.get(address(base, doing="stuck"))) == [stuck.person.pk]
    assert shown(auditor.get(address(base, course=playing.enrolment.course_key))) == [playing.person.pk]
    nothing = auditor.get(address(base, course=playing.enrolment.course_key, doing="hidden"))
    assert shown(nothing) == []
    assert "Nobody in this state now" in nothing.content.decode()


def test_tabs_count_the_chosen_course_only(base: Organisation, auditor: Client) -> None:
    one = watcher(base)
    watcher(base, state="h")

    def counts(**query: str) -> dict[str, int]:
        tabs = auditor.get(address(base, **query)).context["tabs"]
        return {code: count for _words, count, _link, code in tabs}

    everything = {"": 2, "stuck": 0, "playing": 1, "check": 0, "waiting": 0, "hidden": 1, "paused": 0}
    assert counts() == everything
    assert counts(course=one.enrolment.course_key) == everything | {"": 1, "hidden": 0}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("help", ["missed", "stalled", "old", "new"]),
        ("longest", ["old", "stalled", "missed", "new"]),
        ("name", ["missed", "new", "old", "stalled"]),
    ],
)
def test_list_is_sorted(base: Organisation, auditor: Client, order: str, expected: list[str]) -> None:
    def person(name: str) -> Person:
        person: Person = make_learning.PersonFactory(full_name=name)
        return person

    watcher(base, person=person("new"), opened_s=10)
    watcher(base, person=person("old"), opened_s=9_000, state="i")
    watcher(base, person=person("stalled"), opened_s=900)
    watcher(base, person=person("missed"), opened_s=20, is_check_missed=True, check_ms=NOON_MS)

    answer = auditor.get(address(base, order=order))

    assert [viewer.live.person.full_name for viewer in answer.context["viewers"]] == expected


def test_list_is_paged(base: Organisation, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_presence, "PAGE_SIZE", 2)
    pks = [watcher(base, opened_s=90 - place).person.pk for place in range(3)]

    first, second = (auditor.get(address(base, order="longest", page=page)) for page in ("1", "2"))

    assert (shown(first), shown(second)) == (pks[:2], pks[2:])
    assert "?order=longest&amp;page=2" in first.content.decode()
    assert "3 learners are watching now" in second.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"doing": "nonsense"}, {"order": "-pk"}, {"page": "x"}, {"page": "999"}, {"course": "%00"},
        {"course": "nowhere"}, {"doing": "%E9"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_taken_as_unsaid(base: Organisation, auditor: Client, query: dict[str, str]) -> None:
    watcher(base)

    assert auditor.get(address(base, **query)).status_code == 200


@pytest.mark.parametrize("learners", [1, 3])
def test_query_count_does_not_grow_with_the_learners(base: Organisation, auditor: Client, learners: int) -> None:
    for place in range(learners):
        watcher(base, opened_s=900, is_check_missed=place == 1)

    with CaptureQueriesContext(connection) as queries:
        assert len(shown(auditor.get(address(base)))) == learners

    # Login session and person, offices, messages, the base, the role, the clock; counts, lessons, page, rows, coverage.
    assert len(queries) == 12
