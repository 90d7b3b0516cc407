"""Flags are raised once, beside the entry, from what every app measured."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Attempt
from learning.actions import credits, evidence, flags, studies
from learning.models import (
    AuditLogEntry,
    CreditEntry,
    CreditFlag,
    CreditScreening,
    CreditStanding,
    FlagPolicy,
    Person,
)
from learning.models.person import blind_index
from learning.rules.flags import FlagCode
from tests.factories import flags as make_flags
from tests.factories import learning as make
from tests.factories import years
from tests.factories.assessments import AttemptFactory
from tests.factories.learning import NOON
from tests.factories.ledger import strict, watch_strictly
from tests.factories.offices import Office
from tests.factories.tracking import NOON_MS

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _policy() -> FlagPolicy:
    return make_flags.policy()


@pytest.fixture
def office() -> Office:
    return Office(entries=1)


def sat(entry: CreditEntry, *, minutes: float = 20, network: bytes | None = None, days_ago: int = 0) -> Attempt:
    """Record the sitting behind an entry."""
    start = NOON - dt.timedelta(days=days_ago, hours=1)
    return AttemptFactory(
        enrolment=entry.enrolment,
        started_at=start,
        deadline_at=start + dt.timedelta(minutes=30),
        state=Attempt.State.SUBMITTED,
        submitted_at=start + dt.timedelta(minutes=minutes),
        score_points=20,
        score_percent=100,
        has_passed=True,
        network_key=network,
    )


def codes(entry: CreditEntry) -> list[str]:
    return list(CreditFlag.objects.filter(entry=entry).order_by("code").values_list("code", flat=True))


def claimed(office: Office, person: Person, document: str, **register: str) -> CreditEntry:
    facts: dict[str, object] = {
        "title_zh": "面授班",
        "title_en": "Class",
        "subject_kind": "public",
        "centihours": 600,
        "document": document,
        **register,
    }
    proof = evidence.record_claimed(person=person, facts=facts, digest=document.zfill(64), now=NOON)
    make.RequirementFactory(region=person.region, title_level=person.title_level)
    return credits.claim(evidence=proof, year=2026, auditor=office.base, earned_at=NOON, now=NOON)


# Measuring ----------------------------------------------------------------------


def test_screen_measures_what_waits_and_raises_nothing_on_an_honest_entry(office: Office) -> None:
    (entry,) = office.entries
    sat(entry)

    assert flags.screen_due(now=LATER) == 1

    assert codes(entry) == []
    assert CreditScreening.objects.get().figures == {"outside_scope": 0, "overlapping": 0, "quick_exam": 1_200}
    assert CreditEntry.objects.unflagged().get() == entry
    assert not AuditLogEntry.objects.filter(action="credit.flag").exists()


def test_screen_measures_an_entry_once_a_policy(office: Office) -> None:
    assert [flags.screen_due(now=LATER) for _time in range(2)] == [1, 0]

    make_flags.policy(peers_min=6)

    assert [flags.screen_due(now=LATER) for _time in range(2)] == [1, 0]
    assert CreditScreening.objects.count() == 2


def test_screen_leaves_what_was_decided(office: Office) -> None:
    credits.approve(entry=office.entries[0], by=office.auditor, now=NOON)

    assert flags.screen_due(now=LATER) == 0


def test_screen_takes_only_what_it_is_asked_for(office: Office) -> None:
    other = years.earn(person=make.PersonFactory(), edition=office.edition)

    assert flags.screen_due(now=LATER, entry_ids=[other.pk]) == 1
    assert CreditScreening.objects.get().entry == other


def test_without_a_policy_nothing_is_looked_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(FlagPolicy.objects.all()), "in_force", lambda _self: None)

    assert flags.screen_due(now=LATER) == 0


def test_screen_asks_the_database_as_often_for_three_entries_as_for_one(office: Office) -> None:
    sat(office.entries[0], network=b"n" * 16)
    with CaptureQueriesContext(connection) as for_one:
        flags.screen_due(now=LATER)
    for _number in range(3):
        sat(years.earn(person=make.PersonFactory(), edition=office.edition), network=b"n" * 16)

    with CaptureQueriesContext(connection) as for_three:
        assert flags.screen_due(now=LATER) == 3

    assert len(for_three) == len(for_one)


# What is raised -----------------------------------------------------------------


def test_a_quick_exam_is_flagged_beside_the_courses_usual_time(office: Office) -> None:
    for _number in range(5):
        sat(years.earn(person=make.PersonFactory(), edition=office.edition))
    flags.screen_due(now=NOON)
    quick = years.earn(person=make.PersonFactory(), edition=office.edition)
    sat(quick, minutes=4)

    flags.screen_due(now=LATER)

    (flag,) = quick.flags.all()
    assert (flag.code, flag.facts, flag.computed_at) == ("quick_exam", {"figure": 240, "usual": 1_200}, LATER)
    assert CreditEntry.objects.flagged().get() == quick
    assert AuditLogEntry.objects.get(action="credit.flag").facts == {"flags": [[quick.pk, "quick_exam"]]}


def test_the_first_on_a_network_are_flagged_when_the_fifth_comes(office: Office) -> None:
    entries = [years.earn(person=make.PersonFactory(), edition=office.edition) for _number in range(6)]
    for entry in entries[:4]:
        sat(entry, network=b"n" * 16)
    credits.approve(entry=entries[0], by=office.auditor, now=NOON)
    flags.screen_due(now=NOON)
    assert not CreditFlag.objects.exists()

    sat(entries[4], network=b"n" * 16)
    sat(entries[5], network=b"m" * 16)
    last = years.earn(person=make.PersonFactory(), edition=office.edition)
    sat(last, network=b"n" * 16)
    flags.screen_due(now=LATER)

    flagged = {flag.entry: flag.figure for flag in CreditFlag.objects.filter(code=FlagCode.SAME_NETWORK)}
    # The first was decided before; the one on another network sat alone.
    assert flagged == dict.fromkeys([*entries[1:5], last], 6)


def test_a_class_at_the_time_of_an_exam_is_flagged_on_both(office: Office) -> None:
    (entry,) = office.entries
    sat(entry)
    held = {"held_from": (NOON - dt.timedelta(hours=3)).isoformat(), "held_to": NOON.isoformat()}
    attended = claimed(office, entry.person, "a", **held)

    flags.screen_due(now=LATER)

    assert codes(entry) == codes(attended) == ["overlapping"]
    assert {flag.figure for flag in CreditFlag.objects.all()} == {1_200}


def test_two_classes_at_one_time_are_flagged_and_one_alone_is_not(office: Office) -> None:
    ada, ben = make.PersonFactory(), make.PersonFactory()
    held = {"held_from": NOON.isoformat(), "held_to": (NOON + dt.timedelta(hours=3)).isoformat()}
    both = [claimed(office, ada, name, **held) for name in ("a", "b")]
    alone = claimed(office, ben, "c", **held)

    flags.screen_due(now=LATER)

    assert [codes(entry) for entry in [*both, alone]] == [["overlapping"], ["overlapping"], []]


def test_another_id_number_on_the_register_is_flagged(office: Office) -> None:
    ada, ben = make.PersonFactory(), make.PersonFactory()
    for person, number in ((ada, "410203198802032626"), (ben, "410203198802032634")):
        person.set_id_number(number)
        person.save()
    same = claimed(office, ada, "a", id_number_index=blind_index("410203198802032626"))
    other = claimed(office, ben, "b", id_number_index=blind_index("410203198802032626"))

    flags.screen_due(now=LATER)

    assert (codes(same), codes(other)) == ([], ["identity"])


def test_hours_outside_the_bases_scope_are_flagged(office: Office) -> None:
    office.base.base_profile.may_teach_professional = False
    office.base.base_profile.save()
    public = claimed(office, make.PersonFactory(), "a")

    flags.screen_due(now=LATER)

    assert (codes(office.entries[0]), codes(public)) == (["outside_scope"], [])


def test_viewing_is_told_by_its_ledger(office: Office) -> None:
    at = strict()
    watch_strictly(at, now_ms=NOON_MS - 86_400_000)
    make.BureauFactory(region=at.person.region)
    make_flags.policy(missed_checks_min=1, missed_percent_min=25)
    entry = years.earn(person=at.person, edition=office.edition)

    told = studies.cases_of([entry])
    assert told[entry.pk].study.asked_checks == 0  # nothing of another place

    entry.enrolment = at.enrolment
    study = studies.cases_of([entry])[entry.pk].study
    assert (study.missed_checks, study.reactions_ms) == (1, (2_000,) * 4)
    assert sum(span.end_ms - span.start_ms for span in study.stretches) >= 60_000


def test_flags_never_change_the_hours(office: Office) -> None:
    (entry,) = office.entries
    make_flags.flag(entry)

    before = CreditEntry.objects.values().get(pk=entry.pk), CreditStanding.objects.values().get(pk=entry.pk)
    flags.screen_due(now=LATER)

    assert before == (CreditEntry.objects.values().get(pk=entry.pk), CreditStanding.objects.values().get(pk=entry.pk))
