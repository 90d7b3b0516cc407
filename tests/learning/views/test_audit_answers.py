"""The audit desk's answers: approve or return; no decision is lost, none is taken twice."""

from __future__ import annotations

import pytest
from django.test import Client

from learning.actions import credit_batches, credits
from learning.models import (
    CreditDecision,
    CreditStanding,
    Membership,
    Person,
    Role,
)
from learning.rules.credit_states import State
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.auditor)
    return client


def url(office: Office, query: str = "") -> str:
    return f"/en/base/{office.base.slug}/audit/{query}"


# Approving ----------------------------------------------------------------------


def test_approve_what_the_button_named_and_show_the_receipt(desk: Client, office: Office) -> None:
    picks = [str(seen) for seen in seen_of(office.entries[:2])]

    response = desk.post(url(office), {"do": "approve", "pick": picks, "said": "2:800"}, follow=True)

    assert response.context["desk"].receipt.centihours == 800
    assert "Approved 2 entries, 8.0 hours" in response.content.decode()
    assert CreditStanding.objects.filter(state=State.AUDITED, holder=office.bureau).count() == 2


def test_approve_does_nothing_when_the_button_said_otherwise(desk: Client, office: Office) -> None:
    picks = [str(seen) for seen in seen_of(office.entries[:2])]

    response = desk.post(url(office), {"do": "approve", "pick": picks, "said": "3:1200"})

    assert response.status_code == 422
    assert "Approve 2 selected · 8.0 hours" in response.content.decode()
    assert 'name="said" value="2:800"' in response.content.decode()
    assert CreditDecision.objects.count() == 0


def test_approve_of_nothing_says_so(desk: Client, office: Office) -> None:
    response = desk.post(url(office), {"do": "approve", "said": "0:0"})

    assert response.status_code == 422
    assert "Select at least one row first" in response.content.decode()


def test_approve_one_opens_the_next(desk: Client, office: Office) -> None:
    first, second, _third = office.entries
    (pick,) = seen_of([first])

    response = desk.post(url(office), {"do": "approve", "pick": str(pick), "next": str(second.pk)}, follow=True)

    assert response.context["dossier"].entry == second


def test_approve_twice_says_who_was_first(desk: Client, office: Office) -> None:
    pick = str(seen_of(office.entries)[0])
    desk.post(url(office), {"do": "approve", "pick": pick})

    response = desk.post(url(office), {"do": "approve", "pick": pick})

    assert response.status_code == 409
    text = response.content.decode()
    assert "1 entry was not decided this time" in text
    assert f"{office.auditor.full_name_en}: approved" in text
    assert CreditDecision.objects.count() == 1


def test_approve_names_what_a_colleague_decided_first_in_the_receipt(desk: Client, office: Office) -> None:
    picks = [str(seen) for seen in seen_of(office.entries)]
    colleague = make.PersonFactory(title_level="", full_name_en="Colleague")
    credits.approve(entry=office.entries[2], by=colleague, now=NOON)

    response = desk.post(url(office), {"do": "approve", "pick": picks, "said": "3:1200"}, follow=True)

    text = response.content.decode()
    assert "Approved 2 entries" in text
    assert "Colleague: approved" in text


@pytest.mark.parametrize("pick", ["x", "1", "1:x", "99999:0", "-1:0"])
def test_approve_of_what_no_page_of_ours_posts_is_not_there(desk: Client, office: Office, pick: str) -> None:
    assert desk.post(url(office), {"do": "approve", "pick": pick}).status_code == 404


def test_approve_of_another_bases_entry_is_not_there(desk: Client, office: Office) -> None:
    foreign = Office(entries=1)

    response = desk.post(url(office), {"do": "approve", "pick": str(seen_of(foreign.entries)[0])})

    assert response.status_code == 404
    assert CreditDecision.objects.count() == 0


@pytest.mark.parametrize("do", ["", "confirm", "send_back"])
def test_the_base_has_no_other_answer(desk: Client, office: Office, do: str) -> None:
    assert desk.post(url(office), {"do": do, "pick": str(seen_of(office.entries)[0])}).status_code == 404


def test_a_receipt_of_another_base_is_not_shown(desk: Client, office: Office) -> None:
    other = Office(entries=1)
    outcome = credit_batches.approve_all(seen=seen_of(other.entries), auditor=other.base, by=other.auditor, now=NOON)
    assert outcome.receipt is not None
    foreign = outcome.receipt

    assert desk.get(url(office, f"?done={foreign.sequence}")).context["desk"].receipt is None


# Returning ----------------------------------------------------------------------


def test_return_gives_the_learner_the_words(desk: Client, office: Office) -> None:
    entry = office.entries[0]
    data = {"do": "return", "pick": str(seen_of([entry])[0]), "reason": "exam", "text": "Where did you sit?"}

    response = desk.post(url(office), data, follow=True)

    decision = CreditDecision.objects.get()
    assert (decision.verdict, decision.reason_code, decision.reason_text) == ("returned", "exam", "Where did you sit?")
    assert f"Returned to {entry.person.full_name_en}" in response.content.decode()
    tab = desk.get(url(office, "?tab=returned")).content.decode()
    assert "Where did you sit?" in tab


@pytest.mark.parametrize(
    ("reason", "text", "said"),
    [
        ("", "words", "Choose a reason from the list"),
        ("scope", "words", "Choose a reason from the list"),
        ("exam", "  ", "Write what is to be done"),
        ("exam", "x" * 501, "At most 500 characters"),
    ],
    ids=["no reason", "the bureau's reason", "no words", "too many words"],
)
def test_return_without_a_reason_keeps_what_was_typed(
    desk: Client, office: Office, reason: str, text: str, said: str
) -> None:
    entry = office.entries[1]

    response = desk.post(
        url(office), {"do": "return", "pick": str(seen_of([entry])[0]), "reason": reason, "text": text}
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert text.strip() in page
    assert response.context["dossier"].entry == entry
    assert CreditDecision.objects.count() == 0


def test_return_after_somebody_approved_says_so_and_keeps_the_words(desk: Client, office: Office) -> None:
    entry = office.entries[0]
    (pick,) = seen_of([entry])
    credits.approve(entry=entry, by=make.PersonFactory(full_name_en="Colleague"), now=NOON)

    response = desk.post(
        url(office), {"do": "return", "pick": str(pick), "reason": "exam", "text": "long and careful words"}
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "Colleague: approved" in page
    assert "long and careful words" in page


def test_return_of_ones_own_hours_is_refused(client: Client, office: Office) -> None:
    learner: Person = office.entries[0].person
    Membership.objects.create(person=learner, organisation=office.base, role=Role.AUDITOR)
    client.force_login(learner)
    data = {"do": "return", "pick": str(seen_of(office.entries)[0]), "reason": "exam", "text": "words"}

    response = client.post(url(office), data)

    assert response.status_code == 409
    assert CreditDecision.objects.count() == 0


def test_recent_lists_this_bases_decisions_only(desk: Client, office: Office) -> None:
    desk.post(url(office), {"do": "approve", "pick": str(seen_of(office.entries)[0])})
    other = Office(entries=1)
    Client().force_login(other.auditor)
    credits.approve(entry=other.entries[0], by=other.auditor, now=office.entries[0].earned_at)

    response = desk.get(url(office, "?tab=recent"))

    assert [decision.entry for decision in response.context["page"]] == [office.entries[0]]
