"""The pages of a run: from the frozen set to the receipt, for the officers of its bureau alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from learning.actions import confirmation_runs, credits
from learning.models import ConfirmationRun
from learning.models.run import RunState
from tests.factories import guards, runs
from tests.factories import learning as make
from tests.factories.learning import NOON, PASSWORD
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db

LIST = "/en/bureau/confirm/runs/"


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


@pytest.fixture
def desk(client: Client, office: Office) -> Client:
    client.force_login(office.officer)
    return client


def address(run: ConfirmationRun, more: str = "") -> str:
    return f"{LIST}{run.pk}/{more}"


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def stand(run: ConfirmationRun) -> str:
    return ConfirmationRun.objects.get(pk=run.pk).state


def test_the_list_says_what_a_run_would_hold_and_freezes_it(desk: Client, office: Office) -> None:
    assert "3 entries can go into one run, 12.0 hours" in page(desk, LIST)

    answer = desk.post(LIST, {"bureau": office.bureau.slug, "base": "", "course": ""})

    run = ConfirmationRun.objects.get()
    assert answer["Location"] == address(run)
    assert "3 entries frozen, 12.0 hours" in page(desk, address(run))


def test_the_list_narrows_to_a_course(desk: Client, office: Office) -> None:
    shown = page(desk, f"{LIST}?base={office.base.slug}&course=none-such")

    assert "Nothing waits for a run" in shown
    assert desk.post(LIST, {"base": office.base.slug, "course": "none-such"}).status_code == 409
    assert desk.post(LIST, {"base": "no-such-base"}).status_code == 404
    assert not ConfirmationRun.objects.exists()


def test_the_list_does_not_ask_more_for_more_runs(desk: Client, office: Office) -> None:
    counts = []
    for _number in range(3):
        run = runs.drafted(office)
        confirmation_runs.stop(run=run, by=office.officer, now=NOON)
        with CaptureQueriesContext(connection) as queries:
            page(desk, LIST)
        counts.append(len(queries))

    assert counts[0] == counts[2]


def test_the_seed_is_shown_after_the_draw_and_its_digest_before(desk: Client, office: Office) -> None:
    run = runs.drafted(office)
    before = page(desk, address(run))
    desk.post(address(run), {"do": "draw"})
    after = page(desk, address(run))

    assert run.seed_digest in before
    assert run.seed not in before
    assert run.seed in after


def test_judging_the_sample_makes_the_run_ready(desk: Client, office: Office) -> None:
    run = runs.sampled(office)
    assert 'type="radio"' in page(desk, address(run))

    for sample in run.samples.all():
        desk.post(address(run), {"do": "judge", f"sample-{sample.pk}": "good", "sample-x": "good", "other": "good"})

    assert stand(run) == RunState.READY
    assert "Go on to sign 3 · 12.0 hours" in page(desk, address(run))


def test_saving_the_sample_with_nothing_marked_says_so(desk: Client, office: Office) -> None:
    run = runs.sampled(office)

    answer = desk.post(address(run), {"do": "judge"})

    assert answer.status_code == 422
    assert "Nothing was saved" in answer.content.decode()
    assert not run.samples.exclude(is_good=None).exists()


def test_the_sample_page_does_not_ask_more_for_more_entries(desk: Client, office: Office) -> None:
    run = runs.sampled(office)
    counts = []
    for samples in (1, 2):
        assert run.samples.count() == samples
        with CaptureQueriesContext(connection) as queries:
            page(desk, address(run))
        counts.append(len(queries))
        if samples == 1:
            runs.judged(run, bad=1)

    assert counts[0] == counts[1]


def test_signing_takes_the_password_and_begins_the_work(desk: Client, office: Office) -> None:
    run = runs.ready(office)
    assert run.snapshot in page(desk, address(run, "sign/"))

    wrong = desk.post(address(run, "sign/"), {"snapshot": run.snapshot, "password": "not it"})
    assert (wrong.status_code, stand(run)) == (422, RunState.READY)
    assert "This is not your present password" in wrong.content.decode()
    right = desk.post(address(run, "sign/"), {"snapshot": run.snapshot, "password": PASSWORD})

    assert right["Location"] == address(run)
    assert stand(run) == RunState.RUNNING


def test_signing_refuses_too_many_passwords(desk: Client, office: Office) -> None:
    run = runs.ready(office)
    for _try in range(11):
        desk.post(address(run, "sign/"), {"snapshot": run.snapshot, "password": "guess"})

    answer = desk.post(address(run, "sign/"), {"snapshot": run.snapshot, "password": PASSWORD})

    assert (answer.status_code, stand(run)) == (422, RunState.READY)


def test_signing_another_snapshot_is_refused(desk: Client, office: Office) -> None:
    run = runs.ready(office)

    answer = desk.post(address(run, "sign/"), {"snapshot": "0" * 64, "password": PASSWORD})

    assert (answer.status_code, stand(run)) == (409, RunState.READY)


def test_above_the_rule_a_second_officer_signs(desk: Client, office: Office, client: Client) -> None:
    guards.rewrite_rules(second_officer_above=2)
    run = runs.ready(office)
    second = runs.colleague(office)
    signature = {"snapshot": run.snapshot, "password": PASSWORD}
    desk.post(address(run, "sign/"), signature)
    assert desk.post(address(run, "sign/"), signature)["Location"] == address(run)
    assert stand(run) == RunState.SECOND_APPROVAL
    assert "you cannot sign twice" in page(desk, address(run))

    client.force_login(second)
    assert "second officer" in page(client, address(run, "sign/"))
    client.post(address(run, "sign/"), signature)

    assert stand(run) == RunState.RUNNING


def test_progress_is_a_fragment_that_ends_in_a_full_page(desk: Client, office: Office) -> None:
    run = runs.running(office)
    assert "<noscript><meta" in page(desk, address(run))
    running = desk.get(address(run), headers={"HX-Request": "true"})
    assert '<progress class="job" max="3" value="0"' in running.content.decode()
    assert "HX-Refresh" not in running

    runs.work(run)

    assert desk.get(address(run), headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_the_end_is_a_receipt_that_names_what_was_left(desk: Client, office: Office) -> None:
    run = runs.running(office)
    first = runs.colleague(office)
    credits.confirm(entry=office.entries[0], by=first, now=NOON)
    runs.work(run)
    assert run.receipt is not None

    shown = page(desk, address(run))

    assert "2 entries confirmed, 8.0 hours" in shown
    assert "1 entry was left as it stood" in shown
    assert first.full_name_en in shown
    for fact in (run.snapshot, run.seed, run.receipt.digest, f"Receipt no. {run.receipt.sequence}"):
        assert fact in shown


def test_a_run_says_what_stopping_means_before_it_stops(desk: Client, office: Office) -> None:
    run = runs.drafted(office)

    before, asked = page(desk, address(run)).split("<summary>Stop this run</summary>")

    assert 'value="stop"' not in before
    assert "What it has confirmed by then stands" in asked.split('value="stop"')[0]


def test_a_run_can_be_stopped_once(desk: Client, office: Office) -> None:
    run = runs.drafted(office)

    desk.post(address(run), {"do": "stop"})

    assert stand(run) == RunState.STOPPED
    assert desk.post(address(run), {"do": "stop"}).status_code == 409
    assert desk.post(address(run), {"do": "undo"}).status_code == 404


def test_a_run_is_hidden_from_everyone_but_the_officers_of_its_bureau(client: Client, office: Office) -> None:
    run = runs.ready(office)
    elsewhere = make.BureauFactory(region=make.lankao())
    stranger = make.MembershipFactory(organisation=elsewhere, role="officer").person

    for person in (stranger, office.auditor, office.entries[0].person):
        client.force_login(person)
        for path in (address(run), address(run, "sign/")):
            assert client.get(path).status_code == 404
            assert client.post(path, {"do": "stop", "snapshot": run.snapshot, "password": PASSWORD}).status_code == 404
    assert stand(run) == RunState.READY
