"""The acts, done on the product: through its doors' questions (`access`) and its verbs (`actions`), nothing else.

Each answers with `DONE` or the name of the refusal; any other exception is a fault of the product. The machine
and the crowd play the same acts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from assessments.actions import attempts
from learning import access
from learning.actions import (
    certificate_runs,
    certificates,
    confirmation_runs,
    credit_batches,
    credits,
    enrolments,
    evidence,
    reversals,
    rule_sets,
    signed_runs,
    waivers,
)
from learning.models import (
    Certificate,
    CertificateRun,
    ConfirmationRun,
    ConfirmationSample,
    CreditEntry,
    Edition,
    Enrolment,
    Evidence,
    Lesson,
    Organisation,
    Person,
    Role,
)
from learning.rules.reasons import ReturnReason, SendBackReason, WaiverReason
from learning.rules.snapshots import Seen
from learning.rules.waivers import Absence, Ground
from learning.tasks import close_due_years
from tests.learning.credit_machine.entries import AGAIN, DONE
from tests.learning.credit_machine.leave import Leave
from tracking.actions import viewings
from tracking.demo import history


class NotTheirs(Exception):
    """The door is shut: the person holds no such office."""


REFUSALS: Final = (
    NotTheirs,
    viewings.MayNotWatch,
    waivers.NotWaived,
    credits.DecisionRefusedError,
    signed_runs.RunRefused,
    certificate_runs.RunRefused,
    certificates.CertificateRefused,
    enrolments.NotEligible,
    attempts.NotEligible,
    attempts.AttemptClosed,
    rule_sets.RuleSetRefusedError,
)
RIGHT, WRONG, LATE = "right", "wrong", "late"
MINUTE: Final = dt.timedelta(minutes=1)
#: So long sits who is not late.
EXAM_MS: Final = 120_000
#: Of five questions, as many as are answered before the bell by who is late: too few to pass.
ANSWERED_IN_TIME: Final = 2


def outcome_of(act: Callable[[], object]) -> str:
    """Do it and say what came of it."""
    try:
        act()
    except REFUSALS as refusal:
        return f"{type(refusal).__name__} {getattr(refusal, 'reason', '')}".strip()
    return DONE


def _only(by: Person, office: Organisation, role: Role) -> None:
    if not access.has_role(by, office, role):
        raise NotTheirs(by.pk)


def enrol(person: Person, edition: Edition, *, year: int, now: dt.datetime) -> None:
    """Take a place; what is studied there counts in `year`: the present one, or one that is to be made up."""
    enrolments.enrol(person=person, edition=edition, now=now, year=year)


def watch(enrolment: Enrolment, lesson: Lesson, *, now: dt.datetime) -> None:
    """Watch the whole lecture, beat by beat, at the server's own pace."""
    history.watch(enrolment, lesson, lesson.duration_ms // 1_000, now)


def sit(enrolment: Enrolment, *, how: str, now: dt.datetime) -> None:
    """Sit the exam: rightly, wrongly, or past the bell."""
    attempt = attempts.start(enrolment=enrolment, now=now)
    for place, question in enumerate(attempt.questions(), start=1):
        at = now + MINUTE
        if how == LATE and place > ANSWERED_IN_TIME:
            at = attempt.deadline_at + MINUTE
        right = attempt.key[str(question.position)]
        choices = [letter for letter in "ABCD" if letter not in right][:1] if how == WRONG else right
        facts = {"position": question.position, "choices": choices, "is_flagged": False, "revision": 1, "now": at}
        said = outcome_of(lambda facts=facts: attempts.save_answer(attempt=attempt, **facts))  # type: ignore[misc]
        assert said == ("AttemptClosed" if at > attempt.deadline_at else DONE), said
    if how == LATE:
        attempts.expire(attempt=attempt, now=attempt.deadline_at + MINUTE)
    else:
        attempts.submit(attempt=attempt, now=now + dt.timedelta(milliseconds=EXAM_MS))


def claim(
    person: Person, base: Organisation, *, subject: str, centihours: int, document: str, year: int, now: dt.datetime
) -> CreditEntry:
    facts = {"title_zh": document, "title_en": document, "centihours": centihours, "subject_kind": subject}
    digest = hashlib.sha256(f"{person.pk} {document}".encode()).hexdigest()
    held = evidence.record_claimed(person=person, facts=facts | {"document": document}, digest=digest, now=now)
    return credits.claim(evidence=held, year=year, auditor=base, earned_at=now, now=now)


def ask_leave(person: Person, year: int, leave: Leave, *, now: dt.datetime) -> Evidence:
    """Ask the home bureau to waive what the rule waives for it."""
    absence = Absence(Ground(leave.ground), leave.first, leave.last)
    return waivers.ask(person=person, year=year, asked=waivers.Asked(absence, document="证明"), now=now)


def decide_leave(do: str, asked: Evidence, by: Person, *, seen: int, now: dt.datetime) -> None:
    """Say one of `leave.VERDICTS`, at the bureau's desk, or as the learner."""
    reason = (WaiverReason.DAYS.value, "请核对")
    if do == "answer":
        waivers.answer(asked=asked, by=by, reason_text="已补", now=now)
        return
    if not access.may_decide_waiver(by, asked, waivers.entries_of(asked)[0].bureau):
        raise NotTheirs(by.pk)
    verbs: dict[str, Callable[[], None]] = {
        "check": lambda: waivers.check(asked=asked, by=by, reason_text="", now=now, seen=seen),
        "give_back": lambda: waivers.give_back(asked=asked, by=by, reason=reason, now=now, seen=seen),
        "send_back": lambda: waivers.send_back(asked=asked, by=by, reason=reason, now=now, seen=seen),
        "grant": lambda: waivers.grant(asked=asked, by=by, now=now, seen=seen),
        "refuse": lambda: waivers.refuse(asked=asked, by=by, reason=reason, now=now, seen=seen),
    }
    verbs[do]()


def close_years() -> None:
    """Sweep, and once more: what was carried over may have been the last thing another year waited for."""
    close_due_years()
    close_due_years()


def decide(verdict: str, entry: CreditEntry, by: Person, *, now: dt.datetime, seen: int | None = None) -> None:
    """Take one verdict, as its desk would."""
    if verdict in {"approved", "returned"}:
        _only(by, entry.auditor, Role.AUDITOR)
    elif verdict != "resubmitted":
        _only(by, entry.bureau, Role.OFFICER)
    words = {"entry": entry, "by": by, "now": now}
    if verdict == "approved":
        credits.approve(**words, seen=seen)  # type: ignore[arg-type]
    elif verdict == "returned":
        credits.return_to_learner(**words, seen=seen, reason_code=ReturnReason.EXAM, reason_text="重看")  # type: ignore[arg-type]
    elif verdict == "resubmitted":
        credits.resubmit(**words, reason_text="已重看")  # type: ignore[arg-type]
    elif verdict == "confirmed":
        credits.confirm(**words, seen=seen)  # type: ignore[arg-type]
    elif verdict == "sent_back":
        credits.send_back(**words, seen=seen, reason_code=SendBackReason.EVIDENCE, reason_text="不清")  # type: ignore[arg-type]
    else:
        reason = {"reason_code": SendBackReason.OVERLAP, "reason_text": "重复"}
        reversals.reverse(**words, **reason, is_again=verdict == AGAIN)  # type: ignore[arg-type]


def decide_together(
    verdict: str, seen: Sequence[Seen], office: Organisation, by: Person, *, now: dt.datetime
) -> credit_batches.Outcome:
    """Approve or confirm several entries of an office in one act."""
    _only(by, office, Role.AUDITOR if verdict == "approved" else Role.OFFICER)
    if verdict == "approved":
        return credit_batches.approve_all(seen=seen, auditor=office, by=by, now=now)
    picked = CreditEntry.objects.filter(pk__in=[item.entry_id for item in seen], bureau=office)
    known = [item for item in seen if item.entry_id in set(picked.values_list("pk", flat=True))]
    snapshot = credit_batches.snapshot_of(picked, known)
    return credit_batches.confirm_all(seen=known, snapshot=snapshot, bureau=office, by=by, now=now)


def look(run: ConfirmationRun, by: Person, *, is_bad: bool, now: dt.datetime) -> list[int]:
    """Draw the sample if it is not drawn, and judge what is open of it; return the entries found bad."""
    if run.state == "drafted":
        confirmation_runs.draw_sample(run=run, by=by, now=now)
    samples = list(ConfirmationSample.objects.filter(run=run, is_good__isnull=True).select_related("item"))
    samples.sort(key=lambda sample: sample.pk)
    verdicts = {sample.pk: not (is_bad and place == 0) for place, sample in enumerate(samples)}
    confirmation_runs.judge_sample(run=run, verdicts=verdicts, by=by, now=now)
    return [sample.item.entry_id for sample in samples if not verdicts[sample.pk]]


def sign(run: ConfirmationRun, by: Person, *, now: dt.datetime) -> None:
    confirmation_runs.sign(run=run, snapshot=run.snapshot, by=by, now=now)


def approve_run(run: ConfirmationRun, by: Person, *, now: dt.datetime) -> None:
    confirmation_runs.approve(run=run, snapshot=run.snapshot, by=by, now=now)


def begin_pages(
    kind: str, pages: Sequence[Certificate], bureau: Organisation, by: Person, *, now: dt.datetime
) -> CertificateRun:
    """Begin a run of the certificate desk."""
    _only(by, bureau, Role.OFFICER)
    if kind == "issue":
        return certificate_runs.begin_issue(bureau=bureau, by=by, now=now)
    reason: str = "name_corrected" if kind == "reissue" else "fraud"
    return certificate_runs.begin_change(
        kind=CertificateRun.Kind(kind), pages=pages, reason=reason, text="按规定", bureau=bureau, by=by, now=now
    )
