"""The sweeps of notices, five of each at once: what comes of it is what comes of one (RELIABILITY R8)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as project
from django.core import mail
from django.db import connections

from learning import tasks
from learning.actions import notice_plans
from learning.models import CreditStanding, Notice, NoticeDelivery, NoticeDeliveryItem
from learning.models.clock import database_now
from tests.factories import learning as make
from tests.factories import notices as make_notices
from tests.factories.learning import NOON
from tests.factories.offices import Office

AT_ONCE = 5
WAIT_S = 60


def at_once(act: Callable[[], Any]) -> None:
    """Let five threads begin together; fail if one of them does."""
    barrier, failures = threading.Barrier(AT_ONCE), []

    def one() -> None:
        try:
            barrier.wait(WAIT_S)
            act()
        except Exception as failure:  # noqa: BLE001 -- told to the test below
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_deliver_notices_five_at_once_sends_each_message_once(settings: Any) -> None:
    settings.SMS_BACKEND = "learning.actions.sms_backends.FileSms"
    settings.SMS_FILE = settings.VAR_DIR / "test-sms.jsonl"
    settings.SMS_FILE.unlink(missing_ok=True)
    people = make.PersonFactory.create_batch(6)
    for number, person in enumerate(people):
        make_notices.returned(person)
        make_notices.confirmed(person, now=NOON - make_notices.HOUR)
        person.phone = f"1380000000{number}"
        person.save()

    at_once(tasks.deliver_notices)

    assert NoticeDeliveryItem.objects.count() == 18
    assert sorted(make_notices.states()) == ["sent"] * 12 + ["waiting"] * 6
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == len(mail.outbox) == 6
    assert len(settings.SMS_FILE.read_text().splitlines()) == 6


@pytest.mark.django_db(transaction=True)
def test_planning_five_at_once_gathers_one_persons_notices_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_plans, "BATCH_SIZE", 3)
    people = make.PersonFactory.create_batch(3)
    for _number in range(6):
        for person in people:
            make_notices.confirmed(person)

    def plan() -> None:
        while notice_plans.plan_next(now=NOON):
            pass

    at_once(plan)

    assert NoticeDelivery.objects.count() == 3
    assert [each.notices.count() for each in NoticeDelivery.objects.all()] == [6, 6, 6]


@pytest.mark.django_db(transaction=True)
def test_reminding_five_at_once_reminds_each_person_once() -> None:
    make.RequirementFactory()
    make.PersonFactory.create_batch(4)

    at_once(tasks.remind_people_at_risk)

    assert Notice.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_telling_of_late_queues_five_at_once_tells_each_once() -> None:
    office = Office(entries=1)
    CreditStanding.objects.update(since=NOON - 20 * make_notices.DAY)

    at_once(tasks.tell_overdue_queues)

    assert list(Notice.objects.values_list("person", flat=True)) == [office.auditor.pk]


@pytest.mark.django_db
def test_deliver_notices_lays_out_more_than_one_batch(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_plans, "BATCH_SIZE", 2)
    for _number in range(5):
        make_notices.confirmed(ada)

    tasks.deliver_notices()

    assert not Notice.objects.unplanned().exists()


@pytest.mark.django_db
def test_deliver_notices_takes_no_longer_than_its_turn(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "DELIVERY_TURN_S", 0)
    make_notices.returned(ada)

    tasks.deliver_notices()

    assert NoticeDelivery.objects.count() == 0
    assert mail.outbox == []


@pytest.mark.django_db
def test_the_sweeps_run_by_the_databases_clock(ada: Any) -> None:
    make_notices.returned(ada)

    tasks.deliver_notices()

    assert NoticeDelivery.objects.get().sent_at == database_now()


def test_every_sweep_is_on_the_timetable() -> None:
    planned = {entry["task"] for entry in project.CELERY_BEAT_SCHEDULE.values()}

    names = {task.name for task in (tasks.deliver_notices, tasks.remind_people_at_risk, tasks.tell_overdue_queues)}
    assert names <= planned
