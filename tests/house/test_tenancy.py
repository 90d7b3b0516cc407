"""Nobody reads the other side: not by following links, not by changing a number (S2, S3).

Every day side A's people look for what is B's, and change a number where they have such an address themselves;
the mirror of it, and every filter of every page, are slow.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urljoin

import pytest

from tests import everyday
from tests.factories.assessments import CANARY
from tests.house import roles
from tests.house.visits import ROLES, Visitors, filled
from tests.house.world import ID_NUMBERS, Side, World

LINK = re.compile(r"""\s(?:href|src|hx-get|data-[a-z-]*(?:href|src|url))="([^"#]+)""")
NOT_FOLLOWED = re.compile(r"^/(static/|(en/)?accounts/|cms/logout)")
#: A page is met under many queries (filters, pages); this many are enough.
QUERIES_MOST = 7 if everyday.IS_WHOLE else 3
CRAWLERS = {
    "anonymous": ("/",),
    "ada": ("/me/", "/me/hours/export/", "/courses/"),
    "clerk": ("/me/",),
    "department": ("/base/education-department/audit/",),
    "editor-a": ("/cms/",),
    "auditor-a": ("/base/kaifeng-base/audit/",),
    "officer-a": ("/bureau/confirm/", "/bureau/rules/", "/bureau/keys/"),
    "cy": ("/me/", "/me/hours/export/"),
    "auditor-b": ("/base/lankao-base/audit/",),
    "officer-b": ("/bureau/confirm/", "/bureau/rules/", "/bureau/keys/"),
}
SIDE_B = {"cy", "auditor-b", "officer-b"}
CRAWLS = everyday.only([role for role in CRAWLERS if role not in SIDE_B], CRAWLERS)
SWAPPERS = ("ada", "editor-a", "auditor-a", "officer-a", "cy")
#: Answers to somebody who has no such address.
CLOSED = set("->mx")
#: Rows whose address names something public, or nobody's: there is nothing to swap.
OPEN_TO_ALL = {
    "rules/<year:year>/", "verify/<str:code>/", "courses/<slug:course_key>/enrol/", "me/<year:year>/",
    "me/<year:year>/print/", "me/<year:year>/waiver/", "me/messages/stop/<str:token>/",
    "credentials/issuers/<int:issuer_id>/did.json", "bureau/flags/proposals/<int:pk>/",
    "credentials/issuers/<int:issuer_id>/status/<int:number>/<slug:purpose>.json",
}  # fmt: skip
NOBODY_S = {
    "pk": 987_654, "slug": "no-such-base", "course_key": "no-such-course", "number": 1, "language": "zh",
    "issuer_id": 987_654, "purpose": "revocation",
    "enrolment_id": 987_654, "serial": "no-such-serial", "sequence": 987_654, "token": "no-such-token",
}  # fmt: skip
CHANGING = re.compile(r'(name="csrfmiddlewaretoken" value|nonce|"X-CSRFToken)["=:\s]+[^"]+')


def crawl(role: str, visitors: Visitors) -> dict[str, str]:
    """Follow every link from the role's first pages; return address → what was read.

    The language switch leads to the English pages; their filters, and side B's, are left to the Chinese.
    """
    waiting = deque(CRAWLERS[role])
    read: dict[str, str] = {}
    times_met: dict[str, int] = {}
    while waiting:
        path = waiting.popleft()
        plain = path.split("?")[0]
        if path in read or NOT_FOLLOWED.match(path) or times_met.get(plain, 0) >= QUERIES_MOST:
            continue
        if path.startswith("/en/") and (role in SIDE_B or "?" in path):
            continue
        times_met[plain] = times_met.get(plain, 0) + 1
        response = visitors.get(role, path)
        assert response.status_code < 500, path
        read[path] = said(response)
        links = [*LINK.findall(read[path]), response.get("Location", "")]
        found = [urljoin(path, link.replace("&amp;", "&")) for link in links]
        waiting.extend(link for link in found if link.startswith("/") and not link.startswith("//"))
    return read


def said(response: Any) -> str:
    """Return everything an answer says, its headers included."""
    body = "" if response.streaming else response.content.decode(errors="replace")
    return f"{response.headers}\n{body}"


@pytest.fixture(scope="module")
def read_by(visitors: Visitors) -> Callable[[str], dict[str, str]]:
    """Return what a role reads by following links; each role crawls once."""
    return cache(lambda role: crawl(role, visitors))


@pytest.mark.django_db
@pytest.mark.parametrize("role", CRAWLS)
def test_no_link_leads_to_the_other_side(role: str, world: World, read_by: Callable[[str], dict[str, str]]) -> None:
    foreign = {world.a.mark, world.b.mark} - {own_mark(role, world)}

    leaks = [path for path, text in read_by(role).items() if any(mark in text for mark in foreign)]

    assert leaks == []


def own_mark(role: str, world: World) -> str:
    """Return the mark the role may read; visitors may read none."""
    if role == "anonymous":
        return ""
    return world.b.mark if role in SIDE_B else world.a.mark


@pytest.mark.django_db
@pytest.mark.parametrize("role", CRAWLS)
def test_no_page_shows_an_id_number(role: str, read_by: Callable[[str], dict[str, str]]) -> None:
    """They are masked for everybody, their owner included (DESIGN D1)."""
    shown = [path for path, text in read_by(role).items() if any(number in text for number in ID_NUMBERS.values())]

    assert shown == []


