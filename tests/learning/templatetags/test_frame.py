"""The frame: navigation by role, read once; the other language; addresses."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from learning.models import Membership, Organisation, Person, Role
from learning.templatetags import frame
from tests.factories import learning as make
from tests.factories import years

pytestmark = pytest.mark.django_db


def request_of(person: Person | None, path: str = "/me/2026/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = person or AnonymousUser()
    return request


def hrefs(person: Person | None, path: str = "/me/2026/") -> list[str]:
    return [item.href for item in frame.nav_items(request_of(person, path))]


def test_nav_items_of_a_visitor_are_public() -> None:
    assert hrefs(None) == ["/courses/", "/rules/", "/verify/"]


def test_nav_items_of_a_learner_are_their_own(ada: Person) -> None:
    assert hrefs(ada) == ["/me/", "/courses/", "/me/hours/", "/me/certificates/"]


def test_nav_items_of_an_auditor_lead_to_their_bases_desk() -> None:
    base = make.BaseFactory(slug="kaifeng-university")

    assert hrefs(years.member(base, Role.AUDITOR))[:3] == [
        "/base/kaifeng-university/audit/",
        "/base/kaifeng-university/",
        "/base/kaifeng-university/live/",
    ]


def test_nav_items_of_an_administrator_lead_to_those_who_watch() -> None:
    base = make.BaseFactory(slug="kaifeng-university")

    assert hrefs(years.member(base, Role.ADMINISTRATOR))[0] == "/base/kaifeng-university/"


def test_nav_items_of_a_departments_auditor_name_no_lectures() -> None:
    department = make.OrganisationFactory(kind=Organisation.Kind.DEPARTMENT, slug="education")

    assert "/base/education/live/" not in hrefs(years.member(department, Role.AUDITOR))


def test_nav_items_show_one_door_once(bureau: Organisation) -> None:
    officer = years.member(bureau, Role.OFFICER)
    Membership.objects.create(person=officer, organisation=make.BureauFactory(), role=Role.OFFICER)

    assert hrefs(officer).count("/bureau/confirm/") == 1


def test_officers_find_how_their_people_stand(db: None) -> None:
    for kind in (Organisation.Kind.BUREAU, Organisation.Kind.PROVINCE):
        assert "/bureau/compliance/" in hrefs(years.member(make.OrganisationFactory(kind=kind), Role.OFFICER))
    assert "/bureau/compliance/" not in hrefs(years.member(make.BureauFactory(), Role.AUDITOR))


def test_nav_items_read_the_offices_once_a_request(ada: Person) -> None:
    request = request_of(ada)

    with CaptureQueriesContext(connection) as queries:
        frame.nav_items(request)
        frame.nav_items(request)

    assert len(queries) == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/me/2026/", ["true", "", "", ""]),
        ("/me/courses/", ["true", "", "", ""]),
        ("/me/hours/", ["", "", "page", ""]),
        ("/me/hours/7/why/", ["", "", "true", ""]),
        ("/courses/ethics/", ["", "true", "", ""]),
    ],
)
def test_nav_items_mark_where_the_reader_is(ada: Person, path: str, expected: list[str]) -> None:
    assert [item.is_current for item in frame.nav_items(request_of(ada, path))] == expected


def test_other_language_is_the_same_page_with_its_filters(ada: Person) -> None:
    assert frame.other_language(request_of(ada, "/me/hours/?state=pending")) == "/en/me/hours/?state=pending"
    with override("en"):
        assert frame.other_language(request_of(ada, "/en/me/hours/?state=pending")) == "/me/hours/?state=pending"


def test_course_href_follows_the_language() -> None:
    assert frame.course_href("ethics") == "/courses/ethics/"
    with override("en"):
        assert frame.course_href("ethics") == "/en/courses/ethics/"


def test_href_if_any_is_silent_about_what_is_not_installed() -> None:
    assert frame.href_if_any("nowhere:at-all", 1) == ""
    assert frame.href_if_any("learning:entry", 1) == "/me/hours/1/"


def test_doors_beyond_what_fits_open_below(client: Client, ada: Person, bureau: Organisation) -> None:
    """Nine doors: five stand in the bar and four in the phone's; the rest is one press away."""
    Membership.objects.create(person=ada, organisation=bureau, role=Role.OFFICER)
    client.force_login(ada)

    page = client.get("/en/me/hours/").text

    bar, phone = (page.partition(f'<nav class="{name}"')[2].partition("</nav>")[0] for name in ("mainnav", "tabbar"))
    assert [part.count("<a ") for part in (bar.partition("<details>")[0], bar)] == [5, 9]
    assert [part.count("<a ") for part in (phone.partition("<details>")[0], phone)] == [4, 9]
