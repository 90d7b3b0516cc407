"""The pages of a reversal run: from the choice to the receipt, for the officers of its bureau alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import reversal_runs, reversals
from learning.models import ConfirmationRun, CreditEntry, ReversalRun
from learning.models.run import RunState
from learning.rules.reasons import ReversalReason
from tests.factories import guards, runs
from tests.factories import learning as make
from tests.factories.learning import PASSWORD
from tests.factories.offices import Office
from tests.factories.runs import LATER

pytestmark = pytest.mark.django_db
LIST = "/en/bureau/confirm/reversals/runs/"
GOOD = {"reason": "mistake", "text": "误确认", "then": "again", "scope": "all"}


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


@pytest.fixture
def done(office: Office) -> ConfirmationRun:
    return runs.done(office)


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.officer)
    return client


def address(run: ReversalRun, more: str = "") -> str:
    return f"{LIST}{run.pk}/{more}"


def choosing(run: ConfirmationRun) -> str:
    return f"{LIST}of/{run.pk}/"


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_receipt_of_a_run_leads_to_taking_it_back(desk: Client, done: ConfirmationRun, office: Office) -> None:
    confirmed = f"/en/bureau/confirm/runs/{done.pk}/"
    assert choosing(done) in page(desk, confirmed)

    undo = runs.undoing(office, of=done)

    assert address(undo) in page(desk, confirmed)


def test_a_run_that_confirms_still_is_not_taken_back(desk: Client, office: Office) -> None:
    assert desk.get(choosing(runs.running(office))).status_code == 404


def test_the_whole_run_is_frozen_and_shows_what_would_follow(desk: Client, done: ConfirmationRun) -> None:
    assert "3 entries of" in page(desk, choosing(done))

    answer = desk.post(choosing(done), GOOD)

    run = ReversalRun.objects.get()
    assert answer["Location"] == address(run)
    assert (run.item_count, run.is_again, run.reason_code) == (3, True, "mistake")
    shown = page(desk, address(run))
    assert "3 entries to take back, 12.0 hours" in shown
    assert "Certificates revoked" in shown
    assert not CreditEntry.objects.filter(kind="reversal").exists()


def test_a_part_is_chosen_by_ticks_or_by_narrowing(desk: Client, done: ConfirmationRun, office: Office) -> None:
    ticked = office.entries[1].pk
    desk.post(choosing(done), GOOD | {"scope": "ticked", "pick": [str(ticked), "987654"]})
    assert list(ReversalRun.objects.get().items.values_list("entry_id", flat=True)) == [ticked]

    name = office.entries[0].person.full_name
    desk.post(choosing(done), GOOD | {"q": name, "then": "final", "base": office.base.slug})
    narrowed = ReversalRun.objects.order_by("pk").last()
    assert narrowed is not None
    assert (narrowed.base, narrowed.is_again) == (office.base, False)
    assert office.entries[0].pk in narrowed.items.values_list("entry_id", flat=True)
    assert ticked not in narrowed.items.values_list("entry_id", flat=True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"reason": ""}, 422),
        ({"text": ""}, 422),
        ({"then": ""}, 422),
        ({"scope": "ticked"}, 422),
        ({"course": "none-such"}, 409),
        ({"base": "none-such"}, 404),
    ],
)
def test_what_cannot_be_frozen_is_not(
    desk: Client, done: ConfirmationRun, changes: dict[str, str], status: int
) -> None:
    assert desk.post(choosing(done), GOOD | changes).status_code == status
    assert not ReversalRun.objects.exists()


def test_choosing_does_not_ask_more_for_more_entries(client: Client) -> None:
    counts, first = [], None
    for entries in (1, 3):
        office = Office(entries=entries)
        office.approved()
        first = first or office
        office.bureau, office.officer = first.bureau, first.officer
        done = runs.done(office)
        client.force_login(office.officer)
        with CaptureQueriesContext(connection) as queries:
            page(client, choosing(done))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_signing_takes_the_password_and_begins_the_work(desk: Client, done: ConfirmationRun, office: Office) -> None:
    run = runs.undoing(office, of=done)
    assert run.snapshot in page(desk, address(run, "sign/"))

    wrong = desk.post(address(run, "sign/"), {"snapshot": run.snapshot, "password": "not it"})
    assert (wrong.status_code, ReversalRun.objects.get().state) == (422, RunState.READY)
    other = desk.post(address(run, "sign/"), {"snapshot": "0" * 64, "password": PASSWORD})
    assert (other.status_code, ReversalRun.objects.get().state) == (409, RunState.READY)
    right = desk.post(address(run, "sign/"), {"snapshot": run.snapshot, "password": PASSWORD})

    assert right["Location"] == address(run)
    assert ReversalRun.objects.get().state == RunState.RUNNING


def test_above_the_rule_a_second_officer_signs(desk: Client, done: ConfirmationRun, office: Office) -> None:
    guards.rewrite_rules(second_officer_above=2)
    run = runs.undoing(office, of=done)
    signature = {"snapshot": run.snapshot, "password": PASSWORD}
    desk.post(address(run, "sign/"), signature)
    assert desk.post(address(run, "sign/"), signature)["Location"] == address(run)
    assert "you cannot sign twice" in page(desk, address(run))
    assert ReversalRun.objects.get().state == RunState.SECOND_APPROVAL

    desk.force_login(runs.colleague(office))
    assert "second officer" in page(desk, address(run, "sign/"))
    desk.post(address(run, "sign/"), signature)

    assert ReversalRun.objects.get().state == RunState.RUNNING


def test_progress_is_a_fragment_that_ends_in_a_receipt(desk: Client, done: ConfirmationRun, office: Office) -> None:
    run = runs.undo_signed(office, runs.undoing(office, of=done, is_again=True))
    reversals.reverse(
        entry=office.entries[0],
        by=runs.colleague(office),
        reason_code=ReversalReason.OTHER,
        reason_text="先行",
        now=LATER,
    )
    assert "<noscript><meta" in page(desk, address(run))
    running = desk.get(address(run), headers={"HX-Request": "true"})
    assert '<progress class="job" max="3" value="0"' in running.content.decode()

    runs.undo_work(run)

    assert desk.get(address(run), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    shown = page(desk, address(run))
    assert run.receipt is not None
    for fact in (
        "2 entries taken back, 8.0 hours",
        "1 entry was left as it stood",
        f"Receipt no. {run.receipt.sequence}",
    ):
        assert fact in shown


def test_a_run_says_what_stopping_means_before_it_stops(desk: Client, done: ConfirmationRun, office: Office) -> None:
    run = runs.undoing(office, of=done)

    before, asked = page(desk, address(run)).split("<summary>Stop this run</summary>")

    assert 'value="stop"' not in before
    assert "What it has taken back by then stays so" in asked.split('value="stop"')[0]


def test_a_run_can_be_stopped_once(desk: Client, done: ConfirmationRun, office: Office) -> None:
    run = runs.undoing(office, of=done)

    assert desk.post(address(run), {"do": "else"}).status_code == 404
    desk.post(address(run), {"do": "stop"})

    assert ReversalRun.objects.get().state == RunState.STOPPED
    assert desk.post(address(run), {"do": "stop"}).status_code == 409
    assert "Stopped" in page(desk, address(run))


def test_the_list_s_next_page_is_the_same_bureau_s(
    desk: Client, done: ConfirmationRun, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learning.views.reversal_runs.PAGE_SIZE", 1)
    for _number in range(2):
        reversal_runs.stop(run=runs.undoing(office, of=done), by=office.officer, now=LATER)

    assert f'rel="next" href="?bureau={office.bureau.slug}&amp;page=2"' in page(desk, LIST)


def test_the_list_does_not_ask_more_for_more_runs(desk: Client, done: ConfirmationRun, office: Office) -> None:
    counts = []
    for _number in range(3):
        run = runs.undoing(office, of=done)
        reversal_runs.stop(run=run, by=office.officer, now=LATER)
        with CaptureQueriesContext(connection) as queries:
            page(desk, LIST)
        counts.append(len(queries))

    assert counts[0] == counts[2]


def test_a_run_is_hidden_from_everyone_but_the_officers_of_its_bureau(
    client: Client, done: ConfirmationRun, office: Office
) -> None:
    run = runs.undoing(office, of=done)
    elsewhere = make.BureauFactory(region=make.lankao())
    stranger = make.MembershipFactory(organisation=elsewhere, role="officer").person

    for person in (stranger, office.auditor, office.entries[0].person):
        client.force_login(person)
        for path in (address(run), address(run, "sign/"), choosing(done)):
            assert client.get(path).status_code == 404
            assert client.post(path, GOOD | {"do": "stop", "password": PASSWORD}).status_code == 404
    assert ReversalRun.objects.get().state == RunState.READY
