from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learning.models import Enrolment, Organisation, Person, Role
from tests.factories import learning as make_learning
from tests.factories import years
from tests.factories.tracking import NOON_MS
from tests.tracking.watching import earned, watcher
from tracking.actions.endings import end_silent
from tracking.models import LiveViewing, batch
from tracking.models.live_presence import LivePresenceQuerySet, live_presence
from tracking.protocol.limits import SEAL_AFTER_MS

pytestmark = pytest.mark.django_db


@pytest.fixture
def base() -> Organisation:
    base: Organisation = make_learning.BaseFactory()
    return base


def present(now_ms: int = NOON_MS) -> LivePresenceQuerySet:
    return live_presence().present(now_ms=now_ms).described(now_ms=now_ms).order_by("pk")


def the_one(name: str) -> str:
    """Return what is said of the only learner."""
    return str(present().values_list(name, flat=True).get())


def said_of(base: Organisation, name: str, **live: Any) -> str:
    """Return what is said of one learner with this live row."""
    at = watcher(base, **live)
    return str(present().values_list(name, flat=True).get(pk=at.person.pk))


@pytest.mark.parametrize(
    ("quiet_s", "is_attached", "is_present"),
    [(45, False, True), (46, False, False), (46, True, True), (110, True, True), (111, True, False)],
)
def test_a_learner_is_present_as_long_as_heard_of(
    base: Organisation, quiet_s: int, is_attached: bool, is_present: bool
) -> None:
    attached_ms = NOON_MS - 600_000 if is_attached else None
    watcher(base, opened_s=600, mark_ms=NOON_MS - quiet_s * 1_000, attached_ms=attached_ms)

    assert present().exists() is is_present


def test_a_connection_just_made_is_heard_of(base: Organisation) -> None:
    watcher(base, opened_s=600, mark_ms=NOON_MS - 600_000, attached_ms=NOON_MS - 1_000)

    assert present().exists()


def test_an_ended_session_is_not_shown(base: Organisation) -> None:
    at = watcher(base)
    batch.detach([(at.person.pk, LiveViewing.objects.get(pk=at.person.pk).epoch)])
    end_silent(person_id=at.person.pk, now_ms=NOON_MS + SEAL_AFTER_MS)

    assert not present().exists()


@pytest.mark.parametrize("who", ["a deactivated person", "a withdrawn place"])
def test_whoever_may_watch_no_longer_is_not_shown(base: Organisation, who: str) -> None:
    at = watcher(base)
    if who == "a deactivated person":
        Person.objects.filter(pk=at.person.pk).update(is_active=False)
    else:
        Enrolment.objects.filter(pk=at.enrolment.pk).update(status=Enrolment.Status.WITHDRAWN)

    assert not present().exists()


@pytest.mark.parametrize(
    ("role", "seen"), [(Role.AUDITOR, True), (Role.ADMINISTRATOR, True), (Role.EDITOR, False), (Role.OFFICER, False)]
)
def test_learners_are_visible_to_their_bases_auditors_and_administrators(
    base: Organisation, role: Role, seen: bool
) -> None:
    watcher(base)

    assert live_presence().visible_to(years.member(base, role)).exists() is seen


def test_learners_are_visible_to_nobody_at_another_base(base: Organisation, cy: Person) -> None:
    at = watcher(base)
    other: Organisation = make_learning.BaseFactory()
    stranger = years.member(other, Role.AUDITOR)

    assert [live_presence().visible_to(person).count() for person in (stranger, cy, at.person)] == [0, 0, 0]
    assert not live_presence().at(other).exists()


@pytest.mark.parametrize(
    ("live", "doing"),
    [
        ({"state": "p"}, "playing"),
        ({"state": "w"}, "waiting"),
        ({"state": "h"}, "hidden"),
        ({"state": "i"}, "paused"),
        ({"state": "p", "check_ms": NOON_MS}, "check"),
    ],
)
def test_doing_follows_the_players_state(base: Organisation, live: dict[str, Any], doing: str) -> None:
    assert said_of(base, "doing", **live) == doing


@pytest.mark.parametrize(
    ("live", "trouble"),
    [
        ({}, ""),
        ({"check_ms": NOON_MS}, ""),
        ({"check_ms": NOON_MS, "is_check_missed": True}, "missed"),
        ({"segment_deferred_s": 60, "segment_new_s": 59}, "deferred"),
        ({"segment_deferred_s": 60, "segment_new_s": 60}, ""),
        ({"segment_deferred_s": 59, "segment_new_s": 0}, ""),
        ({"opened_s": 301}, "stalled"),
        ({"opened_s": 301, "state": "w"}, "stalled"),
        ({"opened_s": 301, "state": "i"}, ""),
        ({"opened_s": 299}, ""),
        ({"opened_s": 900, "segment_new_s": 9, "segment_start_ms": NOON_MS - 599_000}, ""),
        ({"opened_s": 900, "segment_new_s": 9, "segment_start_ms": NOON_MS - 600_000}, "stalled"),
    ],
)
def test_trouble_is_told_only_where_it_is_certain(base: Organisation, live: dict[str, Any], trouble: str) -> None:
    assert said_of(base, "trouble", **live) == trouble


@pytest.mark.parametrize(("ended_s", "trouble"), [(299, ""), (300, "stalled")])
def test_seconds_earned_lately_are_no_trouble(base: Organisation, ended_s: int, trouble: str) -> None:
    at = watcher(base, opened_s=900)
    earned(at, ended_s)

    assert the_one("trouble") == trouble


def test_lines_that_earned_nothing_do_not_hide_a_stall(base: Organisation) -> None:
    at = watcher(base, opened_s=900)
    earned(at, ended_s=10, new_s=0)

    assert the_one("trouble") == "stalled"


@pytest.mark.parametrize("learners", [1, 3])
def test_counts_by_lesson_take_one_query_however_many_watch(base: Organisation, learners: int) -> None:
    for _ in range(learners):
        watcher(base, is_check_missed=True, check_ms=NOON_MS)
    watcher(base, state="h")

    with CaptureQueriesContext(connection) as queries:
        counts = present().by_lesson()

    assert len(queries) == 1
    # Every factory learner has a course of their own.
    assert sorted((row.count, row.stuck, row.by_doing["check"], row.by_doing["hidden"]) for row in counts) == [
        (1, 0, 0, 1),
        *[(1, 1, 1, 0)] * learners,
    ]


def test_counts_put_the_learners_of_one_lesson_together(base: Organisation) -> None:
    first = watcher(base)
    second = watcher(base, state="i")
    session = LiveViewing.objects.get(pk=second.person.pk).session
    assert session is not None
    place = make_learning.EnrolmentFactory(person=second.person, edition=first.enrolment.edition)
    reopened = type(second)(second.person, place, first.lesson, second.client)
    reopened.open(now_ms=NOON_MS - 5_000, is_takeover=True)

    (count,) = present().by_lesson()

    assert (count.lesson_id, count.count, count.by_doing["playing"], count.by_doing["paused"]) == (
        first.lesson.pk, 2, 1, 1,
    )  # fmt: skip
