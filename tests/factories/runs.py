"""Confirmation and reversal runs as far as a test needs them, through the real verbs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from learning.actions import confirmation_chunks, confirmation_runs, credits, reversal_chunks, reversal_runs
from learning.models import ConfirmationRun, ConfirmationSample, Person, ReversalRun, Role
from learning.rules.reasons import ReversalReason
from learning.rules.requirements import SubjectKind
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.offices import Office

LATER = NOON + dt.timedelta(hours=1)


def drafted(office: Office) -> ConfirmationRun:
    return confirmation_runs.draft(bureau=office.bureau, by=office.officer, now=NOON)


def sampled(office: Office) -> ConfirmationRun:
    run = drafted(office)
    confirmation_runs.draw_sample(run=run, by=run.officer, now=NOON)
    return run


def judged(run: ConfirmationRun, *, bad: int = 0) -> ConfirmationRun:
    """Judge what is still open, the first `bad` of it as not good."""
    open_samples = ConfirmationSample.objects.filter(run=run, is_good__isnull=True).order_by("pk")
    verdicts = {sample.pk: number >= bad for number, sample in enumerate(open_samples)}
    confirmation_runs.judge_sample(run=run, verdicts=verdicts, by=run.officer, now=NOON)
    return run


def ready(office: Office) -> ConfirmationRun:
    return judged(sampled(office))


def running(office: Office) -> ConfirmationRun:
    run = ready(office)
    confirmation_runs.sign(run=run, snapshot=run.snapshot, by=run.officer, now=NOON)
    if run.needs_second:
        confirmation_runs.approve(run=run, snapshot=run.snapshot, by=colleague(office), now=NOON)
    return run


def work(run: ConfirmationRun, *, now: dt.datetime = LATER) -> ConfirmationRun:
    """Work to the end, as a worker does."""
    while confirmation_chunks.confirm_next(run.pk, now=now):
        pass
    run.refresh_from_db()
    return run


def colleague(office: Office) -> Person:
    """Hire a second officer."""
    person: Person = make.PersonFactory(title_level="")
    make.MembershipFactory(person=person, organisation=office.bureau, role=Role.OFFICER)
    return person


def done(office: Office) -> ConfirmationRun:
    """Confirm everything that waits."""
    return work(running(office))


def undoing(
    office: Office, *, of: ConfirmationRun, is_again: bool = False, now: dt.datetime = LATER, **narrowed: Any
) -> ReversalRun:
    """Draft the reversal of a run, or of a part of it."""
    return reversal_runs.draft(
        confirmed_by=of,
        entries=reversal_runs.reversible(confirmed_by=of, officer=office.officer, **narrowed),
        reason_code=ReversalReason.MISTAKE,
        reason_text="误确认，重新审核",
        is_again=is_again,
        by=office.officer,
        now=now,
    )


def undo_signed(office: Office, run: ReversalRun) -> ReversalRun:
    reversal_runs.sign(run=run, snapshot=run.snapshot, by=run.officer, now=LATER)
    if run.needs_second:
        reversal_runs.approve(run=run, snapshot=run.snapshot, by=colleague(office), now=LATER)
    return run


def undo_work(run: ReversalRun, *, now: dt.datetime = LATER) -> ReversalRun:
    """Work to the end, as a worker does."""
    while reversal_chunks.reverse_next(run.pk, now=now):
        pass
    run.refresh_from_db()
    return run


def busy_office(like: Office | None = None) -> Office:
    """Three learners; the first has their whole year and four hours more, the second two entries."""
    office = Office(entries=3)
    if like is not None:
        office.bureau, office.officer = like.bureau, like.officer
    requirement = make.RequirementFactory()
    wanted = [(0, SubjectKind.PUBLIC, 2_600), (0, SubjectKind.PROFESSIONAL, 6_000), (1, SubjectKind.PROFESSIONAL, 300)]
    for number, kind, centihours in wanted:
        edition = years.published(base=office.base, requirement=requirement, kind=kind, centihours=centihours)
        office.entries.append(years.earn(person=office.entries[number].person, edition=edition))
    office.approved()
    for entry in office.entries[3:]:
        if entry.standing.state == "earned":
            credits.approve(entry=entry, by=office.auditor, now=NOON)
    return office
