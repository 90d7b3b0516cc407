"""Publishing: what a learner is measured against, frozen and within the base's scope."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from learning.actions import audit_log, editions, enrolments
from learning.actions.editions import EditionDraft, LessonDraft, Objection
from learning.models import AuditLogEntry, BaseProfile, Edition, Requirement
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(requirement: Requirement) -> EditionDraft:
    lesson = LessonDraft("一", "One", 60_900, "d" * 64, "lectures/a.mp4", "", "lectures/a.zh.vtt", "")
    return EditionDraft(
        course_key="ethics",
        base=make.BaseFactory(),
        subject_kind=SubjectKind.PUBLIC,
        topic=make.PublicTopicFactory(),
        title_zh="职业道德",
        title_en="Ethics",
        approved_centihours=400,
        requirement=requirement,
        lessons=[lesson, dataclasses.replace(lesson, title_zh="二", media_digest="e" * 64)],
    )


def test_publish_writes_an_edition_with_its_lessons(draft: EditionDraft) -> None:
    edition = editions.publish(draft=draft, by=None, now=NOON)

    assert (edition.version, edition.approved_centihours, edition.hour_seconds) == (1, 400, 30)
    assert [(lesson.number, lesson.title_zh, lesson.duration_s) for lesson in edition.lessons.all()] == [
        (1, "一", 60),
        (2, "二", 60),
    ]


def test_publish_the_same_again_changes_nothing(draft: EditionDraft) -> None:
    first = editions.publish(draft=draft, by=None, now=NOON)

    assert editions.publish(draft=draft, by=None, now=NOON + dt.timedelta(days=1)) == first
    assert Edition.objects.count() == 1


def test_publish_a_change_is_a_new_edition_and_leaves_the_old_alone(draft: EditionDraft) -> None:
    first = editions.publish(draft=draft, by=None, now=NOON)

    second = editions.publish(draft=dataclasses.replace(draft, title_en="Ethics 2"), by=None, now=NOON)

    assert (second.version, Edition.objects.get(pk=first.pk).title_en) == (2, "Ethics")
    assert list(Edition.objects.current()) == [second]


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"lessons": []}, (Objection.NO_LESSONS, Objection.CREDIT_TOO_HIGH)),
        ({"topic": None}, (Objection.TOPIC_MISSING,)),
        ({"approved_centihours": 401}, (Objection.CREDIT_TOO_HIGH,)),
    ],
    ids=["no lessons", "no topic", "D8 a hundredth too much"],
)
def test_publish_refuses(draft: EditionDraft, change: dict[str, object], objection: tuple[Objection, ...]) -> None:
    with pytest.raises(editions.NotPublishable) as refusal:
        editions.publish(draft=dataclasses.replace(draft, **change), by=None, now=NOON)  # type: ignore[arg-type]

    assert refusal.value.objections == objection
    assert Edition.objects.count() == 0


@pytest.mark.parametrize("figure", ["exam_question_count", "exam_minutes", "attempts_max", "pass_mark_percent"])
def test_publish_refuses_an_exam_that_cannot_be_sat_or_failed(draft: EditionDraft, figure: str) -> None:
    without: Any = {figure: 0}

    assert editions.objections(dataclasses.replace(draft, **without)) == (Objection.EXAM_UNFIT,)
    assert editions.objections(dataclasses.replace(draft, exam_required=False, **without)) == ()


def test_publish_refuses_an_exam_that_cannot_be_passed(draft: EditionDraft) -> None:
    assert editions.objections(dataclasses.replace(draft, pass_mark_percent=101)) == (Objection.EXAM_UNFIT,)
    assert editions.objections(dataclasses.replace(draft, pass_mark_percent=100)) == ()


def test_publish_counts_the_length_of_a_video_once(draft: EditionDraft) -> None:
    twice = dataclasses.replace(draft, lessons=[draft.lessons[0], draft.lessons[0]])

    assert editions.objections(twice) == (Objection.CREDIT_TOO_HIGH,)
    assert editions.objections(dataclasses.replace(twice, approved_centihours=200)) == ()


def test_publish_refuses_without_captions(draft: EditionDraft) -> None:
    silent = [dataclasses.replace(lesson, captions_zh_name="") for lesson in draft.lessons]

    assert editions.objections(dataclasses.replace(draft, lessons=silent)) == (Objection.NO_CAPTIONS,)


def test_r24_r27_publish_refuses_out_of_scope(draft: EditionDraft) -> None:
    BaseProfile.objects.filter(organisation=draft.base).update(may_teach_professional=False)
    draft.base.refresh_from_db()

    professional = dataclasses.replace(draft, subject_kind=SubjectKind.PROFESSIONAL, topic=None)

    assert editions.objections(professional) == (Objection.OUT_OF_SCOPE,)


def test_publish_refuses_another_bases_course(draft: EditionDraft) -> None:
    editions.publish(draft=draft, by=None, now=NOON)

    foreign = dataclasses.replace(draft, base=make.BaseFactory())

    assert editions.objections(foreign) == (Objection.COURSE_OF_ANOTHER_BASE,)


def test_an_edition_changes_its_state_and_nothing_else(draft: EditionDraft) -> None:
    edition = editions.publish(draft=draft, by=None, now=NOON)

    Edition.objects.filter(pk=edition.pk).update(status=Edition.Status.SUSPENDED)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(approved_centihours=900)


@pytest.mark.django_db(transaction=True)
def test_publishing_and_enrolling_never_wait_for_each_other_for_ever(
    draft: EditionDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = editions.publish(draft=draft, by=None, now=NOON)
    learner = make.PersonFactory()
    append, is_publishing, has_enrolled = audit_log.append, threading.Event(), threading.Event()
    failures: list[Exception] = []

    def slow(**facts: Any) -> AuditLogEntry:
        is_publishing.set()
        # Long enough for the other to take the head of the log, if it can.
        has_enrolled.wait(1)
        return append(**facts)

    def publish() -> None:
        editions.publish(draft=dataclasses.replace(draft, title_en="Ethics 2"), by=None, now=NOON)

    def enrol() -> None:
        is_publishing.wait(30)
        enrolments.enrol(person=learner, edition=first, now=NOON)
        has_enrolled.set()

    def run(act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as failure:  # noqa: BLE001 -- handed to the test, which fails on it
            failures.append(failure)
        finally:
            connections.close_all()

    monkeypatch.setattr(editions, "audit_log", SimpleNamespace(append=slow))
    threads = [threading.Thread(target=run, args=(act,)) for act in (publish, enrol)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert Edition.objects.count() == 2
    assert AuditLogEntry.objects.filter(action="enrolment.enrol").count() == 1
