"""The pages on which hours are taken back one by one, and the list of them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import credits, reversals
from learning.models import CreditEntry, Role
from learning.rules.reasons import ReversalReason
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db
LIST = "/en/bureau/confirm/reversals/"
GOOD = {"reason": "mistake", "text": "误确认", "then": "again"}


@pytest.fixture
def office() -> Office:
    """Three confirmed entries."""
    office = Office(entries=3)
    office.approved()
    for entry in office.entries:
        credits.confirm(entry=entry, by=office.officer, now=NOON)
    return office


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.officer)
    return client


def address(entry: CreditEntry) -> str:
    return f"{LIST}entries/{entry.pk}/"


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def reverse(office: Office, number: int, *, is_again: bool = False, code: str = ReversalReason.HOURS) -> CreditEntry:
    return reversals.reverse(
        entry=office.entries[number],
        by=office.officer,
        reason_code=code,
        reason_text=f"因故{number}",
        is_again=is_again,
        now=NOON,
    )


def test_the_page_says_what_would_follow_and_does_it(desk: Client, office: Office) -> None:
    entry = office.entries[0]
    shown = page(desk, address(entry))
    assert "Take back 4.0 hours" in shown
    assert "Years that fall short again" in shown
    assert not CreditEntry.objects.filter(kind="reversal").exists()

    answer = desk.post(address(entry), GOOD)

    assert answer["Location"] == f"/en/me/hours/{entry.pk}/"
    reversal = CreditEntry.objects.get(reverses=entry)
    assert reversal.restored.standing.state == "earned"
    assert "Confirmed by mistake" in page(desk, f"/en/me/hours/{entry.pk}/why/")


def test_for_good_restores_nothing(desk: Client, office: Office) -> None:
    desk.post(address(office.entries[0]), GOOD | {"then": "final"})

    assert CreditEntry.objects.filter(kind="reversal").count() == 1
    assert not CreditEntry.objects.filter(restores__isnull=False).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "Choose a reason from the list"),
        ({"reason": "none-such"}, "Choose a reason from the list"),
        ({"text": " "}, "Write why"),
        ({"text": "长" * 501}, "At most 500 characters"),
        ({"then": ""}, "Say what becomes of the study behind it"),
    ],
)
def test_what_is_not_said_is_asked_for_and_nothing_is_lost(
    desk: Client, office: Office, changes: dict[str, str], words: str
) -> None:
    answer = desk.post(address(office.entries[0]), GOOD | changes)

    shown = answer.content.decode()
    assert (answer.status_code, words in shown) == (422, True)
    assert "text" in changes or "误确认" in shown
    assert not CreditEntry.objects.filter(kind="reversal").exists()


def test_a_second_time_it_says_where_the_hours_stand(desk: Client, office: Office) -> None:
    reverse(office, 0)

    answer = desk.post(address(office.entries[0]), GOOD)

    assert answer.status_code == 409
    assert "These hours are not confirmed" in answer.content.decode()
    assert CreditEntry.objects.filter(kind="reversal").count() == 1


def test_own_hours_are_refused_and_others_are_hidden(client: Client, office: Office) -> None:
    entry = office.entries[0]
    learner = entry.person
    make.MembershipFactory(person=learner, organisation=office.bureau, role=Role.OFFICER)
    client.force_login(learner)
    assert client.get(address(entry)).status_code == client.post(address(entry), GOOD).status_code == 403
    assert "Take back" not in client.get(f"/en/me/hours/{entry.pk}/why/").content.decode()

    elsewhere = make.BureauFactory(region=make.lankao())
    stranger = make.MembershipFactory(organisation=elsewhere, role="officer").person
    for person in (stranger, office.auditor, office.entries[1].person):
        client.force_login(person)
        assert client.get(address(entry)).status_code == client.post(address(entry), GOOD).status_code == 404
    assert not CreditEntry.objects.filter(kind="reversal").exists()


def test_a_reversal_is_not_reversed(desk: Client, office: Office) -> None:
    assert desk.get(address(reverse(office, 0))).status_code == 404


def test_the_list_filters_and_sorts(desk: Client, office: Office) -> None:
    reverse(office, 0)
    reverse(office, 1, is_again=True, code=ReversalReason.SCOPE)
    first, second = (entry.person.full_name_en for entry in office.entries[:2])

    both = page(desk, LIST)
    assert "2 entries taken back" in both
    assert "judged again as" in both
    assert both.index(second) < both.index(first)
    assert page(desk, f"{LIST}?order=oldest").index(first) < page(desk, f"{LIST}?order=oldest").index(second)
    only = page(desk, f"{LIST}?reason=scope")
    assert (second in only, first in only) == (True, False)
    for narrowed in (f"q=%23{office.entries[1].pk}", f"q={office.entries[1].person.full_name}"):
        assert second in page(desk, f"{LIST}?{narrowed}")
    assert "Nothing matches" in page(desk, f"{LIST}?base=none-such")
    assert "Nothing matches" in page(desk, f"{LIST}?year=1999")
    assert "2 entries taken back" in page(desk, f"{LIST}?reason=none-such&order=none-such&year=x&page=z")


def test_the_list_does_not_ask_more_for_more_reversals(desk: Client, office: Office) -> None:
    counts = []
    for number in range(3):
        reverse(office, number, is_again=True)
        with CaptureQueriesContext(connection) as queries:
            page(desk, LIST)
        counts.append(len(queries))

    assert counts[0] == counts[2]


def test_what_is_judged_again_says_so(desk: Client, office: Office) -> None:
    restored = reverse(office, 0, is_again=True).restored

    shown = page(desk, f"/en/me/hours/{restored.pk}/why/")

    assert "Judged again" in shown
    assert f"record #{office.entries[0].pk}" in shown
    assert f"Record #{restored.pk}" in page(desk, f"/en/me/hours/{office.entries[0].pk}/why/")
