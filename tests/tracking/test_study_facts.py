"""What tracking tells of a place: new seconds, answers and misses; of others nothing."""

from __future__ import annotations

import pytest

from learning.rules.flags import Doing
from tests.factories.ledger import strict, watch_strictly
from tests.factories.tracking import NOON_MS, Learner
from tracking import study_facts

pytestmark = pytest.mark.django_db

START_MS = NOON_MS - 86_400_000


@pytest.fixture
def at() -> Learner:
    """Somebody who missed the first check, watched again, and passed three."""
    learner = strict()
    watch_strictly(learner, now_ms=START_MS)
    return learner


def test_studies_tell_checks_and_when_new_seconds_were_watched(at: Learner) -> None:
    (study,) = study_facts.studies([at.enrolment.pk]).values()

    assert (study.missed_checks, study.reactions_ms, study.sitting) == (1, (2_000,) * 4, None)
    assert {span.doing for span in study.stretches} == {Doing.VIEWING}
    assert {span.person_id for span in study.stretches} == {at.person.pk}
    assert min(span.start_ms for span in study.stretches) >= START_MS


def test_studies_of_a_place_without_viewing_are_none(at: Learner) -> None:
    assert study_facts.studies([at.enrolment.pk + 1]) == {}
    assert study_facts.studies([]) == {}


def test_stretches_are_those_of_these_people_in_this_time(at: Learner) -> None:
    def found(person_id: int, since_ms: int, until_ms: int) -> int:
        return len(list(study_facts.stretches([person_id], since_ms=since_ms, until_ms=until_ms)))

    assert found(at.person.pk, START_MS, NOON_MS) > 0
    assert found(at.person.pk + 1, START_MS, NOON_MS) == 0
    assert found(at.person.pk, START_MS - 3_600_000, START_MS) == 0
    assert found(at.person.pk, NOON_MS, NOON_MS + 1) == 0
