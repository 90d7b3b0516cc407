"""Check codes: made, mistyped, cleaned."""

from __future__ import annotations

import secrets

import pytest

from learning.rules import check_codes


@pytest.fixture
def code() -> str:
    return check_codes.fresh(secrets.choice)


def test_fresh_code_reads_as_wellformed(code: str) -> None:
    assert check_codes.read(code).is_wellformed
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]


def test_check_character_shows_every_single_mistake() -> None:
    text = check_codes.fresh(secrets.choice).replace("-", "")

    for place in range(check_codes.LENGTH):
        for wrong in set(check_codes.ALPHABET) - {text[place]}:
            assert not check_codes.read(text[:place] + wrong + text[place + 1 :]).is_wellformed


def test_check_character_shows_swapped_neighbours() -> None:
    missed = swaps = 0
    for _round in range(40):
        text = check_codes.fresh(secrets.choice).replace("-", "")
        for place in range(check_codes.LENGTH - 1):
            swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            if swapped != text:
                swaps += 1
                missed += check_codes.read(swapped).is_wellformed

    # The system overlooks few swaps, not none.
    assert missed * 20 < swaps


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {code}\n",
        lambda code: code.replace("-", "—"),
        lambda code: "".join(chr(ord(c) + 0xFEE0) for c in code),
        lambda code: f"https://hourbook.kaifeng.example/en/verify/{code}/#nameform",
        lambda code: f"核验码 Check code {code}",
    ],
    ids=["lower case", "no hyphens", "spaces", "padded", "dashes", "full width", "address", "as printed"],
)
def test_read_forgives_how_it_was_typed(change: object, code: str) -> None:
    assert check_codes.read(change(code)).code == code  # type: ignore[operator]
    assert check_codes.read(change(code)).is_wellformed  # type: ignore[operator]


@pytest.mark.parametrize("foreign", ["0", "O", "1", "I", "L", "U"])
def test_read_marks_characters_no_code_has(foreign: str, code: str) -> None:
    typed = check_codes.read(f"{code[:-1]}{foreign}")

    assert typed.foreign == (15,)
    assert not typed.is_wellformed


def test_read_suggests_the_look_alike_that_fits() -> None:
    body = "K26B7Q4M2XH9R5T"
    right = body + check_codes.check_character(body)
    place = right.index("Q")
    typed = check_codes.read(right[:place] + "0" + right[place + 1 :])

    assert typed.suggestion == check_codes.grouped(right)


def test_read_suggests_nothing_when_no_look_alike_fits() -> None:
    body = "K26B7Q4M2XH9R5T"
    right = body + check_codes.check_character(body)

    assert check_codes.read("0" + right[1:]).suggestion == ""


@pytest.mark.parametrize("typed", ["", "-", "ABC", "A" * 500, "<script>", "陈慧", "\x00"])
def test_read_takes_anything(typed: str) -> None:
    assert not check_codes.read(typed).is_wellformed
    assert len(check_codes.read(typed).text) <= 32
