"""Links: every act hangs on its person's chain, once, in the order of the acts."""

from __future__ import annotations

import datetime as dt
import importlib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from learning import tasks
from learning.actions import certificates, ledger_links
from learning.actions.ledger_links import Linked
from learning.models import CreditDecision, CreditEntry, LedgerLink
from learning.rules.ledger_chain import GENESIS, LinkFacts, LinkKind
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.rules import Studio
from tests.factories.years import fulfilled_year

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(days=1)


def linked(person_id: int, subject_id: int) -> Linked:
    return Linked(person_id, LinkKind.ENTRY, subject_id, f"{subject_id:064x}")


def heads_made_again(person_id: int) -> list[str]:
    heads = [GENESIS]
    for link in LedgerLink.objects.filter(person_id=person_id).order_by("sequence"):
        facts = LinkFacts(
            link.number,
            link.person_id,
            link.sequence,
            LinkKind(link.kind),
            link.subject_id,
            link.digest,
            link.linked_ms,
        )
        heads.append(facts.head_after(heads[-1]))
    return heads[1:]


def test_append_many_counts_every_chain_for_itself() -> None:
    ada, ben = make.PersonFactory(), make.PersonFactory()

    ledger_links.append_many([linked(ada.pk, 1), linked(ben.pk, 2), linked(ada.pk, 3)], now=NOON)
    ledger_links.append(linked(ada.pk, 4), now=LATER)

    places = LedgerLink.objects.values_list("number", "person_id", "sequence", "subject_id")
    assert list(places) == [(1, ada.pk, 1, 1), (2, ben.pk, 1, 2), (3, ada.pk, 2, 3), (4, ada.pk, 3, 4)]
    for person in (ada, ben):
        stored = LedgerLink.objects.filter(person=person).values_list("head", flat=True)
        assert list(stored) == heads_made_again(person.pk)


def test_append_never_goes_back_in_time() -> None:
    ada = make.PersonFactory()
    ledger_links.append(linked(ada.pk, 1), now=LATER)

    ledger_links.append(linked(ada.pk, 2), now=NOON)

    assert set(LedgerLink.objects.values_list("linked_ms", flat=True)) == {int(LATER.timestamp() * 1_000)}


def test_append_many_takes_as_many_statements_for_three_as_for_one() -> None:
    people = [make.PersonFactory() for _number in range(3)]
    ledger_links.append(linked(people[0].pk, 100), now=NOON)

    with CaptureQueriesContext(
        connection,
    ) as one:
        ledger_links.append(linked(people[0].pk, 1), now=NOON)
    with CaptureQueriesContext(connection) as three:
        ledger_links.append_many([linked(person.pk, 10 + person.pk) for person in people], now=NOON)

    assert len(three) == len(one)


def test_append_many_of_nothing_does_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        ledger_links.append_many([], now=NOON)

    assert [row["sql"] for row in asked if "ledger" in row["sql"]] == []


def test_append_refuses_a_row_that_is_linked_already() -> None:
    ada = make.PersonFactory()
    ledger_links.append(linked(ada.pk, 1), now=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        ledger_links.append(linked(ada.pk, 1), now=NOON)

    assert LedgerLink.objects.count() == 1


@pytest.mark.parametrize("act", ["UPDATE learning_ledgerlink SET digest = head", "DELETE FROM learning_ledgerlink"])
def test_the_database_refuses_to_change_a_link(act: str) -> None:
    ledger_links.append(linked(make.PersonFactory().pk, 1), now=NOON)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)


def test_a_year_hangs_on_its_person_in_the_order_of_the_acts() -> None:
    year = fulfilled_year()
    page = certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=LATER)
    certificates.revoke(certificate=page, by=year.officer, reason="fraud", now=LATER)

    links = list(LedgerLink.objects.filter(person=year.person).order_by("sequence"))
    assert [link.kind for link in links] == [
        *["entry"] * 2,
        *["decision"] * 4,
        "issue",
        "issue",
        "replacement",
        "revocation",
    ]
    assert [link.sequence for link in links] == list(range(1, 11))
    assert {link.subject_id for link in links[:2]} == set(CreditEntry.objects.values_list("pk", flat=True))
    assert {link.subject_id for link in links[2:6]} == set(CreditDecision.objects.values_list("pk", flat=True))
    assert [link.head for link in links] == heads_made_again(year.person.pk)


def test_the_migration_links_what_stood_before_as_the_verbs_do() -> None:
    """Row by row what the verbs wrote, person by person; only the moment of linking is its own."""
    year = fulfilled_year()
    fulfilled_year(person=make.PersonFactory(region=year.person.region), requirement=year.requirement)
    page = certificates.reissue(certificate=year.certificate, by=year.officer, reason="other", now=LATER)
    certificates.revoke(certificate=page, by=year.officer, reason="fraud", now=LATER)
    migration = importlib.import_module("learning.migrations.0004_ledger_chain")

    made = list(migration._links(LedgerLink, migration._acts(apps), linked_ms=1))

    written = LedgerLink.objects.filter(person__isnull=False).order_by("person_id", "sequence")
    assert [(link.person_id, link.sequence, link.kind, link.subject_id, link.digest) for link in made] == list(
        written.values_list("person_id", "sequence", "kind", "subject_id", "digest")
    )
    assert [link.number for link in made] == list(range(1, len(written) + 1))


def test_the_later_migration_links_files_and_rules_as_the_verbs_do(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    fulfilled_year()
    Studio().issued(year=2027, cutoff_on=dt.date(2027, 12, 31))
    tasks.draw_due_certificates()
    migration = importlib.import_module("learning.migrations.0014_proof")

    made = {fact[1:] for fact in (*migration._rule_sets(apps), *migration._files(apps))}

    written = LedgerLink.objects.filter(kind__in=("file", "rule_set")).values_list("kind", "subject_id", "digest")
    assert made == set(written)
    assert len(made) == 3
