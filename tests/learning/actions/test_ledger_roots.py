"""Roots of the ledger: one for every day that is over, signed, chained, left with others."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Model

from learning import tasks
from learning.actions import ledger_links, ledger_roots
from learning.actions.ledger_links import Linked
from learning.models import (
    AuditLogEntry,
    Certificate,
    CreditEntry,
    LedgerAnchor,
    LedgerLink,
    LedgerRoot,
    Person,
    Requirement,
    RuleSet,
    SignedPage,
)
from learning.rules.daily_root import NO_ROOT, day_of
from learning.rules.ledger_chain import LinkKind, link_leaf
from learning.rules.merkle import EMPTY_ROOT, root_of
from learning.rules.signatures import is_genuine, public_key
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = day_of(int(NOON.timestamp() * 1_000))


def link(person: Person, *subjects: int, now: dt.datetime) -> None:
    items = [Linked(person.pk, LinkKind.ENTRY, subject, f"{subject:064x}") for subject in subjects]
    ledger_links.append_many(items, now=now)


@pytest.fixture
def linked(ada: Person) -> Person:
    """Three links three days ago, one yesterday, one today."""
    link(ada, 1, 2, 3, now=NOON - 3 * DAY)
    link(ada, 4, now=NOON - DAY)
    link(ada, 5, now=NOON)
    return ada


def test_close_days_signs_every_day_that_is_over(linked: Person, settings: Any) -> None:
    roots = ledger_roots.close_days(now=NOON)

    assert [(root.day, root.first_number, root.last_number) for root in roots] == [
        (TODAY - 3 * DAY, 1, 3),
        (TODAY - 2 * DAY, 4, 3),
        (TODAY - DAY, 4, 4),
    ]
    leaves = [link_leaf(number, head) for number, head in LedgerLink.objects.values_list("number", "head")]
    assert [root.tree_root for root in roots] == [
        root_of(leaves[:3]).hex(),
        EMPTY_ROOT.hex(),
        root_of(leaves[3:4]).hex(),
    ]
    assert [root.previous_digest for root in roots] == [NO_ROOT, roots[0].digest, roots[1].digest]
    key = public_key(settings.ROOT_SIGNING_SEED)
    assert all(is_genuine(root.signature, digest=root.facts().digest(), public_keys=[key]) for root in roots)
    assert {root.public_key for root in roots} == {key}


def test_close_days_signs_nothing_twice_and_nothing_without_links(linked: Person) -> None:
    assert ledger_roots.close_days(now=NOON - 5 * DAY) == []

    ledger_roots.close_days(now=NOON)

    assert ledger_roots.close_days(now=NOON) == []
    assert LedgerRoot.objects.count() == 3


def test_close_days_of_an_empty_ledger_does_nothing() -> None:
    assert ledger_roots.close_days(now=NOON) == []


def test_a_link_of_a_signed_day_counts_for_the_next(linked: Person) -> None:
    ledger_roots.close_days(now=NOON + DAY)

    link(linked, 6, now=NOON)

    late = LedgerLink.objects.latest("number")
    assert day_of(late.linked_ms) == TODAY + DAY
    (root,) = ledger_roots.close_days(now=NOON + 2 * DAY)
    assert (root.first_number, root.last_number) == (6, 6)


def test_anchor_roots_leaves_every_root_once_in_the_file(linked: Person, tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "elsewhere" / "roots.txt"
    settings.ROOT_ANCHORS = {"file": {"path": str(file)}}
    roots = ledger_roots.close_days(now=NOON)

    assert [ledger_roots.anchor_roots(now=NOON) for _ in range(2)] == [3, 0]

    assert file.read_text().splitlines() == [root.line() for root in roots]
    assert roots[0].line().startswith(f"led1|root|{roots[0].day}|1|3|")
    assert LedgerAnchor.objects.count() == 3


def test_anchor_roots_says_of_which_ledger_it_writes(linked: Person, settings: Any) -> None:
    settings.ROOT_ANCHORS = {"mail": {"to": ["regulator@example.test"]}}
    roots = ledger_roots.close_days(now=NOON)

    ledger_roots.anchor_roots(now=NOON)

    assert len(mail.outbox) == 3
    assert "none of them was changed" in " ".join(str(mail.outbox[0].body).split())
    assert roots[0].line() in str(mail.outbox[0].body).splitlines()


def test_the_task_signs_and_leaves_what_is_due(linked: Person, tmp_path: Path, settings: Any) -> None:
    settings.ROOT_ANCHORS = {"file": {"path": str(tmp_path / "roots.txt")}}

    tasks.close_due_ledger_days()

    # The database's clock runs days after NOON: those are over too.
    assert LedgerRoot.objects.count() == LedgerAnchor.objects.count() >= 3


@pytest.mark.parametrize("table", ["learning_ledgerroot", "learning_ledgeranchor"])
@pytest.mark.parametrize("act", ["UPDATE {} SET digest = 'f00d'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_root(
    linked: Person, tmp_path: Path, settings: Any, table: str, act: str
) -> None:
    settings.ROOT_ANCHORS = {"file": {"path": str(tmp_path / "roots.txt")}}
    ledger_roots.close_days(now=NOON)
    ledger_roots.anchor_roots(now=NOON)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))


@pytest.mark.parametrize(
    "model", [LedgerLink, CreditEntry, AuditLogEntry, SignedPage, Certificate, RuleSet, Requirement]
)
def test_the_database_refuses_to_empty_what_is_written_once(model: type[Model]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite empties a table by deleting its rows, which is refused too")

    with (
        pytest.raises(DatabaseError, match="append-only: TRUNCATE"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


@pytest.mark.django_db(transaction=True)
def test_two_workers_sign_one_root_a_day(linked: Person) -> None:
    def close(_worker: int) -> int:
        try:
            return len(ledger_roots.close_days(now=NOON))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as workers:
        signed = sum(workers.map(close, range(2)))

    assert signed == LedgerRoot.objects.count() == 3
