"""Links, when many acts on one person come at once: real threads, on whichever database the run uses."""

import threading

import pytest
from django.db import connections, transaction

from learning.actions import audit_log, ledger_links
from learning.actions.ledger_links import Linked
from learning.models import AuditLogEntry, LedgerLink, Person
from learning.rules.ledger_chain import LinkKind
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 30
ACTORS, ACTS = 4, 5


def act(people: list[Person], actor: int, start: threading.Barrier) -> None:
    """Link and log, as a verb does, on all the people, each actor in an order of its own."""
    mine = people[actor % len(people) :] + people[: actor % len(people)]
    try:
        start.wait(WAIT_S)
        for number in range(ACTS):
            subject = actor * 100 + number * 10
            with transaction.atomic():
                for at, person in enumerate(mine):
                    link = Linked(person.pk, LinkKind.DECISION, subject + at, "ab" * 32)
                    ledger_links.append(link, now=NOON)
                    audit_log.append(action="test", subject=f"act:{subject + at}", now=NOON)
    finally:
        connections.close_all()


def test_append_leaves_no_gap_when_many_act_at_once() -> None:
    people = [make.PersonFactory() for _number in range(3)]
    start = threading.Barrier(ACTORS)

    threads = [threading.Thread(target=act, args=(people, actor, start)) for actor in range(ACTORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)

    each = ACTORS * ACTS
    numbers = LedgerLink.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 3 * each + 1))
    for person in people:
        chain = LedgerLink.objects.filter(person=person).order_by("number").values_list("sequence", flat=True)
        assert list(chain) == list(range(1, each + 1))
    assert AuditLogEntry.objects.count() == 3 * each
