"""“All of this filter” beside “this page”: what other pages hold goes along, and never more than the law allows."""

from __future__ import annotations

import pytest
from django.test import Client

from learning.models import CreditDecision, CreditStanding, Membership, Role
from learning.rules.credit_states import State
from learning.rules.snapshots import MOST_IN_ONE_ACT
from learning.views.audits import PAGE_SIZE
from tests.factories import flags as make_flags
from tests.factories.offices import Office, seen_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    """A base with three entries more than its page shows."""
    return Office(entries=PAGE_SIZE + 3)


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.auditor)
    return client


def url(office: Office, query: str = "") -> str:
    return f"/en/base/{office.base.slug}/audit/{query}"


def test_filter_is_offered_beside_the_page(desk: Client, office: Office) -> None:
    text = desk.get(url(office)).content.decode()

    assert "Select all 20 on this page" in text
    assert "Select all 23 clean ones in this filter" in text


def test_filter_is_not_offered_where_the_page_holds_all_of_it(client: Client) -> None:
    office = Office(entries=3)
    client.force_login(office.auditor)

    assert "in this filter" not in client.get(url(office)).content.decode()


def test_page_selects_nothing_of_other_pages(desk: Client, office: Office) -> None:
    response = desk.get(url(office, "?select=page"))

    assert (response.context["beyond"].picks, response.context["selected_amount"].count) == ([], PAGE_SIZE)


def test_filter_selects_what_other_pages_hold_and_the_button_says_so(desk: Client, office: Office) -> None:
    response = desk.get(url(office, "?select=filter"))

    assert response.context["beyond"].amount.count == 3
    assert "Approve 23 selected · 92.0 hours" in response.content.decode()


def test_filter_is_approved_in_one_act(desk: Client, office: Office) -> None:
    response = desk.get(url(office, "?select=filter"))
    rows = [str(row.seen) for row in response.context["rows"] if row.is_selected]
    picks = rows + [str(seen) for seen in response.context["beyond"].picks]

    desk.post(url(office), {"do": "approve", "pick": picks, "said": str(response.context["selected_amount"])})

    assert CreditStanding.objects.filter(state=State.AUDITED).count() == PAGE_SIZE + 3


def test_filter_keeps_to_its_words(desk: Client, office: Office) -> None:
    one = office.entries[-1]

    response = desk.get(url(office, f"?q=%23{one.pk}&select=filter"))

    assert response.context["selected_amount"].count == 1


def test_filter_leaves_out_the_flagged_and_ones_own(client: Client, office: Office) -> None:
    *_others, own, flagged = office.entries
    make_flags.flag(flagged)
    Membership.objects.create(person=own.person, organisation=office.base, role=Role.AUDITOR)
    client.force_login(own.person)

    response = client.get(url(office, "?select=filter"))

    named = {seen.entry_id for seen in response.context["beyond"].picks}
    named |= {row.entry.pk for row in response.context["rows"] if row.is_selected}
    assert named == {entry.pk for entry in office.entries} - {own.pk, flagged.pk}


def test_filter_selects_no_more_than_one_act_may_decide(client: Client) -> None:
    office = Office(entries=MOST_IN_ONE_ACT + 2)
    client.force_login(office.auditor)

    response = client.get(url(office, "?select=filter"))

    assert response.context["selected_amount"].count == MOST_IN_ONE_ACT
    assert "Select 50 of the 52 clean ones in this filter" in response.content.decode()


def test_answer_keeps_what_was_selected_on_other_pages(desk: Client, office: Office) -> None:
    picks = [str(seen) for seen in seen_of(office.entries)]

    response = desk.post(url(office), {"do": "approve", "pick": picks, "said": "1:400"})

    assert response.status_code == 422
    assert "Approve 23 selected · 92.0 hours" in response.content.decode()
    assert 'name="said" value="23:9200"' in response.content.decode()
    assert CreditDecision.objects.count() == 0
