"""Each address as each role, in both languages: what the table says, and nothing else (S1).

Every day in Chinese, and of the roles that are answered alike one, at each address another.
"""

from __future__ import annotations

import pytest

from tests import everyday
from tests.house import roles
from tests.house.roles import Row
from tests.house.visits import DESK, ROLES, Door, Visitors, doors, filled, outcome_of
from tests.house.world import World

ROWS = roles.rows()
HOW_TO_ADD = "add it to TABLE in tests/house/roles.py, with what each role is answered"


def own_doors() -> dict[str, Door]:
    return {door.route: door for door in doors() if not door.route.startswith(DESK)}


def test_every_pattern_has_a_row() -> None:
    rowless = {door.route: door.name for door in own_doors().values()}
    for row in ROWS:
        rowless.pop(row.route, None)

    assert not rowless, "\n".join(f"{route} ({name}) has no row: {HOW_TO_ADD}" for route, name in rowless.items())


def test_every_row_has_a_pattern() -> None:
    patterns = own_doors()

    assert [row.route for row in ROWS if row.route not in patterns] == [], "the table names addresses that are gone"


def test_no_pattern_has_two_rows() -> None:
    routes = [row.route for row in ROWS]

    assert len(routes) == len(set(routes))


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=[row.route for row in ROWS])
def test_each_role_is_answered_as_the_table_says(row: Row, world: World, visitors: Visitors) -> None:
    mistakes = [
        mistake
        for language in everyday.part(languages(row), one_in=2)
        for path in addresses(row, world)
        for mistake in differences(row, f"{language}{path}", world, visitors)
    ]

    assert not mistakes, "\n".join(mistakes)


def languages(row: Row) -> tuple[str, ...]:
    """Return the prefixes under which the address stands."""
    return ("", "/en") if own_doors()[row.route].is_localized else ("",)


def addresses(row: Row, world: World) -> list[str]:
    """Return the addresses that stand for the row."""
    if row.route.startswith("^"):
        return list(roles.PAGES)
    return [filled(row.route, roles.arguments(world.a, row.route)) + roles.query(world.a, row.route)]


def visits(row: Row) -> list[tuple[str, str, str]]:
    """Return who visits the address, and what each is to be answered: of those answered alike, one every day."""
    alike: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for role, get, post in zip(ROLES, row.get, row.post, strict=True):
        alike.setdefault((get, post), []).append((role, get, post))
    turn = ROWS.index(row)
    return [visit for group in alike.values() for visit in everyday.part(group, turn % len(group), one_in=len(group))]


def differences(row: Row, path: str, world: World, visitors: Visitors) -> list[str]:
    """Visit the address as everybody, by GET and POST; return where an answer is not the table's."""
    found = []
    for role, get, post in visits(row):
        for method, expected in (("GET", get), ("POST", post)):
            if method == "GET":
                response = visitors.get(role, path)
            else:
                response = visitors.post(role, path.partition("?")[0], roles.body(world, row.route))
            seen = outcome_of(response)
            if seen != expected:
                said = f"{seen} ({response.status_code} {response.get('Location', '')})"
                trouble = repr(response.exc_info[1]) if getattr(response, "exc_info", None) else ""
                found.append(f"{method} {path} as {role}: the table says {expected}, the answer was {said} {trouble}")
    return found
