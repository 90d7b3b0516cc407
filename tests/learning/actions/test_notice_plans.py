"""What was told is laid out into messages once, by what each person chose."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learning.actions import notice_plans, notice_settings
from learning.models import Notice, NoticeDelivery, NoticeDeliveryItem, Person
from learning.rules.notices import GATHERING, STALE_AFTER, Channel, NoticeKind
from tests.factories import learning as make
from tests.factories import notices as make_notices
from tests.factories.learning import NOON
from tests.factories.notices import GATHERED, HOUR, MINUTE

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(ada: Person) -> Person:
    """ada can be reached by both channels."""
    Person.objects.filter(pk=ada.pk).update(phone="13800000001")
    ada.refresh_from_db()
    return ada


def test_what_is_not_urgent_gathers_in_one_mail(reader: Person) -> None:
    told = [make_notices.confirmed(reader) for _number in range(3)]

    (delivery,) = make_notices.planned()
    assert (delivery.channel, delivery.collects, delivery.next_at) == (Channel.EMAIL, True, NOON + GATHERING)
    assert list(delivery.notices.order_by("pk")) == told


def test_what_comes_later_joins_the_mail_that_waits(reader: Person) -> None:
    make_notices.confirmed(reader)
    make_notices.planned()
    make_notices.confirmed(reader, now=NOON + MINUTE)

    (delivery,) = make_notices.planned(NOON + MINUTE)
    assert delivery.notices.count() == 2
    assert delivery.next_at == GATHERED


def test_what_is_urgent_leaves_at_once_and_alone_by_both_channels(reader: Person) -> None:
    told = [make_notices.returned(reader) for _number in range(2)]

    deliveries = make_notices.planned()
    assert [(each.channel, each.collects, each.next_at) for each in deliveries] == [
        (Channel.EMAIL, False, NOON),
        (Channel.SMS, False, NOON),
    ] * 2
    assert [each.notices.get() for each in deliveries] == [told[0], told[0], told[1], told[1]]


def test_after_a_mail_of_this_hour_the_next_waits_for_the_hour_to_pass(reader: Person) -> None:
    make_notices.confirmed(reader)
    make_notices.planned()
    make_notices.send(GATHERED)
    make_notices.confirmed(reader, now=GATHERED)

    (delivery,) = make_notices.planned(GATHERED)
    assert delivery.next_at == GATHERED + HOUR


def test_a_channel_nobody_chose_carries_nothing(reader: Person) -> None:
    notice_settings.choose(person_id=reader.pk, wanted=[], kinds=[NoticeKind.CONFIRMED], language="en")
    notice = make_notices.confirmed(reader)

    assert make_notices.planned() == []
    notice.refresh_from_db()
    assert notice.planned_at == NOON


def test_who_has_no_such_address_or_is_gone_gets_nothing(cy: Person) -> None:
    nowhere = make.PersonFactory(email=None, phone=None)
    make_notices.returned(nowhere)
    Person.objects.filter(pk=cy.pk).update(is_active=False)
    make_notices.returned(cy)

    assert make_notices.planned() == []


def test_what_is_stale_stays_on_the_site(reader: Person) -> None:
    make_notices.confirmed(reader)

    assert make_notices.planned(NOON + STALE_AFTER + MINUTE) == []
    assert not Notice.objects.unplanned().exists()


def test_a_mail_that_was_claimed_takes_nothing_more_and_the_next_is_opened(reader: Person) -> None:
    make_notices.confirmed(reader)
    (first,) = make_notices.planned()
    NoticeDelivery.objects.filter(pk=first.pk).update(state=NoticeDelivery.State.SENDING)
    later = make_notices.confirmed(reader)

    _first, second = make_notices.planned()
    assert (first.notices.count(), second.notices.get()) == (1, later)


def test_planning_again_adds_nothing(reader: Person) -> None:
    make_notices.confirmed(reader)
    make_notices.returned(reader)
    make_notices.planned()
    make_notices.planned()

    assert (NoticeDelivery.objects.count(), NoticeDeliveryItem.objects.count()) == (3, 3)


def test_a_batch_leaves_the_rest_to_the_next(reader: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_plans, "BATCH_SIZE", 2)
    for _number in range(3):
        make_notices.confirmed(reader)

    assert [notice_plans.plan_next(now=NOON) for _batch in range(3)] == [2, 1, 0]
    assert NoticeDeliveryItem.objects.count() == 3


def test_planning_costs_the_same_for_one_person_as_for_three() -> None:
    counts = []
    for people in (1, 3):
        for _number in range(people):
            person = make.PersonFactory()
            make_notices.confirmed(person)
            make_notices.returned(person)
        with CaptureQueriesContext(connection) as queries:
            notice_plans.plan_next(now=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1]
