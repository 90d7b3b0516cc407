"""What offices have done in the world before a test begins, by the real verbs: receipts, runs, reversals, rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from learning.actions import (
    certificate_files,
    confirmation_chunks,
    confirmation_runs,
    credentials,
    credit_batches,
    credits,
    proof_files,
    reversal_runs,
    reversals,
    rule_sets,
    waivers,
)
from learning.models import (
    Certificate,
    ConfirmationRun,
    CreditEntry,
    Evidence,
    Organisation,
    Person,
    ReversalRun,
    RuleSet,
)
from learning.rules.snapshots import Seen
from learning.rules.waivers import Absence, Ground
from tests.factories import learning as make
from tests.factories import proofs, years
from tests.factories.learning import NOON
from tests.factories.rules import a_draft

LAST_YEAR = NOON - dt.timedelta(days=365)


def receipt(entry: CreditEntry, auditor: Person, officer: Person) -> int:
    """Confirm an entry as an officer does, by signing; return the receipt's number."""
    credits.approve(entry=entry, by=auditor, now=NOON)
    seen = [Seen(entry.pk, entry.decisions.count())]
    outcome = credit_batches.confirm_all(
        seen=seen, snapshot=credit_batches.snapshot_of([entry], seen), bureau=entry.bureau, by=officer, now=NOON
    )
    assert outcome.receipt is not None
    return outcome.receipt.sequence


def waiver(mark: str, learner: Person) -> Evidence:
    absence = Absence(Ground.PARENTAL, dt.date(2026, 2, 1), dt.date(2026, 4, 30))
    upload = proof_files.Upload(f"假条 {mark}.pdf", proofs.pdf())
    draft = proof_files.keep(person=learner, year=2026, upload=upload, asked=None, now=NOON)
    asked = waivers.Asked(absence, document=f"假条 {mark}", note=f"说明 {mark}", proofs=[draft.pk])
    return waivers.ask(person=learner, year=2026, asked=asked, now=NOON)


def draft_rules(mark: str, bureau: Organisation, officer: Person) -> RuleSet:
    draft = replace(a_draft(), source=f"文号 {mark}", effective_on=NOON.date() + dt.timedelta(days=30))
    return rule_sets.draft(region=bureau.region, year=2026, draft=draft, office=bureau, by=officer, now=NOON)


def run(bureau: Organisation, officer: Person) -> ConfirmationRun:
    """Freeze what waits into a run, and find its sample good."""
    run = confirmation_runs.draft(bureau=bureau, by=officer, now=NOON)
    confirmation_runs.draw_sample(run=run, by=officer, now=NOON)
    verdicts = {sample.pk: True for sample in run.samples.all()}
    confirmation_runs.judge_sample(run=run, verdicts=verdicts, by=officer, now=NOON)
    return run


def done_run(entries: list[CreditEntry], auditor: Person, bureau: Organisation, officer: Person) -> ConfirmationRun:
    """Confirm these by a run."""
    for entry in entries:
        credits.approve(entry=entry, by=auditor, now=NOON)
    begun = run(bureau, officer)
    confirmation_runs.sign(run=begun, snapshot=begun.snapshot, by=officer, now=NOON)
    while confirmation_chunks.confirm_next(begun.pk, now=NOON):
        pass
    begun.refresh_from_db()
    return begun


def taken_back(run: ConfirmationRun, entries: list[CreditEntry], officer: Person, mark: str) -> ReversalRun:
    """Take the first back by itself, and freeze the second into a reversal run."""
    reason: dict[str, Any] = {"reason_code": "mistake", "reason_text": f"误确认 {mark}", "by": officer, "now": NOON}
    reversals.reverse(entry=entries[0], is_again=True, **reason)
    chosen = reversal_runs.reversible(confirmed_by=run, officer=officer).filter(pk=entries[1].pk)
    return reversal_runs.draft(confirmed_by=run, entries=chosen, is_again=True, **reason)


def last_year(learner: Person, base: Organisation, bureau: Organisation) -> Certificate:
    requirement = make.RequirementFactory(year=LAST_YEAR.year)
    year = years.fulfilled_year(person=learner, requirement=requirement, base=base, bureau=bureau, now=LAST_YEAR)
    certificate_files.draw(certificate=year.certificate, now=LAST_YEAR)
    credentials.of_certificate(certificate=year.certificate, by=learner, now=LAST_YEAR)
    return Certificate.objects.get(pk=year.certificate.pk)
