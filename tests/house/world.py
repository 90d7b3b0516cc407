"""A small world with two sides that mirror each other, built through the real verbs.

Each side has a base, a bureau, a learner and whoever decides on the learner's hours;
side A's learner is ada, side B's is cy. Every word that only one side may read
carries that side's mark, so a leak is a mark on the wrong page.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from wagtail.models import GroupApprovalTask, Page, Task, Workflow, WorkflowPage, WorkflowTask

from assessments.actions import attempts
from assessments.models import Attempt
from cms.actions import desks
from cms.models import CoursePage, CourseShelf, Lecture, LectureMedia
from learning.actions import (
    api_keys,
    certificate_runs,
    credits,
    enrolments,
    evidence,
    tallies,
)
from learning.models import (
    Certificate,
    CertificateRun,
    ConfirmationRun,
    CreditEntry,
    Edition,
    Enrolment,
    Evidence,
    FlagProposal,
    Notice,
    Organisation,
    Person,
    Region,
    ReversalRun,
    Role,
    RuleSet,
)
from learning.rules.notices import NoticeKind
from learning.rules.requirements import SubjectKind
from tests.factories import assessments as papers
from tests.factories import learning as make
from tests.factories import years
from tests.factories.provinces import Province
from tests.house import deeds

NOON = make.NOON
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
MARKS = {"a": "canary-of-a", "b": "canary-of-b"}
ID_NUMBERS = {"a": "410203198802032626", "b": "410225199003033434"}
LECTURE_S = 60


@dataclass(frozen=True, slots=True)
class Side:
    """One base and one bureau with their people, and one learner with a bit of everything."""

    mark: str
    base: Organisation
    bureau: Organisation
    learner: Person
    editor: Person
    auditor: Person
    officer: Person
    page: CoursePage
    draft: CoursePage
    files: LectureMedia
    #: Half done: the first of two lectures watched.
    studying: Enrolment
    #: In the exam room, with an open paper.
    sitting: Enrolment
    #: Passed: its exam is over and its hours wait at the base.
    passed: Enrolment
    earned: CreditEntry
    #: Waits at the bureau.
    audited: CreditEntry
    #: Sent back to the learner, with a reason.
    returned: CreditEntry
    #: Last year's page, drawn.
    certificate: Certificate
    #: The line of the audit log that is the officer's receipt of one confirmation.
    receipt_sequence: int
    #: Under way: last year's page is to be replaced.
    certificate_run: CertificateRun
    #: The region's coming rules, as the bureau's officer is writing them.
    draft_rules: RuleSet
    #: What the province of both sides proposes to flag by.
    proposal: FlagProposal
    #: Holds what waits at the bureau, and is ready to be signed.
    run: ConfirmationRun
    #: Is over; of the three entries it confirmed one is taken back, and one is in the run below.
    done_run: ConfirmationRun
    #: The third: confirmed, and may be taken back.
    confirmed: CreditEntry
    #: Drafted, and ready to be signed.
    reversal_run: ReversalRun
    #: Leave that waits to be checked.
    waiver: Evidence
    #: Says that hours were returned.
    notice: Notice


@dataclass(frozen=True, slots=True)
class World:
    """Both sides, and those who belong to neither."""

    a: Side
    b: Side
    department_auditor: Person
    clerk: Person
    superuser: Person


def build() -> World:
    """Build everything; about a second. Expects the clock at NOON."""
    _workflow()
    make.RequirementFactory(leave_from_months=1)
    last = make.RequirementFactory(year=deeds.LAST_YEAR.year, cutoff_on=dt.date(deeds.LAST_YEAR.year, 12, 31))
    assert last.region_id == "410200"
    kaifeng = _organisations("kaifeng", make.kaifeng())
    lankao = _organisations("lankao", make.lankao())
    proposal = Province().proposal(overlap_s_min=90)
    department = make.OrganisationFactory(kind=Organisation.Kind.DEPARTMENT, slug="education-department")
    unit = make.OrganisationFactory(slug="unit-of-ada")
    world = World(
        a=_side("a", *kaifeng, proposal),
        b=_side("b", *lankao, proposal),
        department_auditor=years.member(department, Role.AUDITOR),
        clerk=years.member(unit, Role.CLERK),
        superuser=Person.objects.create_superuser("root@example.test", make.PASSWORD, full_name="管理员"),
    )
    make.MembershipFactory(person=world.a.learner, organisation=unit, role=Role.EMPLOYEE)
    tallies.take(year=NOON.year, now=NOON)
    return world


def _workflow() -> None:
    """Lay one workflow over the site, whether or not the database still holds Wagtail's own."""
    Workflow.objects.all().delete()
    Task.objects.all().delete()
    workflow = Workflow.objects.create(name="审核")
    task = GroupApprovalTask.objects.create(name="审核")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    WorkflowPage.objects.create(workflow=workflow, page=Page.get_first_root_node())


