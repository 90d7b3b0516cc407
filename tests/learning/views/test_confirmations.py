"""The confirmation desk: its officers alone see it, grouped by base; what will not do goes back."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import credits
from learning.models import (
    CreditDecision,
    CreditEntry,
    CreditStanding,
    Membership,
    Organisation,
    Person,
    Role,
)
from learning.rules.credit_states import State, Verdict
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of, signed

pytestmark = pytest.mark.django_db

DESK = "/en/bureau/confirm/"
SIGN = "/en/bureau/confirm/sign/"


@pytest.fixture
def office() -> Office:
    office = Office()
    office.approved()
    return office


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.officer)
    return client


def picks(entries: list[CreditEntry]) -> list[str]:
    return [str(seen) for seen in seen_of(entries)]


def confirmed() -> int:
    return CreditStanding.objects.filter(state=State.CONFIRMED).count()


def second_bureau() -> Organisation:
    bureau: Organisation = make.BureauFactory(region=make.lankao())
    return bureau


# Who may come in ----------------------------------------------------------------


@pytest.mark.parametrize("address", [DESK, SIGN, f"{DESK}receipts/1/"])
def test_confirm_asks_a_visitor_to_sign_in(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/en/accounts/login/")


@pytest.mark.parametrize("who", ["outsider", "learner", "auditor", "department's officer"])
def test_confirm_is_not_there_for_anyone_but_officers(client: Client, office: Office, who: str) -> None:
    department = make.OrganisationFactory(kind=Organisation.Kind.DEPARTMENT)
    people: dict[str, Person] = {
        "outsider": make.PersonFactory(),
        "learner": office.entries[0].person,
        "auditor": office.auditor,
        "department's officer": years.member(department, Role.OFFICER),
    }
    outcome = office.confirm(seen_of(office.entries[:1]))
    assert outcome.receipt is not None
    client.force_login(people[who])
    seen = seen_of(office.entries[1:])
    data = {"pick": [str(item) for item in seen], "snapshot": signed(seen)}

    assert client.get(DESK).status_code == 404
    assert client.get(SIGN, {"pick": data["pick"]}).status_code == 404
    assert client.post(SIGN, data).status_code == 404
    assert client.post(DESK, {"do": "send_back", **data}).status_code == 404
    assert client.get(f"{DESK}receipts/{outcome.receipt.sequence}/").status_code == 404
    assert confirmed() == 1


def test_an_officer_of_another_bureau_sees_and_does_nothing(client: Client, office: Office) -> None:
    client.force_login(years.member(second_bureau(), Role.OFFICER))
    outcome = office.confirm(seen_of(office.entries[:1]))
    assert outcome.receipt is not None
    entry = office.entries[1]
    seen = seen_of([entry])

    assert client.get(DESK).context["standing"].all.count == 0
    assert client.get(f"{DESK}?bureau={office.bureau.slug}").status_code == 404
    assert client.get(f"{DESK}?entry={entry.pk}").status_code == 404
    assert client.get(SIGN, {"pick": picks([entry])}).status_code == 404
    assert client.post(SIGN, {"pick": picks([entry]), "snapshot": signed(seen)}).status_code == 404
    data = {"do": "send_back", "pick": picks([entry]), "reason": "scope", "text": "x"}
    assert client.post(DESK, data).status_code == 404
    assert client.get(f"{DESK}receipts/{outcome.receipt.sequence}/").status_code == 404
    assert confirmed() == 1


def test_an_officer_of_two_bureaus_chooses(client: Client, office: Office) -> None:
    second = second_bureau()
    Membership.objects.create(person=office.officer, organisation=second, role=Role.OFFICER)
    client.force_login(office.officer)

    assert client.get(DESK).context["standing"].all.count == 3
    assert client.get(f"{DESK}?bureau={second.slug}").context["standing"].all.count == 0
    assert client.post(f"{SIGN}?bureau={second.slug}", {"pick": picks(office.entries)}).status_code == 404


def test_a_search_that_finds_nothing_leads_back_to_the_same_bureau(desk: Client, office: Office) -> None:
    text = desk.get(DESK, {"bureau": office.bureau.slug, "q": "nobody"}).content.decode()

    assert f'href="{DESK}?bureau={office.bureau.slug}">Show all</a>' in text


# What is seen -------------------------------------------------------------------


def test_confirm_groups_what_the_bases_audited(desk: Client, office: Office) -> None:
    other = Office(entries=2)
    for entry in other.entries:
        credits.approve(entry=entry, by=other.auditor, now=NOON)
    waiting = Office(entries=1)

    response = desk.get(DESK)

    groups = {base: len(rows) for base, rows, _amount in response.context["groups"]}
    assert groups == {office.base: 3, other.base: 2}
    assert waiting.base not in groups
    assert "Confirm 5 · 20.0 hours" in response.content.decode()


def test_confirm_asks_the_database_as_often_for_three_rows_as_for_one(client: Client) -> None:
    office = Office(entries=1)
    office.approved()
    client.force_login(office.officer)
    with CaptureQueriesContext(connection) as for_one:
        client.get(DESK)
    office.entries = [years.earn(person=make.PersonFactory(), edition=office.edition) for _number in range(2)]
    office.approved()

    with CaptureQueriesContext(connection) as for_three:
        response = client.get(DESK)

    assert response.context["page"].paginator.count == 3
    assert len(for_three) == len(for_one)


def test_confirm_finds_by_base_and_name(desk: Client, office: Office) -> None:
    wanted = office.entries[2]

    by_name = desk.get(DESK, {"q": wanted.person.full_name_en})
    by_base = desk.get(DESK, {"base": office.base.slug})

    assert [row.entry for _base, rows, _amount in by_name.context["groups"] for row in rows] == [wanted]
    assert by_base.context["page"].paginator.count == 3
    assert desk.get(DESK, {"base": "elsewhere"}).context["page"].paginator.count == 0


def test_confirm_gives_htmx_the_open_row_alone(desk: Client, office: Office) -> None:
    entry = office.entries[0]

    text = desk.get(DESK, {"entry": entry.pk}, headers={"HX-Request": "true"}).content.decode()

    assert text.strip().startswith("<tr")
    assert f'data-open="{entry.pk}"' in text


def test_what_the_officer_audited_or_earned_is_a_colleagues(client: Client, office: Office) -> None:
    Membership.objects.create(person=office.auditor, organisation=office.bureau, role=Role.OFFICER)
    client.force_login(office.auditor)

    response = client.get(DESK)

    assert response.context["selected_amount"].count == 0
    assert (response.context["standing"].barred.count, response.context["free_count"]) == (3, 0)
    page = client.get(SIGN, {"pick": picks(office.entries)})
    assert len(page.context["page"].leavers) == 3
    assert "Nothing is left to sign" in page.content.decode()


# Sending back -------------------------------------------------------------------


def test_send_back_gives_the_base_the_words(desk: Client, office: Office) -> None:
    entry = office.entries[0]
    data = {"do": "send_back", "pick": picks([entry]), "reason": "overlap", "text": "Look at 18 November"}

    response = desk.post(DESK, data, follow=True)

    decision = CreditDecision.objects.get(verdict=Verdict.SENT_BACK)
    assert (decision.organisation, decision.reason_code) == (office.bureau, "overlap")
    assert "Sent back to" in response.content.decode()
    assert "Look at 18 November" in desk.get(f"{DESK}?tab=sent_back").content.decode()
    entry.standing.refresh_from_db()
    assert (entry.standing.state, entry.standing.holder) == (State.EARNED, office.base)


@pytest.mark.parametrize(("reason", "text"), [("", "words"), ("document", "words"), ("scope", " ")])
def test_send_back_without_a_reason_keeps_what_was_typed(desk: Client, office: Office, reason: str, text: str) -> None:
    response = desk.post(DESK, {"do": "send_back", "pick": picks(office.entries[:1]), "reason": reason, "text": text})

    assert response.status_code == 422
    assert text.strip() in response.content.decode()
    assert CreditDecision.objects.filter(verdict=Verdict.SENT_BACK).count() == 0


def test_send_back_after_a_colleague_confirmed_says_so(desk: Client, office: Office) -> None:
    data = {"do": "send_back", "pick": picks(office.entries[:1]), "reason": "scope", "text": "careful words"}
    office.confirm(seen_of(office.entries[:1]))

    response = desk.post(DESK, data)

    text = response.content.decode()
    assert response.status_code == 409
    assert f"{office.officer.full_name_en}: confirmed" in text
    assert "careful words" in text


def test_chinese_pages_speak_chinese(desk: Client, office: Office) -> None:
    assert "还有 3 条待确认" in desk.get("/bureau/confirm/").content.decode()
    page = desk.get("/bureau/confirm/sign/", {"pick": picks(office.entries)}).content.decode()
    assert "签署并确认 3 条 · 12.0 学时" in page
