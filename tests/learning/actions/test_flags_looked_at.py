"""An office looks at flags by deciding; what was raised and who looked is written once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from learning.actions import credit_batches, flags
from learning.models import (
    CreditDecision,
    CreditEntry,
    CreditFlag,
    CreditFlagLook,
    CreditScreening,
    CreditStanding,
    FlagPolicy,
    Person,
)
from learning.models.append_only import AppendOnlyError
from learning.rules.credit_states import State
from learning.rules.flags import FlagCode
from learning.rules.reasons import NotTaken
from tests.factories import flags as make_flags
from tests.factories import learning as make
from tests.factories import years
from tests.factories.learning import NOON
from tests.factories.offices import Office, seen_of

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _policy() -> FlagPolicy:
    return make_flags.policy()


@pytest.fixture
def office() -> Office:
    return Office(entries=1)


# What an office does ------------------------------------------------------------


def test_approve_together_leaves_the_flagged_one_for_a_look_of_its_own(office: Office) -> None:
    (entry,) = office.entries
    clean = years.earn(person=make.PersonFactory(), edition=office.edition)
    make_flags.flag(entry)

    outcome = credit_batches.approve_all(
        seen=seen_of([entry, clean]), auditor=office.base, by=office.auditor, now=LATER
    )

    assert outcome.done == [clean]
    assert [(left.entry, left.why) for left in outcome.left] == [(entry, NotTaken.FLAGGED)]
    assert CreditStanding.objects.get(pk=entry.pk).state == State.EARNED


def test_approve_with_the_flags_read_keeps_the_words_and_what_they_were_about(office: Office) -> None:
    (entry,) = office.entries
    raised = make_flags.flag(entry)

    decision = flags.approve(
        entry=entry, by=office.auditor, words="Asked by phone.", codes=["quick_exam"], now=LATER, seen=0
    )

    assert (decision.verdict, decision.reason_text) == ("approved", "Asked by phone.")
    assert [(look.flag, look.decision) for look in CreditFlagLook.objects.all()] == [(raised, decision)]
    assert CreditEntry.objects.flagged().get() == entry  # the bureau sees what the base saw


@pytest.mark.parametrize("read", [[], ["same_network"], ["quick_exam", "same_network"]])
def test_approve_is_refused_when_other_flags_were_read(office: Office, read: list[str]) -> None:
    (entry,) = office.entries
    make_flags.flag(entry)

    with pytest.raises(flags.FlagsDiffer):
        flags.approve(entry=entry, by=office.auditor, words="ok", codes=read, now=LATER)

    assert CreditDecision.objects.count() == CreditFlagLook.objects.count() == 0
    assert CreditStanding.objects.get(pk=entry.pk).state == State.EARNED


def test_a_return_asks_about_the_flags_on_the_entry(office: Office) -> None:
    (entry,) = office.entries
    raised = [make_flags.flag(entry), make_flags.flag(entry, FlagCode.OVERLAPPING, figure=90)]

    decision = flags.return_to_learner(
        entry=entry, by=office.auditor, reason_code="exam", reason_text="Please explain", now=LATER
    )

    assert {look.flag for look in decision.flag_looks.all()} == set(raised)


# Written once -------------------------------------------------------------------


def test_flags_are_written_once_and_once_each(office: Office) -> None:
    raised = make_flags.flag(office.entries[0])

    for act in (raised.save, raised.delete):
        with pytest.raises(AppendOnlyError):
            act()
    with pytest.raises(DatabaseError), transaction.atomic():
        make_flags.flag(office.entries[0])


@pytest.mark.parametrize("model", [FlagPolicy, CreditFlag, CreditScreening, CreditFlagLook])
def test_the_database_refuses_every_change(office: Office, model: type[CreditFlag]) -> None:
    make_flags.flag(office.entries[0])
    flags.screen_due(now=LATER)
    flags.return_to_learner(
        entry=office.entries[0], by=office.auditor, reason_code="exam", reason_text="Please explain", now=LATER
    )
    row = model.objects.first()
    assert row is not None

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk)._raw_delete("default")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(id=row.pk)


def test_flags_are_seen_by_the_learner_the_base_and_the_bureau_alone(office: Office) -> None:
    raised = make_flags.flag(office.entries[0])
    stranger = Office(entries=0)

    people: dict[str, Person] = {
        "learner": office.entries[0].person,
        "auditor": office.auditor,
        "officer": office.officer,
        "other auditor": stranger.auditor,
        "other learner": make.PersonFactory(),
    }

    seen = {name: list(CreditFlag.objects.visible_to(person)) for name, person in people.items()}

    assert seen == {
        "learner": [raised],
        "auditor": [raised],
        "officer": [raised],
        "other auditor": [],
        "other learner": [],
    }
