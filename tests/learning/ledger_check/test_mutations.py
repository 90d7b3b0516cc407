"""Every column of every table of the ledger, altered: the check finds it and names the row.

Every day in some of the rows, at least one of each table.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, models

from learning import ledger_check
from learning.models import AuditLogEntry, Certificate, LedgerAnchor, LedgerLink, LedgerRoot
from learning.models.audit_log import AuditLogHead
from tests import everyday
from tests.factories import clock, ledger
from tests.factories.learning import NOON
from tests.factories.years import Year
from tests.learning.ledger_check.conftest import DAY
from tests.learning.ledger_check.hands import NAMES, differences, is_named, put_in, rows, unfound, without_guards

pytestmark = pytest.mark.django_db


def test_finds_nothing_in_sound_data(papers: Year) -> None:
    assert differences() == []


@pytest.mark.parametrize("model", list(NAMES), ids=lambda model: model.__name__)
def test_names_the_row_whatever_column_is_altered(papers: Year, model: type[models.Model]) -> None:
    missed = [each for row in everyday.part(rows(model), one_in=3) for each in unfound(model, row)]

    assert "\n".join(missed) == ""


@pytest.mark.parametrize(
    "model", [model for model in NAMES if model is not AuditLogHead], ids=lambda model: model.__name__
)
def test_names_the_row_that_is_gone(papers: Year, model: type[models.Model]) -> None:
    key: Any = model._meta.pk
    missed = []
    for row in everyday.part(rows(model), one_in=3):
        names = NAMES[model](row)
        if isinstance(row, AuditLogEntry):
            names = (*names, "audit log head:")
        if isinstance(row, LedgerRoot):
            names = (*names, f"ledger root {row.day + dt.timedelta(days=1)}:", f"ledger anchor 'file' of {row.day}:")
        if isinstance(row, LedgerAnchor):
            names = (f"ledger root {row.root_id}: has no anchor with 'file'",)
        if isinstance(row, LedgerLink):
            names = (*names, "has no link")
        with ledger.lifted(model._meta.db_table):
            sql = f"DELETE FROM {model._meta.db_table} WHERE {key.column} = %s"  # noqa: S608
            assert ledger.execute(sql, row.pk) == 1
            # A place that is away for a day is no difference yet.
            with clock.standing(NOON + 2 * DAY):
                found = without_guards(differences())
        if not is_named(names, found):
            missed.append(f"{row!r}; found only {found}")

    assert "\n".join(missed) == ""


def test_names_links_that_changed_places(year: Year) -> None:
    chain = list(LedgerLink.objects.filter(person=year.person).order_by("sequence"))
    for one, other in pairwise(chain):
        with ledger.lifted("learning_ledgerlink"):
            sql = "UPDATE learning_ledgerlink SET sequence = %s WHERE number = %s"
            for sequence, link in ((9_999, one), (one.sequence, other), (other.sequence, one)):
                ledger.execute(sql, sequence, link.number)
            found = differences()

        for link in (one, other):
            assert is_named((f"link {link.number} ",), found), (link, found)


def test_names_numbers_that_changed_places(year: Year) -> None:
    for one, other in pairwise(LedgerLink.objects.order_by("number")):
        with ledger.lifted("learning_ledgerlink"):
            sql = "UPDATE learning_ledgerlink SET number = %s WHERE number = %s"
            for number, before in ((9_999, one.number), (one.number, other.number), (other.number, 9_999)):
                ledger.execute(sql, number, before)
            found = differences()

        for link in (one, other):
            assert is_named((f"link {link.number} ",), found), (link, found)


def test_names_a_row_that_was_put_in(year: Year) -> None:
    entry = year.entries[0]
    decision = entry.decisions.get(sequence=2)
    page = Certificate.objects.get(replaced_by__isnull=False)
    with ledger.lifted():
        forged = put_in(entry, id=None, source_key="course:forged")
        assert f"entry {forged.pk}: has no link: its entry hangs on no chain" in differences()
    with ledger.lifted():
        put_in(decision, id=None, sequence=3)
        assert f"decision {entry.pk}.3: has no link: its decision hangs on no chain" in differences()
    with ledger.lifted():
        put_in(page, id=None, serial="X", code="X", replaced_by_id=None)
        assert "certificate X: has no link: its issue hangs on no chain" in differences()
    with ledger.lifted():
        last = LedgerLink.objects.latest("number")
        put_in(last, number=last.number + 1, sequence=last.sequence + 1, subject_id=999)
        assert (
            f"decision number 999: is gone; link {last.number + 1} of person {last.person_id} holds its decision"
            in (differences())
        )


def test_names_a_chain_made_anew_by_who_holds_the_database_only(year: Year) -> None:
    """Whoever writes a whole chain again still lacks the key of the signed days."""
    chain = list(LedgerLink.objects.filter(person=year.person).order_by("sequence"))
    head = "0" * 64
    with ledger.lifted("learning_ledgerlink"):
        for link in chain:
            link.digest = "ab" * 32 if link is chain[0] else link.digest
            head = ledger_check.links.head_after(head, link) or ""
            sql = "UPDATE learning_ledgerlink SET digest = %s, head = %s WHERE number = %s"
            ledger.execute(sql, link.digest, head, link.number)
        found = differences()

    root = LedgerRoot.objects.filter(last_number__gte=chain[0].number).earliest("day")
    assert is_named((f"ledger root {root.day}: root of the tree",), found), found


def test_names_a_day_signed_with_a_strange_key(year: Year, settings: Any) -> None:
    day = LedgerRoot.objects.latest("day").day
    settings.ROOT_SIGNING_SEED = "a new one"

    assert f"ledger root {day}: its key is not one of ours" in differences()

    settings.RETIRED_ROOT_PUBLIC_KEYS = [LedgerRoot.objects.latest("day").public_key]
    assert differences() == []


@pytest.mark.parametrize("name", ["learning_ledgerlink_no_update", "learning_certificate_no_undoing"])
def test_names_a_guard_that_is_gone(year: Year, name: str) -> None:
    table = name.partition("_no_")[0]
    with ledger.lifted(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
        found = differences()

    assert found == [f"table {table}: its guard {name} is missing or off"]
