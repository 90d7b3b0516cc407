"""Signing: exactly what was shown is confirmed, once, and the receipt stays."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from learning import tasks
from learning.actions import credit_batches, credits
from learning.models import (
    AuditLogEntry,
    CreditDecision,
    CreditEntry,
    CreditStanding,
    Role,
)
from learning.rules.credit_states import State, Verdict
from learning.rules.reasons import NotTaken
from tests.factories import clock, guards, years
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of, signed
from tests.factories.rules import Studio

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


def sign(desk: Client, entries: list[CreditEntry], **changes: object) -> object:
    seen = seen_of(entries)
    data = {"pick": [str(item) for item in seen], "snapshot": signed(seen), **changes}
    return desk.post(SIGN, data, follow=True)


def confirmed() -> int:
    return CreditStanding.objects.filter(state=State.CONFIRMED).count()


def test_sign_shows_exactly_what_is_signed_and_changes_nothing(desk: Client, office: Office) -> None:
    response = desk.get(SIGN, {"pick": picks(office.entries[:2])})

    text = response.content.decode()
    assert "Confirm 2 entries, 8.0 hours" in text
    assert signed(seen_of(office.entries[:2])) in text
    assert "2026-1" in text
    assert confirmed() == 0


def test_sign_without_a_row_says_so(desk: Client) -> None:
    response = desk.get(SIGN)

    assert response.status_code == 422
    assert "Select at least one row first" in response.content.decode()


def test_sign_confirms_and_ends_on_a_receipt_that_stays(desk: Client, office: Office) -> None:
    response = sign(desk, office.entries)

    line = AuditLogEntry.objects.get(action=credit_batches.CONFIRMED_BATCH)
    assert response.redirect_chain == [(f"{DESK}receipts/{line.sequence}/", 302)]  # type: ignore[attr-defined]
    text = desk.get(f"{DESK}receipts/{line.sequence}/").content.decode()
    assert "3 entries confirmed, 12.0 hours" in text
    assert line.digest in text
    assert line.subject.removeprefix("snapshot:") in text
    assert f"receipts/{line.sequence}/" in desk.get(f"{DESK}?tab=receipts").content.decode()


def test_sign_lists_the_certificates_issued_in_the_act(desk: Client, office: Office) -> None:
    year = years.fulfilled_year(base=office.base, bureau=office.bureau, stop_at="audited")
    page = desk.get(SIGN, {"pick": picks(year.entries)}).content.decode()
    assert "1 year is fulfilled by this" in page

    text = sign(desk, year.entries).content.decode()  # type: ignore[attr-defined]

    assert "1 certificate issued in this act" in text
    assert year.certificate.serial in text


def test_sign_promises_no_certificate_for_half_a_year(desk: Client, office: Office) -> None:
    year = years.fulfilled_year(base=office.base, bureau=office.bureau, stop_at="audited")

    response = desk.get(SIGN, {"pick": picks(year.entries[:1])})

    assert response.context["page"].fulfils == []


def test_sign_twice_says_who_was_first_and_shows_the_receipt(desk: Client, office: Office) -> None:
    data = {"pick": picks(office.entries), "snapshot": signed(seen_of(office.entries))}
    desk.post(SIGN, data)
    colleague = Client()
    colleague.force_login(make.MembershipFactory(organisation=office.bureau, role=Role.OFFICER).person)

    for hand in (desk, colleague):
        response = hand.post(SIGN, data)
        text = response.content.decode()
        assert response.status_code == 409
        assert f"Exactly this was signed by {office.officer.full_name_en}" in text
        assert len(re.findall(f"{office.officer.full_name_en}: confirmed", text)) == 3
        assert "/en/bureau/confirm/receipts/" in text

    assert CreditDecision.objects.filter(verdict=Verdict.CONFIRMED).count() == 3


def test_a_row_that_changed_leaves_the_selection_and_says_so(desk: Client, office: Office) -> None:
    before = picks(office.entries)
    changed = office.entries[0]
    credits.send_back(entry=changed, by=office.officer, reason_code="scope", reason_text="x", now=NOON)

    response = desk.get(SIGN, {"pick": before})

    assert [leaver.entry for leaver in response.context["page"].leavers] == [changed]
    text = response.content.decode()
    assert "1 row left your selection" in text
    assert "Sign and confirm 2 · 8.0 hours" in text


def test_a_row_that_changed_after_the_page_was_drawn_is_named_in_the_receipt(desk: Client, office: Office) -> None:
    data = {"pick": picks(office.entries), "snapshot": signed(seen_of(office.entries))}
    changed = office.entries[0]
    credits.send_back(entry=changed, by=office.officer, reason_code="scope", reason_text="x", now=NOON)
    credits.approve(entry=changed, by=office.auditor, now=NOON)

    text = desk.post(SIGN, data, follow=True).content.decode()

    assert "2 entries confirmed, 8.0 hours" in text
    assert "1 entry was left as it stood" in text
    assert "please look at it again" in text


@pytest.mark.parametrize("snapshot", ["", "0" * 64], ids=["none", "another"])
def test_sign_of_another_snapshot_confirms_nothing(desk: Client, office: Office, snapshot: str) -> None:
    response = desk.post(SIGN, {"pick": picks(office.entries), "snapshot": snapshot})

    assert response.status_code == 409
    assert "What you signed is not what stands in the ledger now" in response.content.decode()
    assert confirmed() == 0


@pytest.mark.parametrize("pick", ["x", "99999:1", "1:1:1"])
def test_sign_of_what_no_page_of_ours_posts_is_not_there(desk: Client, office: Office, pick: str) -> None:
    assert desk.post(SIGN, {"pick": pick, "snapshot": "x"}).status_code == 404
    assert desk.get(SIGN, {"pick": pick}).status_code == 404


def test_sign_holds_at_most_fifty(desk: Client, office: Office) -> None:
    assert desk.get(SIGN, {"pick": [f"{number}:1" for number in range(1, 52)]}).status_code == 404


def test_a_receipt_number_of_another_act_is_not_there(desk: Client, office: Office) -> None:
    first = AuditLogEntry.objects.order_by("sequence").values_list("sequence", flat=True)[0]

    assert desk.get(f"{DESK}receipts/{first}/").status_code == 404
    assert desk.get(f"{DESK}receipts/99999999999999999999/").status_code == 404


def test_sign_leaves_out_what_is_decided_no_more(desk: Client, office: Office) -> None:
    guards.rewrite_rules(office.entries[0].requirement_id, grace_days=0)
    with clock.standing(NOON.replace(year=2027)):
        page = desk.get(SIGN, {"pick": picks(office.entries[:2])}).context["page"]

    assert ([leaver.why for leaver in page.leavers], page.rows) == ([NotTaken.TOO_LATE] * 2, [])


def test_sign_names_the_certificate_of_a_year_that_was_met_before(client: Client) -> None:
    """A later version of the rule asked less: the year was met by that, and its page waits for the next act."""
    studio = Studio()
    make.RequirementFactory()
    year = years.fulfilled_year(bureau=studio.office, stop_at="audited")
    credits.confirm(entry=year.entries[0], by=year.officer, now=NOON)
    studio.issued(total_centihours=2_600)
    tasks.bring_rules_into_force()
    client.force_login(year.officer)

    page = client.get(SIGN, {"pick": picks(year.entries[1:])}).context["page"]
    answer = sign(client, year.entries[1:])

    assert [record.person for record in page.fulfils] == [year.person]
    assert len(answer.context["receipt"].certificates) == 1  # type: ignore[attr-defined]
