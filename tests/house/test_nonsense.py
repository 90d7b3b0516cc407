"""Nonsense in an address, a query or a form is refused in words, never with a fault (R14b).

Every day each address meets some of it from each sender, and each kind of it every sender somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import DataError, connection

from tests import everyday
from tests.house import roles
from tests.house.visits import ROLES, Visitors, filled
from tests.house.world import World

SENDERS = ("anonymous", "ada", "auditor-a", "officer-a")
#: Answers that a door gives before it looks at what was sent.
CLOSED = "->m"
NONSENSE = ("", "-1", "9" * 40, "１２", "\x00", "'\"><script>😀", "a" * 5_000)
#: Every name a page of ours reads from a query or a form.
NAMES = (
    "page", "year", "q", "subject", "state", "base", "bureau", "entry", "pick", "tab", "order", "select", "done",
    "decided", "next", "level", "region", "code", "name", "do", "reason", "text", "theme", "snapshot", "attempt",
    "position", "answer", "revision", "go", "flagged", "reason_text", "login", "password", "sort", "topic",
    "organisation", "label", "scope", "days", "key", "course", "digest", "words", "newer", "until", "asked", "proof",
    "track", "outcome", "with", "seen", "effective_on", "accounting", "junior-total_centihours",
    "junior-professional_share",
)  # fmt: skip
EXTREMES: dict[str, list[object]] = {
    "pk": [0, 2**31, 2**63, 10**40],
    "enrolment_id": [0, 2**31, 2**63, 10**40],
    "sequence": [0, 2**63, 10**40],
    "issuer_id": [0, 2**31, 2**63, 10**40],
    "purpose": ["-", "message", "a" * 300],
    "number": [0, 2**31, 10**40],
    "year": ["0000", "9999"],
    "slug": ["-", "a" * 300],
    "course_key": ["-", "a" * 300],
    "serial": ["-", "a" * 300],
    "code": ["%00", "a" * 300, "%F0%9F%98%80", quote("'\"><")],
    "language": ["zz", "a" * 300],
}


@pytest.fixture(autouse=True)
def _no_zero_byte_is_taken(db: None) -> Iterator[None]:
    """Refuse what PostgreSQL refuses, on either database."""

    def judge(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if any(isinstance(value, str) and ("\x00" in value or "\\u0000" in value) for value in params or ()):
            raise DataError("a zero byte")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(judge):
        yield


def faults(answers: list[Any]) -> list[str]:
    return [
        f"{answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO'][:80]}?{answer.request['QUERY_STRING'][:80]}"
        f" {getattr(answer, 'exc_info', None) and answer.exc_info[1]!r}"
        for answer in answers
        if answer.status_code >= 500
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("role", SENDERS)
def test_nonsense_in_a_query_or_form_is_no_fault(role: str, world: World, visitors: Visitors) -> None:
    found = []
    column = ROLES.index(role)
    for number, row in enumerate(roles.rows()):
        path = "/courses/" if row.route.startswith("^") else filled(row.route, roles.arguments(world.a, row.route))
        for word in everyday.part(NONSENSE, number + column, one_in=len(NONSENSE)):
            said = dict.fromkeys(NAMES, word) | ({"do": "return"} if len(word) > 1 else {})
            query = "&".join(f"{name}={quote(value)}" for name, value in said.items())
            if row.get[column] not in CLOSED:
                found += faults([visitors.get(role, f"{path}?{query[:6_000]}")])
            if row.post[column] not in CLOSED:
                found += faults([visitors.post(role, path, said)])

    assert not found, "\n".join(found)


@pytest.mark.django_db
@pytest.mark.parametrize("role", SENDERS)
def test_extremes_in_an_address_are_no_fault(role: str, world: World, visitors: Visitors) -> None:
    found = []
    for number, row in enumerate(roles.rows()):
        usual = roles.arguments(world.a, row.route)
        for name, values in EXTREMES.items():
            if f":{name}>" not in row.route:
                continue
            for value in everyday.part(values, number + SENDERS.index(role), one_in=len(values)):
                path = filled(row.route, usual | {name: value})
                found += faults([visitors.get(role, path), visitors.post(role, path)])

    assert not found, "\n".join(found)


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"attempt": NaN}', "[" * 5_000, '"' + "a" * 10_000 + '"'])
def test_nonsense_as_json_is_no_fault(body: str, world: World, visitors: Visitors) -> None:
    open_rows = [row for row in roles.rows() if row.post[ROLES.index("ada")] not in CLOSED and "<" in row.route]
    paths = [filled(row.route, roles.arguments(world.a, row.route)) for row in open_rows]

    found = faults([visitors.post("ada", path, body) for path in paths])

    assert not found, "\n".join(found)
