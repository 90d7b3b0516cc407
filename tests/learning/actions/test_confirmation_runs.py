from __future__ import annotations

from typing import Any

import pytest

from learning.actions import confirmation_runs, credits, signed_runs
from learning.actions.credit_batches import snapshot_of
from learning.models import AuditLogEntry, ConfirmationRun, ConfirmationSample, CreditEntry, Membership, Role
from learning.models.run import RunState, StopReason
from learning.rules.sampling import drawn_positions, seed_digest
from learning.rules.snapshots import Seen
from tests.factories import flags as make_flags
from tests.factories import guards, runs, years
from tests.factories import learning as make
from tests.factories.learning import NOON
from tests.factories.offices import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    office = Office(entries=3)
    office.approved()
    return office


def frozen(run: ConfirmationRun) -> set[int]:
    return set(run.items.values_list("entry_id", flat=True))


def test_draft_freezes_what_waits_with_its_hours_rules_and_the_digest_of_single_picks(office: Office) -> None:
    run = runs.drafted(office)

    seen = [Seen(item.entry_id, item.decision_count) for item in run.items.all()]
    assert frozen(run) == {entry.pk for entry in office.entries}
    assert list(run.items.values_list("position", flat=True)) == [1, 2, 3]
    assert (run.item_count, run.centihours, run.rules, run.state) == (3, 1_200, ["2026-1"], RunState.DRAFTED)
    assert run.snapshot == snapshot_of(office.entries, seen)


def test_draft_binds_the_seed_in_the_log_before_anyone_sees_it(office: Office) -> None:
    run = runs.drafted(office)

    line = AuditLogEntry.objects.get(action="credit.draft_run")
    assert line.facts["seed_digest"] == seed_digest(run.seed)
    assert run.seed not in str(line.facts)


def test_draft_takes_only_what_waits_for_this_bureau(office: Office) -> None:
    years.earn(person=make.PersonFactory(), edition=office.edition)
    elsewhere = years.fulfilled_year(
        person=make.PersonFactory(region=make.lankao()),
        requirement=make.RequirementFactory(region=make.lankao()),
        stop_at="audited",
    )

    run = runs.drafted(office)

    assert frozen(run) == {entry.pk for entry in office.entries}
    assert elsewhere.bureau != office.bureau


def test_draft_narrows_to_a_base_and_a_course(office: Office) -> None:
    other = Office(entries=0)
    entry = years.earn(person=make.PersonFactory(), edition=other.edition)
    office.entries.append(entry)
    other.entries.append(CreditEntry.objects.get(pk=entry.pk))
    other.approved()

    of_course = confirmation_runs.waiting(
        bureau=office.bureau, officer=office.officer, course_key=office.edition.course_key
    )
    of_base = confirmation_runs.waiting(bureau=office.bureau, officer=office.officer, base=other.base)

    assert set(of_course) == set(office.entries[:3])
    assert list(of_base) == [entry]


def test_the_longest_waits_open_to_an_officer_are_what_a_run_would_hold(office: Office) -> None:
    other = Office(entries=0)
    other.entries = [years.earn(person=make.PersonFactory(), edition=other.edition)]
    other.approved()
    confirmation_runs.draft(bureau=office.bureau, by=office.officer, now=NOON, base=other.base)
    flagged, own, free = office.entries
    make_flags.flag(flagged)
    make.MembershipFactory(person=own.person, organisation=office.bureau, role=Role.OFFICER)
    narrowings: list[dict[str, Any]] = [
        {},
        {"base": office.base},
        {"base": other.base},
        {"course_key": office.edition.course_key},
    ]

    for narrowed, held in zip(narrowings, ({free}, {free}, set(), {free}), strict=True):
        longest = confirmation_runs.longest_waits(bureau=office.bureau, **narrowed)
        entries = CreditEntry.objects.filter(pk__in=longest.values("pk"))
        kept = confirmation_runs.open_to(own.person, entries, bureau=office.bureau)
        waiting = confirmation_runs.waiting(bureau=office.bureau, officer=own.person, **narrowed)
        assert set(kept) == set(waiting) == held


