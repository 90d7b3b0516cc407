"""What another rule would change: the database's statement against the law's own words."""

from __future__ import annotations

import itertools

import pytest

from learning.actions import rule_moves
from learning.models import AnnualRecord, Person, Requirement
from learning.rules.outcomes import Outcome
from learning.rules.requirements import RequirementRule, Totals, is_met
from tests.factories import learning as make
from tests.factories.learning import NOON

pytestmark = pytest.mark.django_db
NOTHING = Totals(0, 0)
State = AnnualRecord.State
LEVEL = "intermediate"


def record(rule: Requirement, confirmed: Totals, pending: Totals = NOTHING, state: str = State.OPEN) -> AnnualRecord:
    return AnnualRecord.objects.create(
        person=make.PersonFactory(title_level=rule.title_level),
        year=rule.year,
        requirement=rule,
        confirmed_public_centihours=confirmed.public_centihours,
        confirmed_professional_centihours=confirmed.professional_centihours,
        pending_public_centihours=pending.public_centihours,
        pending_professional_centihours=pending.professional_centihours,
        state=state,
        met_at=None if state == State.OPEN else NOON,
        confirmed_at=NOON if state == State.CONFIRMED else None,
    )


def law(row: AnnualRecord, new: RequirementRule) -> str | None:
    """Return the outcome as the rules say it, one person at a time."""
    met = is_met(new, row.confirmed)
    if row.state == State.CONFIRMED:
        return None if met else Outcome.CERTIFICATE_AT_STAKE
    if row.state == State.MET:
        return None if met else Outcome.WOULD_FALL_SHORT
    if met:
        return Outcome.BECOMES_MET
    studied = row.confirmed + row.pending
    was_enough = is_met(row.requirement.as_rule(), studied)
    return Outcome.MORE_TO_STUDY if was_enough and not is_met(new, studied) else None


#: Around every boundary of 86/26, 90 with two thirds, and what lies between them.
PUBLIC = (2_500, 2_600, 3_000, 3_100)
PROFESSIONAL = (5_400, 5_900, 6_000, 6_400)


@pytest.mark.parametrize(
    "new",
    [
        RequirementRule(9_000, 0, 2, 3),
        RequirementRule(8_600, 3_000),
        RequirementRule(7_400, 2_200),
        RequirementRule(8_600, 2_600),
    ],
    ids=["90 with two thirds", "more public", "R15 for all", "the same"],
)
@pytest.mark.parametrize("old", [(8_600, 2_600, 0, 1), (9_000, 0, 2, 3)], ids=["86/26", "90 with two thirds"])
def test_outcomes_are_what_the_rules_say(old: tuple[int, int, int, int], new: RequirementRule) -> None:
    rule = make.RequirementFactory(
        total_centihours=old[0],
        public_centihours=old[1],
        professional_share_numerator=old[2],
        professional_share_denominator=old[3],
    )
    for public, professional, pending in itertools.product(PUBLIC, PROFESSIONAL, (0, 400)):
        held, waits = Totals(public, professional - pending), Totals(0, pending)
        met = is_met(rule.as_rule(), held)
        for state in (State.MET, State.CONFIRMED) if met else (State.OPEN,):
            record(rule, held, waits, state)

    rows = AnnualRecord.objects.select_related("requirement").with_outcome({LEVEL: new})

    expected = {row.pk: law(row, new) for row in AnnualRecord.objects.select_related("requirement")}
    assert dict(rows.values_list("pk", "outcome")) == expected  # type: ignore[misc]
    counts = {each: [*expected.values()].count(each) for each in Outcome}
    assert AnnualRecord.objects.outcome_counts({LEVEL: new}) == {key: n for key, n in counts.items() if n}


def test_each_level_is_judged_by_its_own_rule() -> None:
    senior, junior = make.RequirementFactory(), make.RequirementFactory(title_level="junior", total_centihours=7_400)
    for rule in (senior, junior):
        record(rule, Totals(2_600, 5_000))

    counts = AnnualRecord.objects.outcome_counts(
        {LEVEL: RequirementRule(8_000, 2_000), "junior": RequirementRule(7_600, 2_000)}
    )

    assert counts == {Outcome.BECOMES_MET: 1}


def test_governed_are_the_region_s_people_and_those_below_without_rules_of_their_own(ada: Person) -> None:
    city = make.RequirementFactory()
    beside = make.PersonFactory(region=make.henan())
    below = make.PersonFactory(region=make.lankao())
    for person in (ada, beside, below):
        AnnualRecord.objects.create(person=person, year=2026, requirement=city)
    assert {row.person for row in rule_moves.governed(city.rule_set)} == {ada, below}

    make.RequirementFactory(region=make.lankao())

    assert {row.person for row in rule_moves.governed(city.rule_set)} == {ada}


def test_outcomes_cost_one_query_for_many(django_assert_num_queries: object) -> None:
    rule = make.RequirementFactory()
    for _number in range(3):
        record(rule, Totals(2_600, 5_000))

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert AnnualRecord.objects.outcome_counts({LEVEL: RequirementRule(7_400, 2_200)}) == {Outcome.BECOMES_MET: 3}
