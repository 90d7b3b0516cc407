"""Flags, when two sweeps and an office come at once: real threads, on whichever database the run uses."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connections

from learning.actions import credit_batches, flags
from learning.models import AuditLogEntry, CreditFlag, CreditScreening, Person
from tests.factories import flags as make_flags
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 60
ENTRIES = 6


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Run the acts together; return what they raised."""
    start, raised = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(WAIT_S)
            act()
        except BaseException as error:  # noqa: BLE001 -- told to the test
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert not any(thread.is_alive() for thread in threads)
    return raised


@pytest.fixture
def office() -> Office:
    """A base that teaches outside its scope, so that every entry is flagged."""
    make_flags.policy()
    office = Office(entries=ENTRIES)
    office.base.base_profile.may_teach_professional = False
    office.base.base_profile.save()
    return office


def test_two_sweeps_at_once_raise_each_flag_once_and_tell_of_it_once(office: Office) -> None:
    raised = at_once(*(lambda at=at: flags.screen_due(now=NOON + dt.timedelta(seconds=at)) for at in (1, 2)))

    assert raised == []
    assert CreditScreening.objects.count() == CreditFlag.objects.count() == ENTRIES
    told = [pair for line in AuditLogEntry.objects.filter(action="credit.flag") for pair in line.facts["flags"]]
    assert sorted(told) == [[entry.pk, "outside_scope"] for entry in office.entries]


def test_a_sweep_and_an_office_at_once_wait_for_nobody_in_a_circle(office: Office) -> None:
    def approve() -> None:
        auditor = Person.objects.get(pk=office.auditor.pk)
        credit_batches.approve_all(seen=seen_of(office.entries), auditor=office.base, by=auditor, now=NOON)

    raised = at_once(approve, lambda: flags.screen_due(now=NOON), lambda: flags.screen_due(now=NOON))

    assert raised == []
    # Whoever was first: an entry was approved clean, or flagged and left, and none got lost between.
    approved = {entry.pk for entry in office.entries if entry.decisions.exists()}
    flagged = set(CreditFlag.objects.values_list("entry_id", flat=True))
    assert approved | flagged == {entry.pk for entry in office.entries}
