"""Flag policies: proposed by one officer, issued by another, foreseen over what was measured."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from learning.actions import flag_policies, flags
from learning.models import AuditLogEntry, CreditScreening, FlagPolicy, FlagProposal
from learning.rules.flags import FlagCode
from tests.factories.flags import TERMS_AT_FIRST, policy
from tests.factories.learning import NOON
from tests.factories.offices import Office
from tests.factories.provinces import Province

pytestmark = pytest.mark.django_db
State = FlagProposal.State
LATER = NOON + dt.timedelta(hours=1)
SHORTER_NIGHT: dict[str, Any] = {"night_s_min": 7_200}


@pytest.fixture
def province() -> Province:
    return Province()


def test_a_proposal_binds_nobody_and_is_told_to_the_log(province: Province) -> None:
    before = policy()
    proposal = province.proposal(**SHORTER_NIGHT)

    line = AuditLogEntry.objects.get(action="flag_policy.propose")
    assert FlagPolicy.objects.in_force() == before
    assert (line.subject, line.actor, line.organisation) == (
        f"flag_proposal:{proposal.pk}",
        province.writer,
        province.office,
    )
    assert line.facts == {"terms": asdict(proposal.as_terms()), "reason": "夜间学习较多"}


def test_a_second_officer_issues_the_next_version(province: Province) -> None:
    before = policy()
    proposal = province.proposal(**SHORTER_NIGHT)
    issued = province.issue(proposal)

    proposal.refresh_from_db()
    assert FlagPolicy.objects.in_force() == issued
    assert (issued.version, issued.issued_at) == (before.version + 1, LATER)
    assert issued.as_terms() == replace(TERMS_AT_FIRST, **SHORTER_NIGHT)
    assert (proposal.state, proposal.policy, proposal.ended_by) == (State.ISSUED, issued, province.second)
    line = AuditLogEntry.objects.get(action="flag_policy.issue")
    assert line.facts == {
        "version": issued.version,
        "terms": asdict(issued.as_terms()),
        "drafted_by": province.writer.pk,
        "reason": "夜间学习较多",
    }


def test_who_drafted_does_not_issue(province: Province) -> None:
    proposal = province.proposal(**SHORTER_NIGHT)

    with pytest.raises(flag_policies.SameOfficer):
        province.issue(proposal, by=province.writer)
    assert FlagPolicy.objects.in_force() == proposal.base


def test_only_one_proposal_waits(province: Province) -> None:
    province.proposal(**SHORTER_NIGHT)

    with pytest.raises(flag_policies.AlreadyWaiting):
        province.proposal(overlap_s_min=90)
    assert AuditLogEntry.objects.filter(action="flag_policy.propose").count() == 1


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"peers_min": 1}, ("peers_min",)),
        ({"exam_percent_of_usual_max": 91}, ("exam_percent_of_usual_max",)),
        ({"night_hours": 2, "night_s_min": 7_201}, ("night_s_min",)),
    ],
)
def test_thresholds_that_would_flag_everybody_or_nobody_are_refused(
    province: Province, changes: dict[str, Any], names: tuple[str, ...]
) -> None:
    with pytest.raises(flag_policies.Faulty) as refused:
        province.proposal(**changes)
    assert refused.value.names == names


def test_what_is_in_force_already_is_no_proposal(province: Province) -> None:
    with pytest.raises(flag_policies.NothingChanges):
        province.proposal()


def test_a_proposal_after_an_older_version_is_refused(province: Province) -> None:
    older = policy()
    policy(overlap_s_min=120)

    with pytest.raises(flag_policies.StandsElsewhere):
        province.proposal(base=older, **SHORTER_NIGHT)


def test_a_proposal_whose_version_was_overtaken_is_not_issued(province: Province) -> None:
    proposal = province.proposal(**SHORTER_NIGHT)
    overtaking = policy(overlap_s_min=120)

    with pytest.raises(flag_policies.StandsElsewhere):
        province.issue(proposal)
    assert FlagPolicy.objects.in_force() == overtaking


def test_withdrawn_with_a_reason_it_makes_room_for_another(province: Province) -> None:
    proposal = province.proposal(**SHORTER_NIGHT)
    province.withdraw(proposal)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.end_text, proposal.ended_by) == (State.WITHDRAWN, "重拟", province.writer)
    assert AuditLogEntry.objects.get(action="flag_policy.withdraw").facts == {"reason": "重拟"}
    with pytest.raises(flag_policies.StandsElsewhere):
        province.issue(proposal)
    assert province.proposal(overlap_s_min=90).state == State.WAITING


def test_issued_twice_only_one_version_comes_of_it(province: Province) -> None:
    """The second of two officers who press at once holds the row as it was before the first."""
    proposal = province.proposal(**SHORTER_NIGHT)
    as_seen = FlagProposal.objects.select_related("base").get(pk=proposal.pk)
    province.issue(proposal)

    with pytest.raises(flag_policies.StandsElsewhere):
        province.issue(as_seen)
    with pytest.raises(flag_policies.StandsElsewhere):
        province.withdraw(as_seen)
    assert FlagPolicy.objects.count() == proposal.base.version + 1
    assert AuditLogEntry.objects.filter(action="flag_policy.issue").count() == 1


def test_the_database_refuses_what_the_verbs_do(province: Province) -> None:
    proposal = province.proposal(**SHORTER_NIGHT)
    rows = FlagProposal.objects.filter(pk=proposal.pk)
    issued = {"state": "issued", "ended_at": NOON, "policy": policy()}
    acts: list[Any] = [
        lambda: rows.update(night_s_min=60),
        lambda: rows.update(reason_text="另一个理由"),
        lambda: rows.update(ended_by=province.writer, **issued),
        lambda: rows.update(state="withdrawn", ended_by=province.second, ended_at=NOON),
        lambda: rows._raw_delete("default"),
    ]
    province_issued = [
        lambda: rows.update(end_text="后悔"),
        lambda: rows.update(state="waiting", ended_by=None, ended_at=None, policy=None),
    ]

    for act in acts:
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            act()
    province.issue(proposal)
    for act in province_issued:
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            act()


def test_the_sweep_measures_what_waits_under_the_new_version(province: Province) -> None:
    office = Office(entries=1)
    flags.screen_due(now=NOON)
    issued = province.issue(province.proposal(**SHORTER_NIGHT))

    assert flags.screen_due(now=LATER) == 1
    assert CreditScreening.objects.filter(entry=office.entries[0], policy=issued).exists()


def measured(figures: list[dict[str, int]], *, at: dt.datetime = NOON) -> Office:
    """Write a screening for an entry each, with these figures."""
    office = Office(entries=len(figures))
    CreditScreening.objects.bulk_create(
        CreditScreening(entry=entry, policy=policy(), edition=office.edition, figures=facts, screened_at=at)
        for entry, facts in zip(office.entries, figures, strict=True)
    )
    return office


def outlook(code: FlagCode, **changes: int) -> tuple[int, int, int, int]:
    seen = flag_policies.preview(before=TERMS_AT_FIRST, after=replace(TERMS_AT_FIRST, **changes), now=NOON)
    row = next(row for row in seen.outlooks if row.code == code)
    return row.before, row.after, row.anew, row.no_longer


def test_preview_counts_who_would_be_flagged_anew_and_no_longer() -> None:
    measured([{"night_marathon": 10_800}, {"night_marathon": 9_000}, {"night_marathon": 0}, {"overlapping": 59}])

    assert outlook(FlagCode.NIGHT_MARATHON, night_s_min=9_000) == (1, 2, 1, 0)
    assert outlook(FlagCode.NIGHT_MARATHON, night_s_min=10_801) == (1, 0, 0, 1)
    assert outlook(FlagCode.OVERLAPPING, overlap_s_min=59) == (0, 1, 1, 0)


def test_preview_compares_with_what_is_usual_on_the_course() -> None:
    measured([{"quick_exam": seconds} for seconds in (1_000, 1_000, 1_000, 1_000, 300)])

    assert outlook(FlagCode.QUICK_EXAM, exam_percent_of_usual_max=30) == (0, 1, 1, 0)
    assert outlook(FlagCode.QUICK_EXAM, exam_percent_of_usual_max=30, peers_min=6) == (0, 0, 0, 0)


def test_preview_looks_at_the_latest_entries_each_once_in_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    measured([{"overlapping": 60}], at=NOON - flag_policies.PERIOD - dt.timedelta(days=1))
    office = measured([{"overlapping": 60}, {"overlapping": 60}, {"overlapping": 60}])
    newer = policy(peers_min=6)
    CreditScreening.objects.create(
        entry=office.entries[2], policy=newer, edition=office.edition, figures={"overlapping": 0}, screened_at=NOON
    )
    seen = {}
    for most in (2, 5_000):
        monkeypatch.setattr(flag_policies, "LATEST_MAX", most)
        with CaptureQueriesContext(connection) as queries:
            seen[most] = flag_policies.preview(before=TERMS_AT_FIRST, after=TERMS_AT_FIRST, now=NOON)
        assert len(queries) == 1

    assert (seen[2].looked_at, seen[5_000].looked_at, seen[5_000].since) == (1, 3, NOON)
    assert outlook(FlagCode.OVERLAPPING)[0] == 2


def test_flags_without_a_threshold_stay_as_they_are() -> None:
    measured([{"identity": 1}, {"outside_scope": 0}])

    assert outlook(FlagCode.IDENTITY, peers_min=9) == (1, 1, 0, 0)
    assert outlook(FlagCode.OUTSIDE_SCOPE, peers_min=9) == (0, 0, 0, 0)


def test_nothing_measured_nothing_foreseen() -> None:
    seen = flag_policies.preview(before=TERMS_AT_FIRST, after=TERMS_AT_FIRST, now=NOON)

    assert (seen.looked_at, seen.since) == (0, None)
