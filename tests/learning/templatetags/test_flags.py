"""Flags in words: every rule has a name, a fact, another meaning and a question, in both languages."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from learning.models import CreditEntry, CreditFlag
from learning.rules.flags import FlagCode
from learning.rules.reasons import ReturnReason
from learning.templatetags import flags as words

FACTS = {"figure": 4, "usual": 2, "asked": 6, "answers": 12}
#: What nobody may be called by a machine (UX screen 8).
ACCUSATIONS = re.compile(r"cheat|fraud|suspicious|作弊|违规|异常行为|可疑", re.IGNORECASE)


def flag(code: str, **facts: int) -> CreditFlag:
    return CreditFlag(entry=CreditEntry(enrolment_id=1), code=code, facts=facts or FACTS)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("code", FlagCode)
def test_every_flag_is_told_and_accuses_nobody(code: FlagCode, language: str) -> None:
    with translation.override(language):
        told = [
            str(words.flag_title(code)),
            words.flag_words(flag(code)),
            str(words.flag_else(flag(code))),
            words.asked([flag(code)])[1],
        ]

    assert all(told)
    assert not any("%(" in text or ACCUSATIONS.search(text) for text in told)


@pytest.mark.parametrize(
    ("code", "figure", "told"),
    [
        (FlagCode.SAME_NETWORK, 7, "7 people sat this exam on one network that day"),
        (FlagCode.QUICK_EXAM, 420, "The exam was handed in after 7 min"),
        (FlagCode.NIGHT_MARATHON, 19_800, "5 h 30 min of study in one night"),
        (FlagCode.OVERLAPPING, 95, "1 min 35 s overlap with other study of the same person"),
        (FlagCode.OVERLAPPING, 7_200, "2 h overlap with other study of the same person"),
        (FlagCode.MISSED_CHECKS, 4, "4 of 6 presence checks were not answered"),
        (FlagCode.EVEN_TIMING, 240, "12 checks answered within 0.2 s of each other"),
    ],
)
def test_a_figure_is_told_with_its_unit(code: FlagCode, figure: int, told: str) -> None:
    with translation.override("en"):
        assert words.flag_words(flag(code, **{**FACTS, "figure": figure})) == told


def test_what_is_usual_is_told_where_there_is_something_to_compare() -> None:
    with translation.override("en"):
        assert words.flag_usual(flag("same_network", figure=7, usual=2)) == "Usual on this course: 2 people."
        assert words.flag_usual(flag("same_network", figure=7)) == "Too few learners so far to say what is usual."
        assert words.flag_usual(flag("identity", figure=1)) == ""
        of_a_claim = CreditFlag(entry=CreditEntry(), code="overlapping", facts={"figure": 95})
        assert words.flag_usual(of_a_claim) == ""
        assert words.flag_usual_figure(flag("same_network", figure=7, usual=1)) == "1 person"
        assert words.flag_usual_figure(flag("same_network", figure=7)) == ""


def test_bars_are_as_long_as_their_figures() -> None:
    bars = words.flag_bars(flag("same_network", figure=8, usual=2))

    assert bars is not None
    assert (bars.figure_width, bars.usual_width) == ("100.000", "25.000")
    assert words.flag_bars(flag("same_network", figure=8)) is None
    assert words.flag_bars(flag("identity", figure=1, usual=0)) is None


def test_a_return_asks_about_every_flag_once_under_the_first_ones_reason() -> None:
    with translation.override("en"):
        reason, text = words.asked([flag("same_network"), flag("quick_exam"), flag("same_network")])

    assert reason == ReturnReason.EXAM
    assert text == "Please say where you sat the exam and who was there. Please say how you prepared for the exam."
    assert words.asked([]) == ("", "")


def test_a_code_of_another_time_stands_as_it_is() -> None:
    assert (words.flag_title("old"), words.flag_words(flag("old")), words.asked([flag("old")])) == (
        "old",
        "old",
        ("", ""),
    )
