"""What a run could take, summed up: all of a short queue; of a long one what has waited longest, said to go on."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.models import ConfirmationRun, CreditStanding, Membership, Organisation, QueueTally, Role, Tally
from learning.rules.credit_states import State
from learning.views import queues
from tests.factories import flags as make_flags
from tests.factories import learning as make
from tests.factories import runs, years
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db

RUNS = "/en/bureau/confirm/runs/"
MANY = "So many wait that only those who have waited longest are counted here."


@pytest.fixture
def office() -> Office:
    """Three entries wait for the bureau, one after the other."""
    office = Office(entries=3)
    office.approved()
    for day, entry in enumerate(office.entries, start=1):
        CreditStanding.objects.filter(entry=entry).update(since=NOON.replace(day=day))
    return office


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.officer)
    return client


@pytest.fixture
def two_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "WINDOW", 2)


def page(client: Client, query: str = "") -> str:
    return client.get(RUNS + query).content.decode()


def another_base(office: Office) -> Organisation:
    """Let one entry of a second base wait for the same bureau, the last to come."""
    other = Office(entries=0)
    other.entries = [years.earn(person=make.PersonFactory(), edition=other.edition)]
    other.approved()
    assert other.entries[0].bureau == office.bureau
    return other.base


def test_a_short_queue_is_summed_up_whole(desk: Client, office: Office) -> None:
    shown = page(desk)

    assert "Freeze 3 · 12.0 hours" in shown
    assert f"{office.base.name_en} · 3</option>" in shown
    assert f"{office.edition.title_en} · 3</option>" in shown
    assert MANY not in shown


def test_what_stays_out_is_told(desk: Client, office: Office) -> None:
    make_flags.flag(office.entries[0])
    Membership.objects.create(person=office.entries[1].person, organisation=office.bureau, role=Role.OFFICER)
    desk.force_login(office.entries[1].person)

    context = desk.get(RUNS).context

    assert [context[name].count for name in ("all_waiting", "flagged", "amount")] == [3, 1, 1]
    assert [context[name].centihours for name in ("all_waiting", "flagged", "amount")] == [1_200, 400, 400]


@pytest.mark.usefixtures("two_are_counted")
@pytest.mark.parametrize("narrowed", [False, True])
def test_a_long_queue_is_said_to_go_on(desk: Client, office: Office, *, narrowed: bool) -> None:
    shown = page(desk, f"?base={office.base.slug}" if narrowed else "")

    assert "2+ entries can go into one run, 8.0+ hours" in shown
    assert f"{office.base.name_en} · 2+</option>" in shown
    assert MANY in shown


@pytest.mark.usefixtures("two_are_counted")
def test_a_run_takes_what_was_not_counted_too(desk: Client) -> None:
    assert "Freeze all of them" in page(desk)

    desk.post(RUNS)

    assert ConfirmationRun.objects.get().item_count == 3


@pytest.mark.usefixtures("two_are_counted")
def test_a_run_can_begin_where_nothing_counted_may_go_in(desk: Client, office: Office) -> None:
    for entry in office.entries[:2]:
        make_flags.flag(entry)
    assert "0+ entries can go into one run" in page(desk)

    desk.post(RUNS)

    assert ConfirmationRun.objects.get().item_count == 1


@pytest.mark.usefixtures("two_are_counted")
def test_what_stands_in_a_run_is_passed_over(desk: Client, office: Office) -> None:
    runs.drafted(office)
    another_base(office)

    shown = page(desk)

    assert "1 entry can go into one run, 4.0 hours" in shown
    assert MANY not in shown


@pytest.mark.usefixtures("two_are_counted")
def test_a_base_beyond_what_is_counted_can_be_chosen(desk: Client, office: Office) -> None:
    base = another_base(office)
    tally = Tally.objects.create(year=NOON.year, counted_on=NOON.date(), counted_at=NOON)
    for auditor in (base, office.base):
        QueueTally.objects.create(
            tally=tally,
            bureau=office.bureau,
            auditor=auditor,
            state=State.AUDITED,
            entries=1,
            centihours=400,
            oldest_at=NOON,
        )

    shown = page(desk)

    assert f'value="{base.slug}">{base.name_en}</option>' in shown
    assert shown.count(f'value="{office.base.slug}"') == 1
    assert "1 entry can go into one run, 4.0 hours" in page(desk, f"?base={base.slug}")


@pytest.mark.parametrize("query", ["", "?base={}"])
@pytest.mark.parametrize("most", [4, 1])
def test_the_list_asks_as_often_however_many_wait(
    desk: Client, office: Office, monkeypatch: pytest.MonkeyPatch, most: int, query: str
) -> None:
    monkeypatch.setattr(queues, "WINDOW", most)
    address = RUNS + query.format(office.base.slug)
    desk.get(address)
    counts = []
    for left in (3, 1):
        CreditStanding.objects.exclude(entry__in=office.entries[:left]).update(holder=None)
        with CaptureQueriesContext(connection) as asked:
            desk.get(address)
        counts.append(len(asked))

    assert counts[0] == counts[1]
