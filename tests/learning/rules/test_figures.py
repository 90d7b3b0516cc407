"""Figures: what no rule may state, and what a region takes from above."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.differences import differences
from learning.rules.figures import ALL_FIGURES, BESIDE, LEVEL_FIGURES, SET_FIGURES, Fault, Value, faults
from learning.rules.inheritance import Figure, NothingAbove, inherited, resolve
from tests.factories.rules import FIGURES


def test_the_house_s_figures_are_a_rule() -> None:
    assert faults(FIGURES, year=2026) == []
    assert set(FIGURES) == set(ALL_FIGURES)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"total_centihours": 0, "public_centihours": 0}, Fault.NOTHING_ASKED),
        ({"public_centihours": 8_601}, Fault.PUBLIC_ABOVE_TOTAL),
        ({"professional_share": (4, 3)}, Fault.SHARE_ABOVE_WHOLE),
        (
            {"total_centihours": 9_000, "public_centihours": 3_001, "professional_share": (2, 3)},
            Fault.TESTS_ABOVE_TOTAL,
        ),
        ({"hour_seconds": 0}, Fault.NO_HOUR),
        ({"rounding_centihours": 0}, Fault.NO_STEP),
        ({"cutoff_on": dt.date(2025, 12, 31)}, Fault.CUTOFF_OUTSIDE),
        ({"cutoff_on": dt.date(2028, 1, 1)}, Fault.CUTOFF_OUTSIDE),
        ({"first_rate_percent": 99}, Fault.RATE_TOO_LOW),
        ({"first_rate_percent": 250}, Fault.RATE_TOO_LOW),
        ({"has_presence_checks": True, "check_min_s": 1_201}, Fault.CHECKS_REVERSED),
        ({"has_presence_checks": True, "check_answer_s": 0}, Fault.NO_TIME_TO_ANSWER),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else None,
)
def test_faults_name_what_cannot_be_a_rule(changes: dict[str, Value], fault: Fault) -> None:
    assert faults(FIGURES | changes, year=2026) == [fault]


@pytest.mark.parametrize(
    "changes",
    [
        {"public_centihours": 8_600},
        {"total_centihours": 9_000, "public_centihours": 3_000, "professional_share": (2, 3)},
        {"cutoff_on": dt.date(2027, 4, 30)},
        {"check_min_s": 0},
    ],
    ids=["all of it public", "90 with two thirds", "make-up until April", "no checks, no times"],
)
def test_what_is_unusual_but_lawful_passes(changes: dict[str, Value]) -> None:
    assert faults(FIGURES | changes, year=2026) == []


def test_every_fault_stands_beside_a_figure() -> None:
    assert set(BESIDE) == set(Fault)
    assert set(BESIDE.values()) <= set(ALL_FIGURES)


@given(own=st.sets(st.sampled_from(sorted(ALL_FIGURES))))
def test_resolve_takes_each_figure_from_its_own_region_or_the_one_above(own: set[str]) -> None:
    above = {name: Figure(value, "410000") for name, value in FIGURES.items()}

    figures = resolve(ALL_FIGURES, own={name: FIGURES[name] for name in own}, above=above, here="410200")

    assert {name for name, figure in figures.items() if figure.region_code == "410200"} == own
    assert inherited(figures, here="410200") == {name: "410000" for name in ALL_FIGURES if name not in own}


def test_resolve_names_every_figure_that_nobody_states() -> None:
    with pytest.raises(NothingAbove) as refusal:
        resolve(("cutoff_on", "hour_seconds"), own={}, above={}, here="410200")

    assert refusal.value.names == ("cutoff_on", "hour_seconds")


def test_differences_join_what_all_levels_say_alike() -> None:
    here = {name: Figure(value, "410200") for name, value in FIGURES.items()}
    stricter = here | {"total_centihours": Figure(9_000, "410200")}
    from_above = here | {"hour_seconds": Figure(2_700, "410000")}

    rows = differences({"junior": here, "intermediate": here}, {"junior": stricter, "intermediate": from_above})

    assert len(rows) == 2 * len(LEVEL_FIGURES) + len(SET_FIGURES) + 1
    assert [(row.name, row.title_level) for row in rows if row.is_changed] == [("total_centihours", "junior")]
    assert [(row.name, row.title_level) for row in rows if row.is_moved] == [("hour_seconds", "intermediate")]


def test_differences_from_nothing_are_all_changes() -> None:
    here = {name: Figure(value, "410200") for name, value in FIGURES.items()}

    assert all(row.is_changed for row in differences({}, {"junior": here}))
