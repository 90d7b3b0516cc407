"""Flags beyond the audit desk: the learner reads the same fact, the bureau decides on it by itself."""

from __future__ import annotations

import pytest
from django.test import Client

from learning.actions import credits, flags
from learning.models import CreditEntry
from tests.factories import flags as make_flags
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    """A base with three entries; the second is flagged."""
    office = Office()
    make_flags.flag(office.entries[1])
    return office


@pytest.fixture
def flagged(office: Office) -> CreditEntry:
    return office.entries[1]


def test_the_learner_reads_the_same_fact(client: Client, office: Office, flagged: CreditEntry) -> None:
    client.force_login(flagged.person)

    page = client.get(f"/en/me/hours/{flagged.pk}/").content.decode()

    assert f"What {office.base.name_en} will look at" in page
    assert "The exam was handed in after 7 min" in page
    assert "Usual on this course: 40 min." in page
    assert "No hour is taken off for them" in page


def test_the_learner_of_a_clean_entry_reads_of_no_flags(client: Client, office: Office) -> None:
    client.force_login(office.entries[0].person)

    assert "No hour is taken off" not in client.get(f"/en/me/hours/{office.entries[0].pk}/").content.decode()


@pytest.fixture
def bureau_desk(client: Client, office: Office, flagged: CreditEntry) -> Client:
    """The officer's desk; all three are audited, the flagged one with words."""
    for entry in (office.entries[0], office.entries[2]):
        credits.approve(entry=entry, by=office.auditor, now=NOON)
    flags.approve(entry=flagged, by=office.auditor, words="Asked by phone", codes=["quick_exam"], now=NOON)
    client.force_login(office.officer)
    return client


def test_bureau_sees_flags_first_when_it_asks_and_reads_the_bases_words(
    bureau_desk: Client, office: Office, flagged: CreditEntry
) -> None:
    oldest, sorted_by_flags = (bureau_desk.get(f"/en/bureau/confirm/?order={order}") for order in ("", "flags"))
    opened = bureau_desk.get(f"/en/bureau/confirm/?entry={flagged.pk}").content.decode()

    def order_of(response: object) -> list[CreditEntry]:
        groups = response.context["groups"]  # type: ignore[attr-defined]
        return [row.entry for _base, rows, _amount in groups for row in rows]

    assert order_of(oldest) == [office.entries[0], flagged, office.entries[2]]
    assert order_of(sorted_by_flags) == [flagged, office.entries[0], office.entries[2]]
    assert "Asked by phone" in opened
    assert oldest.context["selected_amount"].count == 2


def test_bureau_signs_for_the_flagged_one_by_itself(bureau_desk: Client, office: Office, flagged: CreditEntry) -> None:
    one, *others = (str(seen) for seen in seen_of([flagged, office.entries[0], office.entries[2]]))

    alone = bureau_desk.get("/en/bureau/confirm/sign/", {"pick": one})
    together = bureau_desk.get("/en/bureau/confirm/sign/", {"pick": [one, *others]})

    assert alone.context["page"].entries == [flagged]
    assert together.context["page"].entries == [office.entries[0], office.entries[2]]
    assert [leaver.entry for leaver in together.context["page"].leavers] == [flagged]


def test_bureau_confirms_many_without_the_flagged_one(
    office: Office, flagged: CreditEntry, bureau_desk: Client
) -> None:
    outcome = office.confirm(seen_of(office.entries))

    assert outcome.done == [office.entries[0], office.entries[2]]
    assert [left.entry for left in outcome.left] == [flagged]
    assert office.confirm(seen_of([flagged])).done == [flagged]


def test_bureaus_sum_says_what_is_left_out_and_why(bureau_desk: Client, flagged: CreditEntry) -> None:
    shown = bureau_desk.get("/en/bureau/confirm/").context

    amounts = (shown["page_amount"], shown["barred_amount"], shown["alone_amount"], shown["left_out_amount"])
    assert [amount.count for amount in amounts] == [3, 0, 1, 0]
    assert shown["selected_amount"] == amounts[0] - amounts[1] - amounts[2] - amounts[3]


def test_bureaus_queue_is_narrowed_by_flag(bureau_desk: Client, office: Office, flagged: CreditEntry) -> None:
    page = bureau_desk.get("/en/bureau/confirm/?f=quick_exam")

    assert [row.entry for _base, rows, _amount in page.context["groups"] for row in rows] == [flagged]
    assert page.context["flag_counts"].by_code == [("quick_exam", 1)]
    assert 'f=quick_exam" aria-current="true"' in page.content.decode()