def _organisations(name: str, region: Region) -> tuple[Organisation, Organisation]:
    return (
        make.BaseFactory(slug=f"{name}-base", region=region),
        make.BureauFactory(slug=f"{name}-bureau", region=region),
    )


def _side(letter: str, base: Organisation, bureau: Organisation, proposal: FlagProposal) -> Side:
    mark = MARKS[letter]
    auditor, officer = _person(mark, base, Role.AUDITOR), _person(mark, bureau, Role.OFFICER)
    editor, learner = _person(mark, base, Role.EDITOR), _learner(letter, base.region)
    shelf = desks.open_desk(base)
    files = _files(mark, base)
    page = _page(letter, base, shelf, files, owner=editor)
    page.save_revision(user=editor, log_action=True, clean=True).publish()
    draft = _page(letter, base, shelf, files, owner=editor, slug=f"draft-{letter}", title=f"草稿{mark}", live=False)
    draft.save_revision(user=editor, log_action=True)
    certificate = deeds.last_year(learner, base, bureau)
    passed = _exam(learner, base, mark, hand_in=True)
    returned = _entry(learner, base)
    credits.return_to_learner(
        entry=returned, by=auditor, reason_code="evidence_unclear", reason_text=f"请补充 {mark}", now=NOON
    )
    confirmed = [_entry(learner, base) for _number in range(3)]
    done_run = deeds.done_run(confirmed, auditor, bureau, officer)
    reversal_run = deeds.taken_back(done_run, confirmed, officer, mark)
    audited = _entry(learner, base)
    credits.approve(entry=audited, by=auditor, now=NOON)
    api_keys.make(
        organisation=bureau, label=f"评审 {mark}", scope="title_review", valid_for=30 * DAY, by=officer, now=NOON
    )
    return Side(
        mark=mark,
        base=base,
        bureau=bureau,
        learner=learner,
        editor=editor,
        auditor=auditor,
        officer=officer,
        page=page,
        draft=draft,
        files=files,
        studying=_half_done(learner, page),
        sitting=_exam(learner, base, mark, hand_in=False),
        passed=passed,
        earned=CreditEntry.objects.get(enrolment=passed),
        audited=audited,
        returned=returned,
        certificate=certificate,
        receipt_sequence=deeds.receipt(_entry(learner, base), auditor, officer),
        certificate_run=certificate_runs.begin_change(
            kind=CertificateRun.Kind.REISSUE,
            pages=[certificate],
            reason="name_corrected",
            text=f"更正 {mark}",
            bureau=bureau,
            by=officer,
            now=NOON,
        ),
        draft_rules=deeds.draft_rules(mark, bureau, officer),
        proposal=proposal,
        run=deeds.run(bureau, officer),
        done_run=done_run,
        confirmed=confirmed[2],
        reversal_run=reversal_run,
        waiver=deeds.waiver(mark, learner),
        notice=Notice.objects.get(person=learner, kind=NoticeKind.RETURNED),
    )


def _person(mark: str, organisation: Organisation, role: Role) -> Person:
    person: Person = make.PersonFactory(
        full_name=f"{role}{mark}", full_name_en=f"{role} {mark}", email=f"{role}.{mark}@example.test", title_level=""
    )
    make.MembershipFactory(person=person, organisation=organisation, role=role)
    return person


