"""Notices: whose they are, and that the database tells nobody twice."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import JSONObject

from learning.models import Membership, Notice, NoticeDelivery, NoticeDeliveryItem, Organisation, Person, Role
from learning.rules.notices import Channel, NoticeKind
from tests.factories import notices as make_notices
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


def test_visible_to_keeps_the_persons_own(ada: Person, cy: Person) -> None:
    mine = make_notices.confirmed(ada)
    make_notices.confirmed(cy)

    assert list(Notice.objects.visible_to(ada)) == [mine]


def test_visible_to_hides_what_an_office_was_told_once_the_person_left_it(ben: Person, unit: Organisation) -> None:
    notice = make_notices.told(ben, NoticeKind.QUEUE_OVERDUE)
    Notice.objects.filter(pk=notice.pk).update(office=unit)

    assert Notice.objects.visible_to(ben).exists()

    Membership.objects.filter(person=ben, role=Role.ADMINISTRATOR).delete()
    assert not Notice.objects.visible_to(ben).exists()


def test_the_same_event_is_told_one_person_once_and_others_too(ada: Person, cy: Person) -> None:
    first = make_notices.confirmed(ada)
    again = {"source_key": first.source_key, "kind": first.kind, "facts": {}, "created_at": NOON}

    Notice.objects.create(person=cy, **again)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(person=ada, **again)


def test_tell_selected_tells_who_was_not_told_and_returns_how_many(ada: Person, cy: Person) -> None:
    def rows() -> object:
        people = Person.objects.filter(pk__in=[ada.pk, cy.pk]).order_by()
        facts = JSONObject(year=Value(2026), name="full_name")
        now = Value(NOON, output_field=Notice._meta.get_field("created_at"))
        return people.values_list("pk", Value("at_risk"), Value("at_risk:2026"), facts, now)

    assert Notice.objects.tell_selected(rows()) == 2  # type: ignore[arg-type]
    assert Notice.objects.tell_selected(rows()) == 0  # type: ignore[arg-type]
    told = Notice.objects.get(person=ada)
    assert (told.facts, told.created_at, told.read_at) == ({"year": 2026, "name": "阿达"}, NOON, None)


def test_a_notice_travels_by_a_channel_once(ada: Person) -> None:
    notice = make_notices.returned(ada)
    first, second = (
        NoticeDelivery.objects.create(person=ada, channel=Channel.EMAIL, collects=False, next_at=NOON)
        for _number in range(2)
    )
    NoticeDeliveryItem.objects.create(delivery=first, notice=notice, channel=Channel.EMAIL)

    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeDeliveryItem.objects.create(delivery=second, notice=notice, channel=Channel.EMAIL)


def test_one_message_gathers_for_a_person_and_channel(ada: Person) -> None:
    facts = {"person": ada, "collects": True, "next_at": NOON}
    NoticeDelivery.objects.create(channel=Channel.EMAIL, **facts)
    NoticeDelivery.objects.create(channel=Channel.SMS, **facts)
    NoticeDelivery.objects.create(channel=Channel.EMAIL, state=NoticeDelivery.State.SENDING, **facts)

    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeDelivery.objects.create(channel=Channel.EMAIL, **facts)
