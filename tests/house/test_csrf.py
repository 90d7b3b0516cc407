"""No form is taken from a page that is not ours.

Every day one sender tries at each address, at the next one the next, and at a third of the desk's.
"""

from __future__ import annotations

import pytest

from tests import everyday
from tests.house import roles
from tests.house.test_desk import address, desk_routes
from tests.house.visits import Visitors, filled
from tests.house.world import World

#: What programs speak to: proved by a ticket or token we signed for this login, or by a key; not by a form's token.
SIGNED = ("api/track/v1/", "api/titles/v1/", "me/messages/stop/")
SENDERS = ("anonymous", "ada", "auditor-a", "officer-a")


@pytest.fixture(scope="module")
def strict_visitors(world: World) -> Visitors:
    """Visitors whose forms are looked at as a browser's are."""
    return Visitors(world, checks_csrf=True)


@pytest.mark.django_db
def test_every_address_refuses_a_form_without_its_token(world: World, strict_visitors: Visitors) -> None:
    taken = []
    for number, row in enumerate(row for row in roles.rows() if not row.route.startswith(SIGNED)):
        path = "/" if row.route.startswith("^") else filled(row.route, roles.arguments(world.a, row.route))
        for role in everyday.part(SENDERS, number, one_in=len(SENDERS)):
            response = strict_visitors.post(role, path, roles.body(world, row.route))
            if response.status_code != 403:
                taken.append(f"{path} as {role}: {response.status_code}")

    assert taken == []


@pytest.mark.django_db
def test_the_desk_refuses_a_form_without_its_token(world: World, strict_visitors: Visitors) -> None:
    taken = []
    for route in everyday.part(desk_routes(), one_in=3):
        response = strict_visitors.post("editor-a", address(route, world.a))
        # A closed room answers before it looks at the form.
        if response.status_code not in {403, 404} and "/accounts/login/" not in response.get("Location", ""):
            taken.append(f"{route}: {response.status_code}")

    assert taken == []


@pytest.mark.django_db
def test_a_form_with_its_token_is_taken(strict_visitors: Visitors) -> None:
    token = strict_visitors.token("ada", "/me/profile/")

    response = strict_visitors.post("ada", "/display/", {"text": "large", "next": "/", "csrfmiddlewaretoken": token})

    assert response.status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null"])
def test_a_form_of_another_site_is_refused_even_with_a_token(origin: str, strict_visitors: Visitors) -> None:
    token = strict_visitors.token("ada", "/me/profile/")

    response = strict_visitors.post("ada", "/display/", {"next": "/", "csrfmiddlewaretoken": token}, origin=origin)

    assert response.status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(("prefix", "title"), [("", "请再提交一次"), ("/en", "Please send it once more")])
def test_the_refusal_says_what_to_do(prefix: str, title: str, strict_visitors: Visitors) -> None:
    page = strict_visitors.post("ada", f"{prefix}/display/", {"text": "large"}).content.decode()

    assert f">{title}</h1>" in page
    assert f'href="{prefix}/me/"' in page