def test_draft_leaves_to_colleagues_what_the_officer_learned_audited_or_teaches(office: Office) -> None:
    own, audited, taught = office.entries
    for role in (Role.OFFICER, Role.AUDITOR):
        make.MembershipFactory(person=own.person, organisation=office.bureau, role=role)
    make.MembershipFactory(person=office.auditor, organisation=office.bureau, role=Role.OFFICER)
    make.MembershipFactory(person=taught.person, organisation=taught.auditor, role=Role.EDITOR)

    def left(officer: Any) -> set[CreditEntry]:
        return set(office.entries) - set(confirmation_runs.waiting(bureau=office.bureau, officer=officer))

    assert left(office.officer) == set()
    assert left(own.person) == {own}
    assert left(office.auditor) == {own, audited, taught}
    assert left(taught.person) == {own, audited, taught}


def test_draft_takes_what_the_officer_sent_back_for_the_bureau_before(office: Office) -> None:
    entry = office.entries[0]
    credits.send_back(entry=entry, by=office.officer, reason_code="hours", reason_text="请核对", now=NOON)
    credits.approve(entry=entry, by=office.auditor, now=NOON)

    assert entry.pk in frozen(runs.drafted(office))


def test_draft_leaves_flagged_entries_to_single_decisions(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    flagged = office.entries[0]
    monkeypatch.setattr(
        "learning.models.credit.CreditEntryQuerySet.unflagged", lambda entries: entries.exclude(pk=flagged.pk)
    )

    assert frozen(runs.drafted(office)) == {entry.pk for entry in office.entries[1:]}


def test_draft_does_not_take_what_stands_in_a_run_that_is_not_over(office: Office) -> None:
    run = runs.drafted(office)

    with pytest.raises(signed_runs.NothingWaits):
        runs.drafted(office)
    confirmation_runs.stop(run=run, by=office.officer, now=NOON)

    assert frozen(runs.drafted(office)) == frozen(run)


def test_draft_refuses_whoever_is_no_officer(office: Office) -> None:
    with pytest.raises(signed_runs.NotTheirs):
        confirmation_runs.draft(bureau=office.bureau, by=office.auditor, now=NOON)

    assert not ConfirmationRun.objects.exists()


def test_draw_sample_shows_the_seed_and_takes_the_positions_it_gives(office: Office) -> None:
    run = runs.sampled(office)

    line = AuditLogEntry.objects.get(action="credit.draw_sample")
    positions = drawn_positions(run.seed, count=3, size=1)
    assert line.facts == {"seed": run.seed, "positions": positions}
    assert [sample.item.position for sample in run.samples.all()] == positions


def test_draw_sample_a_second_time_is_refused(office: Office) -> None:
    run = runs.sampled(office)

    with pytest.raises(signed_runs.Moved):
        confirmation_runs.draw_sample(run=run, by=office.officer, now=NOON)

    assert run.samples.count() == 1


def test_a_good_sample_makes_the_run_ready(office: Office) -> None:
    assert runs.ready(office).state == RunState.READY


def test_a_bad_sample_widens_to_twice_as_many(office: Office) -> None:
    run = runs.judged(runs.sampled(office), bad=1)

    assert run.state == RunState.WIDENED
    assert sorted(run.samples.values_list("draw", flat=True)) == [1, 2]


def test_a_widened_sample_that_is_good_makes_the_run_ready(office: Office) -> None:
    run = runs.judged(runs.judged(runs.sampled(office), bad=1))

    assert run.state == RunState.READY


def test_a_second_failure_stops_the_run_and_leaves_a_receipt(office: Office) -> None:
    run = runs.judged(runs.judged(runs.sampled(office), bad=1), bad=1)

    assert (run.state, run.stop_reason) == (RunState.STOPPED, StopReason.SAMPLE_FAILED)
    assert run.receipt is not None
    assert run.receipt.facts["count"] == 0


def test_a_bad_sample_that_cannot_be_widened_stops_the_run() -> None:
    office = Office(entries=1)
    office.approved()

    assert runs.judged(runs.sampled(office), bad=1).state == RunState.STOPPED


def test_judge_sample_does_not_judge_twice_or_for_another_run(office: Office) -> None:
    run = runs.judged(runs.sampled(office), bad=1)
    first = run.samples.get(draw=1)
    Office(entries=1).approved()
    foreign = runs.sampled(office).samples.get()

    confirmation_runs.judge_sample(run=run, verdicts={first.pk: True, foreign.pk: True}, by=office.officer, now=NOON)

    assert ConfirmationSample.objects.get(pk=first.pk).is_good is False
    assert ConfirmationSample.objects.get(pk=foreign.pk).is_good is None


def test_judge_sample_refuses_any_but_the_drafter_and_a_run_that_is_not_looked_at(office: Office) -> None:
    run = runs.sampled(office)
    with pytest.raises(signed_runs.NotTheirs):
        confirmation_runs.judge_sample(run=run, verdicts={}, by=runs.colleague(office), now=NOON)
    runs.judged(run)
    with pytest.raises(signed_runs.Moved):
        confirmation_runs.judge_sample(run=run, verdicts={}, by=office.officer, now=NOON)


def test_sign_of_few_begins_the_work(office: Office) -> None:
    run = runs.ready(office)

    confirmation_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=NOON)

    assert (run.state, run.signed_at) == (RunState.RUNNING, NOON)


