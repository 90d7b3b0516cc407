from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from learning.models import Person
from learning.rules.daily_root import NO_ROOT
from learning.rules.merkle import EMPTY_ROOT, root_of
from learning.rules.signatures import is_genuine, public_key
from tests.factories import ledger
from tests.factories import tracking as make
from tests.factories.learning import NOON
from tests.factories.tracking import Learner
from tracking.actions import roots, seals
from tracking.demo import history
from tracking.models import DailyRoot, Seal, SealHead
from tracking.rules.chain import seal_leaf

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(ada: Person) -> Learner:
    at = make.learner(ada)
    history.watch(at.enrolment, at.lesson, 60, NOON - 4 * ledger.DAY)
    seals.give_seals(now=NOON - 3 * ledger.DAY)
    return at


def test_close_signs_every_day_that_is_over(at: Learner) -> None:
    signed = roots.close_days(now=NOON)

    assert [root.day for root in signed] == [dt.date(2026, 11, day) for day in (16, 17, 18)]
    assert [(root.first_number, root.last_number) for root in signed] == [(1, 1), (2, 1), (2, 1)]
    assert SealHead.objects.get().closed_on == dt.date(2026, 11, 18)


def test_close_names_the_day_before_and_signs_with_its_own_key(at: Learner, settings: Any) -> None:
    first, second, third = roots.close_days(now=NOON)

    assert [first.previous_digest, second.previous_digest] == [NO_ROOT, first.digest]
    assert third.tree_root == EMPTY_ROOT.hex()
    key = public_key(settings.ROOT_SIGNING_SEED)
    assert key != public_key(settings.SIGNING_SEED)
    for root in (first, second, third):
        assert (root.public_key, root.digest) == (key, root.facts().digest())
        assert is_genuine(root.signature, digest=root.digest, public_keys=[key])


def test_close_twice_signs_nothing_more(at: Learner) -> None:
    roots.close_days(now=NOON)

    assert roots.close_days(now=NOON) == []


def test_close_waits_for_midnight_in_beijing(at: Learner) -> None:
    roots.close_days(now=NOON)
    midnight = dt.datetime(2026, 11, 19, 16, tzinfo=dt.UTC)

    assert roots.close_days(now=midnight - dt.timedelta(milliseconds=1)) == []
    assert [root.day for root in roots.close_days(now=midnight)] == [dt.date(2026, 11, 19)]


def test_close_signs_nothing_before_the_first_seal(db: None) -> None:
    assert roots.close_days(now=NOON) == []


def test_close_covers_the_seals_of_the_day_in_their_order(at: Learner) -> None:
    other = make.learner()
    history.watch(other.enrolment, other.lesson, 60, NOON - 4 * ledger.DAY)
    seals.give_seals(now=NOON - 3 * ledger.DAY + dt.timedelta(hours=1))

    root = roots.close_days(now=NOON)[0]

    leaves = [seal_leaf(seal.number, seal.session.key, seal.digest) for seal in Seal.objects.order_by("number")]
    assert (root.first_number, root.last_number, root.tree_root) == (1, 2, root_of(leaves).hex())


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_sign_each_day_once() -> None:
    at = make.learner(seconds=2)
    history.watch(at.enrolment, at.lesson, 2, NOON - 4 * ledger.DAY)
    seals.give_seals(now=NOON - 3 * ledger.DAY)

    def work(_worker: int) -> int:
        try:
            return len(roots.close_days(now=NOON))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        signed = list(pool.map(work, range(2)))

    assert sum(signed) == DailyRoot.objects.count() == 3