def _learner(letter: str, region: Region) -> Person:
    mark = MARKS[letter]
    person: Person = make.PersonFactory(
        full_name=f"学员{mark}",
        full_name_en=f"Learner {mark}",
        email=f"learner.{mark}@example.test",
        region=region,
        title_zh=f"工程师{mark}",
        title_en=f"Engineer {mark}",
    )
    person.set_id_number(ID_NUMBERS[letter])
    person.save()
    return person


def _files(mark: str, base: Organisation) -> LectureMedia:
    """Lay a lecture's files under MEDIA_ROOT; their bytes are no film, but they can be served."""
    folder = Path(settings.MEDIA_ROOT) / "lectures"
    folder.mkdir(parents=True, exist_ok=True)
    names = {kind: f"lectures/{base.slug}.{kind}" for kind in ("mp4", "zh.vtt", "en.vtt", "jpg")}
    for kind, name in names.items():
        caption = f"WEBVTT\n\n00:00.000 --> 00:01.000\n{mark}\n"
        (folder.parent / name).write_text(caption if kind.endswith("vtt") else mark * 100)
    files: LectureMedia = LectureMedia.objects.create(
        title=f"files {mark}",
        video=names["mp4"],
        captions_zh=names["zh.vtt"],
        captions_en=names["en.vtt"],
        poster=names["jpg"],
        duration_ms=LECTURE_S * 1_000,
        sha256=hashlib.sha256(mark.encode()).hexdigest(),
        collection=desks.collection_of(base),
    )
    return files


def _page(letter: str, base: Organisation, shelf: CourseShelf, files: LectureMedia, **facts: Any) -> CoursePage:
    page = CoursePage(
        **{"title": f"课程{letter}", "slug": f"course-{letter}"} | facts,
        title_en=f"Course {letter}",
        base=base,
        subject_kind=SubjectKind.PUBLIC,
        topic=make.PublicTopicFactory(),
        approved_centihours=200,  # both lectures show one film, whose length counts once
        summary_zh="摘要",
        summary_en="Summary",
        goals_zh="目标",
        goals_en="Goal",
        teacher_zh="教师",
        teacher_en="Teacher",
        teacher_title_zh="教授",
        teacher_title_en="Professor",
        exam_question_count=5,
    )
    page.lectures = [
        Lecture(sort_order=number, title_zh=f"第{number}讲", title_en=f"Lecture {number}", media=files)
        for number in (1, 2)
    ]
    shelf.add_child(instance=page)
    return page


def _half_done(learner: Person, page: CoursePage) -> Enrolment:
    edition = Edition.objects.get(course_key=page.course_key)
    enrolment = enrolments.enrol(person=learner, edition=edition, now=NOON)
    lesson = edition.lessons.order_by("number")[0]
    evidence.record_watched(enrolment=enrolment, lesson=lesson, covered_s=lesson.duration_s, digest="0" * 64, now=NOON)
    return enrolment


def _published(base: Organisation) -> Edition:
    requirement = make.RequirementFactory()
    return years.published(base=base, requirement=requirement, kind=SubjectKind.PROFESSIONAL, centihours=400)


def _exam(learner: Person, base: Organisation, mark: str, *, hand_in: bool) -> Enrolment:
    """Open a paper whose questions carry the mark; hand it in with every answer right, or leave it open."""
    enrolment = enrolments.enrol(person=learner, edition=_published(base), now=NOON - 30 * MINUTE)
    papers.watched(enrolment)
    for question in papers.bank(enrolment):
        type(question).objects.filter(pk=question.pk).update(stem_zh=f"题目 {mark}", stem_en=f"Question {mark}")
    attempt: Attempt = attempts.start(enrolment=enrolment, now=NOON - 5 * MINUTE)
    for position, letters in attempt.right_letters().items():
        attempts.save_answer(
            attempt=attempt, position=position, choices=list(letters), is_flagged=False, revision=1, now=NOON
        )
    if hand_in:
        attempts.submit(attempt=attempt, now=NOON)
    return enrolment


def _entry(learner: Person, base: Organisation) -> CreditEntry:
    return years.earn(person=learner, edition=_published(base))