def test_sign_of_more_than_the_rule_allows_waits_for_a_second_officer(office: Office) -> None:
    guards.rewrite_rules(second_officer_above=2)
    run = runs.ready(office)
    second = runs.colleague(office)

    confirmation_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=NOON)
    assert run.state == RunState.SECOND_APPROVAL
    with pytest.raises(signed_runs.NotTheirs):
        confirmation_runs.approve(run=run, snapshot=run.snapshot, by=office.officer, now=NOON)
    with pytest.raises(signed_runs.NotTheirs):
        confirmation_runs.approve(run=run, snapshot=run.snapshot, by=office.auditor, now=NOON)
    confirmation_runs.approve(run=run, snapshot=run.snapshot, by=second, now=NOON)

    assert (run.state, run.second_officer) == (RunState.RUNNING, second)
    with pytest.raises(signed_runs.Moved):
        confirmation_runs.approve(run=run, snapshot=run.snapshot, by=second, now=NOON)


def test_sign_refuses_another_snapshot_another_officer_and_a_run_that_is_not_ready(office: Office) -> None:
    run = runs.sampled(office)
    with pytest.raises(signed_runs.Moved):
        confirmation_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=NOON)
    runs.judged(run)
    with pytest.raises(signed_runs.Moved):
        confirmation_runs.sign(run=run, snapshot="0" * 64, by=office.officer, now=NOON)
    with pytest.raises(signed_runs.NotTheirs):
        confirmation_runs.sign(run=run, snapshot=run.snapshot, by=runs.colleague(office), now=NOON)
    Membership.objects.filter(person=office.officer).delete()
    with pytest.raises(signed_runs.NotTheirs):
        confirmation_runs.sign(run=run, snapshot=run.snapshot, by=office.officer, now=NOON)

    assert run.state == RunState.READY


def test_stop_ends_the_run_once(office: Office) -> None:
    run = runs.running(office)

    confirmation_runs.stop(run=run, by=runs.colleague(office), now=NOON)

    assert (run.state, run.stop_reason) == (RunState.STOPPED, StopReason.WITHDRAWN)
    with pytest.raises(signed_runs.Moved):
        confirmation_runs.stop(run=run, by=office.officer, now=NOON)


def test_visible_to_officers_of_the_bureau_only(office: Office) -> None:
    run = runs.drafted(office)

    seeing = [
        person
        for person in (office.officer, office.auditor, office.entries[0].person, Office(0).officer)
        if ConfirmationRun.objects.visible_to(person).filter(pk=run.pk).exists()
    ]

    assert seeing == [office.officer]
