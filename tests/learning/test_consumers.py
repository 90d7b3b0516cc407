"""The socket of a long job: it hints, to whom may see the job, and says nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.test import Client

from learning.actions import certificate_runs, confirmation_runs, reversal_runs
from learning.actions.long_jobs import JOBS
from learning.consumers import JobConsumer
from learning.models import CertificateRun, ConfirmationRun, Membership, Person, ReversalRun
from tests.factories import runs
from tests.factories.certificates import met_year
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 30


@pytest.fixture
def office(transactional_db: None) -> Office:
    office = Office(entries=1)
    office.approved()
    return office


async def watching(person: Person, job: str) -> WebsocketCommunicator:
    line = WebsocketCommunicator(JobConsumer.as_asgi(), f"/ws/jobs/?job={job}")
    line.scope["user"] = person  # type: ignore[typeddict-unknown-key]  # SocketLogin's
    line.scope["session"] = await signed_in(person)  # type: ignore[typeddict-unknown-key]  # as above
    await line.connect(timeout=WAIT_S)
    return line


@in_thread
def signed_in(person: Person) -> SessionBase:
    client = Client()
    client.force_login(person)
    return client.session


async def code(line: WebsocketCommunicator) -> int:
    said = await line.receive_output(timeout=WAIT_S)
    assert said["type"] == "websocket.close"
    return int(said["code"])


@in_thread
def drawn(run: ConfirmationRun) -> None:
    confirmation_runs.draw_sample(run=run, by=run.officer, now=NOON)


async def test_an_officer_hears_that_the_run_moved_and_no_more(office: Office) -> None:
    run = await in_thread(runs.drafted)(office)
    line = await watching(office.officer, f"confirmation-run/{run.pk}")

    await drawn(run)

    assert await line.receive_json_from(timeout=WAIT_S) == {"t": "moved"}
    await line.disconnect()


@in_thread
def stopped_undo(office: Office, run: ReversalRun) -> None:
    reversal_runs.stop(run=run, by=office.officer, now=runs.LATER)


async def test_every_kind_of_job_can_be_watched(office: Office) -> None:
    undo = await in_thread(lambda: runs.undoing(office, of=runs.done(office)))()
    line = await watching(office.officer, f"reversal-run/{undo.pk}")

    await stopped_undo(office, undo)

    assert await line.receive_json_from(timeout=WAIT_S) == {"t": "moved"}
    await line.disconnect()
    assert set(JOBS) == {"confirmation-run", "certificate-run", "reversal-run"}


@in_thread
def begun() -> CertificateRun:
    year = met_year()
    return certificate_runs.begin_issue(bureau=year.bureau, by=year.officer, now=NOON)


async def test_a_certificate_run_hints_at_each_step(transactional_db: None) -> None:
    run = await begun()
    line = await watching(run.begun_by, f"certificate-run/{run.pk}")

    await in_thread(certificate_runs.carry_on)(run=run)

    assert await line.receive_json_from(timeout=WAIT_S) == {"t": "moved"}
    await line.disconnect()


@pytest.mark.parametrize("job", ["", "confirmation-run", "confirmation-run/x", "other/1", "confirmation-run/987654"])
async def test_a_job_that_is_not_there_is_not_watched(office: Office, job: str) -> None:
    assert await code(await watching(office.officer, job)) == 4404


async def test_a_run_is_not_watched_from_outside_its_bureau(office: Office) -> None:
    run = await in_thread(runs.drafted)(office)

    for person in (office.auditor, office.entries[0].person):
        assert await code(await watching(person, f"confirmation-run/{run.pk}")) == 4404


async def test_who_is_no_officer_any_more_hears_nothing_more(office: Office) -> None:
    run = await in_thread(runs.drafted)(office)
    watcher = await in_thread(runs.colleague)(office)
    line = await watching(watcher, f"confirmation-run/{run.pk}")
    await in_thread(Membership.objects.filter(person=watcher).delete)()

    await drawn(run)

    assert await code(line) == 4404


@in_thread
def signed_out(person: Person) -> None:
    Session.objects.all().delete()


@in_thread
def deactivated(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(is_active=False)


@in_thread
def given_a_new_password(person: Person) -> None:
    person.set_password("another-horse-battery")
    person.save()


@pytest.mark.parametrize("ended", [signed_out, deactivated, given_a_new_password])
async def test_a_login_that_ended_hears_nothing_more(office: Office, ended: Any) -> None:
    run = await in_thread(runs.drafted)(office)
    watcher = await in_thread(runs.colleague)(office)
    line = await watching(watcher, f"confirmation-run/{run.pk}")
    await ended(watcher)

    await drawn(run)

    assert await code(line) == 4401


async def test_a_page_that_speaks_is_hung_up_on(office: Office) -> None:
    run = await in_thread(runs.drafted)(office)
    line = await watching(office.officer, f"confirmation-run/{run.pk}")

    await line.send_to(text_data="hello")

    assert await code(line) == 4400


async def test_a_layer_that_is_away_stops_no_act(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise ConnectionError

    run = await in_thread(runs.drafted)(office)
    monkeypatch.setattr("learning.actions.job_hints.get_channel_layer", away)

    await drawn(run)

    assert await in_thread(run.samples.count)() == 1
