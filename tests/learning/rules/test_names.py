from __future__ import annotations

import pytest

from learning.rules import names


@pytest.mark.parametrize(("name", "shown"), [("陈慧", "陈*"), ("欧阳修文", "欧*"), ("Ada", "A*"), ("", "")])
def test_masked_shows_one_character(name: str, shown: str) -> None:
    assert names.masked(name) == shown


@pytest.mark.parametrize("typed", ["陈慧", " 陈 慧 ", "chen hui", "CHEN HUI", "Ｃｈｅｎ　Ｈｕｉ"])
def test_is_same_forgives_spaces_case_and_width(typed: str) -> None:
    assert names.is_same(typed, "陈慧", "Chen Hui")


@pytest.mark.parametrize("typed", ["", " ", "陈", "陈慧慧", "*", "陈*"])
def test_is_same_refuses_parts_and_nothing(typed: str) -> None:
    assert not names.is_same(typed, "陈慧", "")


def test_is_same_ignores_the_middle_dot_of_a_name() -> None:
    assert names.is_same("买买提江 库尔班", "买买提江·库尔班")