@pytest.mark.django_db
def test_no_page_tells_a_learner_an_answer(
    world: World, visitors: Visitors, read_by: Callable[[str], dict[str, str]]
) -> None:
    """Every question's explanation carries the canary of the factories, before, in and after the exam (S16)."""
    sitting, passed = world.a.sitting.pk, world.a.passed.pk
    room = [f"/exams/{sitting}/take/", f"/exams/{sitting}/take/review/", f"/exams/{passed}/result/"]
    read = read_by("ada") | {path: said(visitors.get("ada", path)) for path in room}

    assert [path for path, text in read.items() if CANARY in text] == []
    assert world.a.mark in read[room[0]], "the question is not on the page, so neither could its answer be"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("ada", {"/me/2026/", "/en/me/hours/", "/me/hours/export/", "/courses/course-a/", "/learn/course-a/2/"}),
        ("auditor-a", {"/me/hours/{earned}/why/"}),
        (
            "officer-a",
            {
                "/me/hours/{audited}/why/",
                "/bureau/rules/{draft_rules}/",
                "/bureau/compliance/people/{learner}/?bureau=kaifeng-bureau&year=2026",
                "/bureau/compliance/people/export/?bureau=kaifeng-bureau&year=2026",
                "/bureau/compliance/export/?bureau=kaifeng-bureau&year=2026",
            },
        ),
    ],
)
def test_a_crawl_reaches_what_it_is_meant_to(
    role: str, expected: set[str], world: World, read_by: Callable[[str], dict[str, str]]
) -> None:
    read = read_by(role)

    wanted = {
        path.format(
            earned=world.a.earned.pk,
            audited=world.a.audited.pk,
            draft_rules=world.a.draft_rules.pk,
            learner=world.a.learner.pk,
        )
        for path in expected
    }
    assert wanted - set(read) == set()
    assert any(world.a.mark in text for text in read.values())


@pytest.mark.django_db
@pytest.mark.parametrize("role", everyday.only(SWAPPERS[:4], SWAPPERS))
def test_what_is_the_other_side_s_is_answered_as_what_is_not_there(role: str, world: World, visitors: Visitors) -> None:
    other = world.a if role in SIDE_B else world.b
    rows = [row for row in roles.rows() if "<" in row.route and row.route not in OPEN_TO_ALL]
    column = ROLES.index(role)
    own = [row for row in rows if {row.get[column], row.post[column]} - CLOSED]
    assert rows

    for row in rows if everyday.IS_WHOLE else own:
        theirs = filled(row.route, roles.arguments(other, row.route))
        nobodys = filled(row.route, NOBODY_S)
        assert plain(visitors.get(role, theirs)) == plain(visitors.get(role, nobodys)), theirs
        assert plain(visitors.post(role, theirs)) == plain(visitors.post(role, nobodys)), theirs


def plain(response: Any) -> tuple[int, str]:
    """Return status and body without what differs from one asking to the next: the address, tokens."""
    path = response.request["PATH_INFO"]
    location = response.get("Location", "").replace(path, "ADDRESS")
    assert not response.streaming, path
    body = response.content.decode().replace(path, "ADDRESS")
    return response.status_code, location + CHANGING.sub("", body)


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["approve", "return", "send_back", "sign"])
def test_a_form_that_names_the_other_side_s_hours_finds_nothing(form: str, world: World, visitors: Visitors) -> None:
    path = f"/base/{world.a.base.slug}/audit/" if form in {"approve", "return"} else "/bureau/confirm/"
    path += "sign/" if form == "sign" else ""
    role = "auditor-a" if form in {"approve", "return"} else "officer-a"

    answers = {
        plain(visitors.post(role, path, {"do": form, "pick": pick, "reason": "hours", "text": "x", "snapshot": "x"}))
        for pick in (f"{world.b.earned.pk}:0", f"{world.b.audited.pk}:1", "987654:0")
    }

    assert [status for status, _body in answers] == [404]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["entry", "bureau", "pick", "done", "decided", "base"])
def test_a_query_that_names_the_other_side_finds_nothing(name: str, world: World, visitors: Visitors) -> None:
    for role, path in (("auditor-a", f"/base/{world.a.base.slug}/audit/"), ("officer-a", "/bureau/confirm/")):
        for value in named(world.b, name):
            text = said(visitors.get(role, f"{path}?{name}={value}"))

            assert world.b.mark not in text, f"{path}?{name}={value}"


def named(side: Side, name: str) -> list[object]:
    """Return what of this side a query of that name could ask for."""
    decision = side.returned.decisions.get()
    queries: dict[str, list[object]] = {
        "entry": [side.earned.pk, side.audited.pk, side.returned.pk],
        "bureau": [side.bureau.slug],
        "pick": [f"{side.audited.pk}:1"],
        "done": [side.receipt_sequence],
        "decided": [decision.pk],
        "base": [side.base.slug],
    }
    return queries[name]


@pytest.mark.django_db
def test_a_bureau_s_name_of_another_is_not_there(world: World, visitors: Visitors) -> None:
    response = visitors.get("officer-a", f"/bureau/confirm/?bureau={world.b.bureau.slug}")

    assert response.status_code == 404
