"""Messages: listed, filtered, opened at what they are about, marked as read, and how to be told."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from learning.actions import notice_settings
from learning.models import Notice, NoticeDelivery, NoticeSettings, Organisation, Person, Role
from learning.rules.notices import Channel, NoticeKind
from tests.factories import learning as make
from tests.factories import notices as make_notices
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db

LIST = "/me/messages/"
READ = "/me/messages/read/"
SETTINGS = "/me/messages/settings/"


@pytest.fixture
def browser(ada: Person) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def page(browser: Client, query: str = "") -> str:
    response = browser.get(f"{LIST}{query}")
    assert response.status_code == 200
    return unescape(response.content.decode())


def unread(person: Person) -> list[int]:
    return list(Notice.objects.filter(person=person, read_at=None).order_by("pk").values_list("pk", flat=True))


def test_the_list_shows_the_newest_first_and_nobody_elses(ada: Person, cy: Person, browser: Client) -> None:
    make_notices.confirmed(ada, title_zh="第一门")
    make_notices.confirmed(ada, title_zh="第二门", now=NOON + make_notices.HOUR)
    make_notices.confirmed(cy, title_zh="别人的")
    shown = page(browser)

    assert shown.index("第二门") < shown.index("第一门")
    assert "别人的" not in shown


def test_an_empty_list_says_what_will_stand_here(browser: Client) -> None:
    assert "还没有消息" in page(browser)


def test_filters_narrow_the_list_and_say_when_nothing_is_left(ada: Person, browser: Client) -> None:
    make_notices.confirmed(ada, title_zh="已看过")
    Notice.objects.update(read_at=NOON)
    make_notices.returned(ada, title_zh="没看过")

    assert "已看过" not in page(browser, "?show=unread")
    assert "没看过" not in page(browser, "?kind=confirmed")
    assert "没有符合条件的消息" in page(browser, "?show=unread&kind=confirmed")
    assert "没看过" in page(browser, "?show=nonsense&kind=nonsense&page=nonsense")


def test_the_list_is_paged(ada: Person, browser: Client) -> None:
    for number in range(21):
        make_notices.confirmed(ada, title_zh=f"课程{number:02d}号")

    assert "课程00号" not in page(browser)
    assert "课程00号" in page(browser, "?page=2")


def test_opening_marks_as_read_and_leads_to_the_subject(ada: Person, browser: Client) -> None:
    notice = make_notices.confirmed(ada, entry=77)
    other = make_notices.confirmed(ada)
    response = browser.get(reverse("learning:message", args=[notice.pk]))

    assert response["Location"] == "/me/hours/77/"
    assert unread(ada) == [other.pk]


def test_another_persons_message_is_not_there_and_stays_unread(cy: Person, browser: Client) -> None:
    notice = make_notices.confirmed(cy)

    assert browser.get(reverse("learning:message", args=[notice.pk])).status_code == 404
    browser.post(READ, {"pk": notice.pk})
    browser.post(READ, {"until": notice.pk})
    assert unread(cy) == [notice.pk]


def test_marking_one_as_read_leaves_the_others_and_keeps_the_filters(ada: Person, browser: Client) -> None:
    first, second = make_notices.confirmed(ada), make_notices.confirmed(ada)
    response = browser.post(f"{READ}?show=unread&evil=https://elsewhere.test", {"pk": first.pk})

    assert response["Location"] == f"{LIST}?show=unread"
    assert unread(ada) == [second.pk]


def test_marking_all_as_read_leaves_what_came_since_the_page_was_read(ada: Person, browser: Client) -> None:
    seen = make_notices.confirmed(ada)
    later = make_notices.confirmed(ada)
    browser.post(READ, {"until": seen.pk})

    assert unread(ada) == [later.pk]


@pytest.mark.parametrize("body", [{}, {"pk": "x"}, {"until": "-1"}, {"pk": "9" * 40}, {"until": "１"}])
def test_nonsense_marks_nothing(ada: Person, browser: Client, body: dict[str, str]) -> None:
    notice = make_notices.confirmed(ada)

    assert browser.post(READ, body).status_code == 302
    assert unread(ada) == [notice.pk]


def test_newer_says_how_many_came_after_the_page_was_read(ada: Person, browser: Client) -> None:
    seen = make_notices.confirmed(ada)
    make_notices.confirmed(ada)

    assert "有 1 条新消息" in page(browser, f"?newer={seen.pk}")
    assert "新消息" not in page(browser, f"?newer={seen.pk + 1}")


def test_the_frame_counts_what_is_unread_on_every_page(ada: Person, browser: Client) -> None:
    assert "条未读" not in browser.get("/me/profile/").content.decode()
    for _number in range(2):
        make_notices.confirmed(ada)

    assert "消息，2 条未读" in browser.get("/me/profile/").content.decode()


def test_the_list_costs_the_same_for_one_message_as_for_three(ada: Person, browser: Client) -> None:
    counts = []
    for number in (1, 2):
        for _time in range(number):
            make_notices.confirmed(ada)
        with CaptureQueriesContext(connection) as queries:
            page(browser)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_message_that_could_not_be_delivered_is_said_until_one_arrives(ada: Person, browser: Client) -> None:
    facts = {"person": ada, "channel": Channel.EMAIL, "collects": False, "next_at": NOON}
    NoticeDelivery.objects.create(state=NoticeDelivery.State.FAILED, **facts)
    assert "没有送达" in page(browser)

    NoticeDelivery.objects.create(state=NoticeDelivery.State.SENT, sent_at=NOON, **facts)
    assert "没有送达" not in page(browser)


def test_staff_see_what_their_office_was_told(ben: Person, unit: Organisation) -> None:
    notice = make_notices.told(
        ben, NoticeKind.QUEUE_OVERDUE, state="audited", count=2, working_days=10, oldest_on="2026-11-01", slug="kf"
    )
    Notice.objects.filter(pk=notice.pk).update(office=unit)
    client = Client()
    client.force_login(ben)

    assert "2 条学时等待确认已超过 10 个工作日" in page(client)
    assert client.get(reverse("learning:message", args=[notice.pk]))["Location"] == "/bureau/confirm/?bureau=kf"


def kinds_offered(person: Person) -> set[str]:
    client = Client()
    client.force_login(person)
    shown = client.get(SETTINGS).content.decode()
    return {kind for kind in NoticeKind if f'value="{kind}:email"' in shown}


def test_learners_choose_about_their_hours_and_offices_about_their_queues(ada: Person) -> None:
    staff = {NoticeKind.SENT_BACK, NoticeKind.QUEUE_OVERDUE}
    auditor = make.MembershipFactory(organisation=make.BaseFactory(), role=Role.AUDITOR).person

    assert kinds_offered(ada) == set(NoticeKind) - staff
    assert kinds_offered(auditor) == staff


def test_choosing_is_kept_and_shown(ada: Person, browser: Client) -> None:
    response = browser.post(SETTINGS, {"language": "en", "wanted": ["confirmed:sms", "returned:email"]})

    assert response["Location"] == SETTINGS
    held = NoticeSettings.objects.get(person=ada)
    assert (held.language, held.chosen["confirmed"], held.chosen["issued"]) == ("en", ["sms"], [])
    shown = browser.get(SETTINGS).content.decode()
    assert 'value="confirmed:sms" checked' in shown
    assert 'value="confirmed:email">' in shown


@pytest.mark.parametrize("body", [{"language": "fr"}, {"language": "en", "wanted": ["queue_overdue:email"]}, {}])
def test_a_choice_that_is_not_offered_is_not_kept(browser: Client, body: dict[str, Any]) -> None:
    assert browser.post(SETTINGS, body).status_code == 200
    assert not NoticeSettings.objects.exists()


def test_the_link_of_a_mail_stops_its_kinds_without_signing_in(ada: Person, client: Client) -> None:
    link = reverse("learning:messages-stop", args=[notice_settings.stop_link(ada.pk, [NoticeKind.CONFIRMED])])

    asked = client.get(link).content.decode()
    assert "学时已确认" in asked
    assert ada.full_name not in asked
    assert not NoticeSettings.objects.exists()

    done = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
    assert "已停收" in done.content.decode()
    assert NoticeSettings.objects.get(person=ada).chosen == {"confirmed": []}


@pytest.mark.parametrize("person_id", [None, 987_654])
def test_a_link_that_is_none_of_ours_is_not_there(ada: Person, client: Client, person_id: int | None) -> None:
    token = notice_settings.stop_link(person_id, []) if person_id else "made-up"

    assert client.get(reverse("learning:messages-stop", args=[token])).status_code == 404
