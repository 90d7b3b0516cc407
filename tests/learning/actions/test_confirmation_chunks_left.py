"""What a run leaves as it stood, and names."""

from __future__ import annotations

import pytest

from learning.actions import confirmation_runs, credits
from learning.models import ConfirmationRun, Role
from learning.models.run import RunState
from learning.rules.reasons import NotTaken
from tests.factories import guards, ledger, runs
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


def left(run: ConfirmationRun) -> dict[int, str]:
    return dict(run.left.values_list("item__entry_id", "why"))


def test_confirm_next_leaves_what_somebody_else_decided_first_and_names_it(office: Office) -> None:
    run = runs.running(office)
    confirmed, sent_back, _untouched = office.entries
    first = credits.confirm(entry=confirmed, by=runs.colleague(office), now=NOON)
    second = credits.send_back(entry=sent_back, by=office.officer, reason_code="hours", reason_text="请核对", now=NOON)

    runs.work(run)

    assert left(run) == {confirmed.pk: NotTaken.ALREADY_DECIDED, sent_back.pk: NotTaken.ALREADY_DECIDED}
    assert set(run.left.values_list("first", flat=True)) == {first.pk, second.pk}
    assert (run.confirmed_count, run.left_count, run.state) == (1, 2, RunState.DONE)


def test_confirm_next_leaves_what_came_back_changed(office: Office) -> None:
    run = runs.running(office)
    entry = office.entries[0]
    credits.send_back(entry=entry, by=office.officer, reason_code="hours", reason_text="请核对", now=NOON)
    again = credits.approve(entry=entry, by=office.auditor, now=NOON)

    runs.work(run)

    assert left(run) == {entry.pk: NotTaken.CHANGED}
    assert run.left.get().first == again


def test_confirm_next_leaves_a_bad_sample_even_when_the_wider_one_was_good(office: Office) -> None:
    run = runs.judged(runs.judged(runs.sampled(office), bad=1))
    confirmation_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=NOON)
    bad = run.samples.get(is_good=False).item.entry_id

    assert left(runs.work(run)) == {bad: NotTaken.FAILED_SAMPLE}


def test_confirm_next_leaves_the_hours_of_the_second_officer(office: Office) -> None:
    guards.rewrite_rules(second_officer_above=2)
    run = runs.ready(office)
    own = office.entries[0]
    make.MembershipFactory(person=own.person, organisation=office.bureau, role=Role.OFFICER)
    confirmation_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=NOON)
    confirmation_runs.approve(run=run, snapshot=run.snapshot, by=own.person, now=NOON)

    assert left(runs.work(run)) == {own.pk: NotTaken.SIGNERS_OWN}


def test_confirm_next_leaves_what_was_flagged_after_the_draft(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.running(office)
    flagged = office.entries[1]
    monkeypatch.setattr(
        "learning.models.credit.CreditEntryQuerySet.flagged", lambda entries: entries.filter(pk=flagged.pk)
    )

    assert left(runs.work(run)) == {flagged.pk: NotTaken.FLAGGED}


def test_confirm_next_leaves_an_entry_that_is_not_what_its_digest_says(office: Office) -> None:
    run = runs.running(office)
    altered = office.entries[2]
    with ledger.lifted("learning_creditentry"):
        ledger.execute("UPDATE learning_creditentry SET centihours = 9000 WHERE id = %s", altered.pk)

        assert left(runs.work(run)) == {altered.pk: NotTaken.ALTERED}
