import json

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from assessments.forms import AnswerSent, Malformed

FIT = {"attempt": 1, "position": 2, "choices": ["A", "C"], "flagged": True, "revision": 3}


def test_from_json_reads_what_the_page_sends() -> None:
    assert AnswerSent.from_json(json.dumps(FIT).encode()) == AnswerSent(1, 2, ("A", "C"), is_flagged=True, revision=3)


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": 0},
        {"attempt": True},
        {"position": 1.0},
        {"position": "2"},
        {"revision": 2**40},
        {"revision": None},
        {"choices": "AC"},
        {"choices": ["AC"]},
        {"choices": [1]},
        {"choices": list("ABCDEFGHI")},
        {"flagged": 1},
    ],
    ids=str,
)
def test_from_json_refuses_what_it_does_not(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        AnswerSent.from_json(json.dumps(FIT | change).encode())


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_from_json_never_fails_otherwise(body: bytes) -> None:
    with pytest.raises(Malformed):
        AnswerSent.from_json(body)


def test_from_json_refuses_a_depth_bomb() -> None:
    with pytest.raises(Malformed):
        AnswerSent.from_json(b"[" * 200_000)


def test_from_form_turns_the_flag_when_its_button_is_pressed() -> None:
    fields = "attempt=1&position=2&revision=3&answer=A&answer=C"

    plain = AnswerSent.from_form(QueryDict(f"{fields}&flagged=1&go=3"))
    pressed = AnswerSent.from_form(QueryDict(f"{fields}&flagged=1&flag=2"))

    assert plain == AnswerSent(1, 2, ("A", "C"), is_flagged=True, revision=3)
    assert not pressed.is_flagged


@pytest.mark.parametrize("fields", ["", "attempt=1&position=²&revision=1", "attempt=1&position=-2&revision=1"], ids=str)
def test_from_form_refuses_numbers_that_are_none(fields: str) -> None:
    with pytest.raises(Malformed):
        AnswerSent.from_form(QueryDict(fields))
