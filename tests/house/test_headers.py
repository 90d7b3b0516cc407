"""What every answer carries, and the pages that answer when something is wrong (S9)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.utils import translation
from django.views import defaults

from tests import everyday
from tests.house import roles
from tests.house.roles import Row
from tests.house.visits import Visitors, filled
from tests.house.world import World

ROWS = roles.rows()
SENDERS = ("anonymous", "ada", "auditor-a", "officer-a", "superuser")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
STRICT = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
#: What strangers sent is no page at all: it loads nothing, runs nothing and belongs nowhere.
SENT_BY_STRANGERS = "/waivers/proofs/"
STRICTER = ("default-src 'none'", "sandbox", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'")
#: Lecture files may be kept by the learner's own browser, and by nothing between.
KEPT_BY_THE_BROWSER = ("/video.mp4", ".vtt", "/poster.jpg")
#: Public keys and status lists may be kept by anybody who asks again each time.
KEPT_BY_ALL = "/credentials/"


def lacks(response: Any, *, is_signed_in: bool) -> list[str]:
    """Return what the answer ought to carry and does not."""
    path = response.request["PATH_INFO"]
    found = [name for name, value in ALWAYS.items() if response.get(name) != value]
    policy = response.get("Content-Security-Policy", "")
    is_sent = response.status_code == 200 and path.startswith(SENT_BY_STRANGERS)
    found += [directive for directive in (STRICTER if is_sent else STRICT) if directive not in policy]
    found += [word for word in ("unsafe-inline", "unsafe-eval", "*") if word in policy]
    wanted = "private" if response.status_code == 200 and path.endswith(KEPT_BY_THE_BROWSER) else "no-store"
    if response.status_code == 200 and path.startswith(KEPT_BY_ALL):
        wanted = "no-cache"
    if is_signed_in and wanted not in response.get("Cache-Control", ""):
        found.append(wanted)
    return [f"{response.request['REQUEST_METHOD']} {path} ({response.status_code}) lacks {what}" for what in found]


@pytest.mark.django_db
@pytest.mark.parametrize("role", SENDERS)
def test_every_answer_carries_the_headers(role: str, world: World, visitors: Visitors) -> None:
    """Every day one of them at each address, at the next one the next."""
    found: list[str] = []
    for path, row in everyday.part(paths(world), SENDERS.index(role), one_in=len(SENDERS)):
        for response in (visitors.get(role, path), visitors.post(role, path, roles.body(world, row.route))):
            # Who has just signed out is nobody.
            is_signed_in = role != "anonymous" and settings.SESSION_COOKIE_NAME not in response.cookies
            found += lacks(response, is_signed_in=is_signed_in)

    assert not found, "\n".join(found)


def paths(world: World) -> list[tuple[str, Row]]:
    """Return one address of every row."""
    return [
        ("/" if row.route.startswith("^") else filled(row.route, roles.arguments(world.a, row.route)), row)
        for row in ROWS
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/me", "/nowhere/at/all.html", "/en/nowhere/", "/cms/images/", "/cms/login/"])
def test_answers_given_on_the_way_carry_the_headers(path: str, visitors: Visitors) -> None:
    assert lacks(visitors.get("anonymous", path), is_signed_in=False) == []


@pytest.mark.django_db
def test_the_desk_has_a_policy_of_its_own(visitors: Visitors) -> None:
    response = visitors.get("editor-a", "/cms/")

    policy = response["Content-Security-Policy"]
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "*" not in policy
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "title"),
    [("/me/hours/987654/", "找不到这个页面"), ("/en/me/hours/987654/", "Page not found")],
    ids=["zh", "en"],
)
@pytest.mark.parametrize("role", ["anonymous", "ada"])
def test_a_page_that_is_not_there_shows_the_way_back(path: str, title: str, role: str, visitors: Visitors) -> None:
    address = path if role == "ada" else path.replace("me/hours/987654", "base/nowhere/at-all")

    response = visitors.get(role, address)

    assert response.status_code == 404
    assert_leads_back(response.content.decode(), title, "me/" if role == "ada" else "accounts/login/")


def assert_leads_back(page: str, title: str, *hrefs: str) -> None:
    assert f">{title}</h1>" in page
    assert "learning/app.css" in page
    front = "/en/" if '<html lang="en"' in page else "/"
    assert [href for href in ("", *hrefs) if f'href="{front}{href}"' not in page] == []


@pytest.mark.parametrize(("language", "title"), [("zh-hans", "您不能办理这一项"), ("en", "This is not open to you")])
def test_a_refusal_shows_the_way_back(language: str, title: str, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    with translation.override(language):
        response = defaults.permission_denied(request, PermissionDenied())

    assert response.status_code == 403
    assert_leads_back(response.content.decode(), title)


@pytest.mark.parametrize(("language", "title"), [("zh-hans", "系统出了点问题"), ("en", "Something went wrong here")])
def test_a_fault_asks_nothing_of_the_database(
    language: str, title: str, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor")
    with translation.override(language):
        response = defaults.server_error(rf.get("/"))

    assert response.status_code == 500
    assert_leads_back(response.content.decode(), title)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "title"), [("/verify/?code=x", "系统出了点问题"), ("/en/verify/?code=x", "Something went wrong here")]
)
def test_a_fault_carries_the_headers_and_no_reason(
    path: str, title: str, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_text: str) -> None:
        raise RuntimeError("secret-reason")

    monkeypatch.setattr("learning.views.verification.check_codes.read", fail)

    response = visitors.get("ada", path)

    assert response.status_code == 500
    assert "secret-reason" not in response.content.decode()
    assert_leads_back(response.content.decode(), title)
    assert lacks(response, is_signed_in=True) == []


@pytest.mark.django_db
def test_a_foreign_host_name_is_refused_in_words() -> None:
    response = Client(raise_request_exception=False).get("/", headers={"host": "elsewhere.test"})

    assert response.status_code == 400
    assert_leads_back(response.content.decode(), "这个请求无法处理")
    assert lacks(response, is_signed_in=False) == []
