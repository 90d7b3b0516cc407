"""The part of every day and the whole: together all of a sweep, and nothing twice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import everyday

SWEEP = tuple("abcdefgh")


@pytest.fixture(autouse=True)
def _an_ordinary_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everyday, "IS_WHOLE", False)
    take_turn(monkeypatch, 0)


def take_turn(monkeypatch: pytest.MonkeyPatch, turn: int) -> None:
    monkeypatch.setattr(everyday, "TURN", turn)
    monkeypatch.setattr(everyday, "IS_LANDING", turn > 0)


def test_the_turns_of_a_sweep_make_up_the_whole() -> None:
    turns = [everyday.part(SWEEP, turn, one_in=3) for turn in range(3)]

    assert sorted("".join("".join(turn) for turn in turns)) == list(SWEEP)


def test_landings_one_after_the_other_take_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[str] = set()
    chosen: set[tuple[str, ...]] = set()
    tried: set[str] = set()
    items = [item(f"tests/tracking/views/test_a.py::test_b[{number}]", django_db={}) for number in range(5)]
    for turn in range(326, 326 + 24):
        take_turn(monkeypatch, turn)
        met.update(everyday.part(SWEEP, one_in=3))
        chosen.update(value.values for value in everyday.only("a", SWEEP) if not value.marks)
        (once,) = everyday.on_the_second_database(items)
        tried.add(once.nodeid)

    assert met == set(SWEEP)
    assert chosen == {(letter,) for letter in SWEEP}
    assert tried == {each.nodeid for each in items}


@pytest.mark.parametrize("turn", range(4))
def test_a_short_sweep_is_never_left_out(turn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    take_turn(monkeypatch, turn)

    assert everyday.part("a", one_in=3) == "a"
    assert everyday.part("", one_in=3) == ""


def test_a_diagonal_meets_each_of_both_lists() -> None:
    met = [(letter, number) for number in range(8) for letter in everyday.part("abc", number, one_in=3)]

    assert {letter for letter, _number in met} == set("abc")
    assert [number for _letter, number in met] == list(range(8))


def test_the_long_run_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everyday, "IS_WHOLE", True)
    items = [item(f"tests/tracking/views/test_a.py::test_b[{number}]", django_db={}, slow={}) for number in range(2)]

    everyday.put_off(items)

    assert everyday.part(SWEEP, 5, one_in=3) == SWEEP
    assert everyday.on_the_first_database(items) == items
    assert everyday.on_the_second_database(items) == items
    assert [item.skipped for item in items] == [[], []]


@pytest.mark.parametrize(("turn", "skipped"), [(0, "ab"), (326, "b")], ids=["a day", "a landing"])
def test_what_is_slow_is_skipped_with_its_reason(turn: int, skipped: str, monkeypatch: pytest.MonkeyPatch) -> None:
    take_turn(monkeypatch, turn)
    items = {"a": item("a.py::test_a", slow={}), "b": item("a.py::test_b", sweep={}), "c": item("a.py::test_c")}

    everyday.put_off(list(items.values()))

    reasons = {name: [mark.kwargs["reason"] for mark in each.skipped] for name, each in items.items()}
    assert reasons == {name: ["slow: HOURBOOK_SLOW=1 runs it"] * (name in skipped) for name in "abc"}


@pytest.mark.parametrize(
    ("path", "marks", "kept"),
    [
        ("tests/learning/views/test_a.py", {"django_db": {}}, [0]),
        ("tests/learning/models/test_a.py", {"django_db": {}}, [0, 1, 2, 3, 4]),
        ("tests/learning/views/test_a.py", {"django_db": {"transaction": True}}, [0, 1, 2, 3, 4]),
        ("tests/learning/views/test_a.py", {}, [0, 1, 2, 3, 4]),
        ("tests/learning/law/test_a.py", {"django_db": {}}, [0, 1, 2, 3, 4]),
    ],
    ids=["asks", "constraints", "commits", "asks no database", "is the law"],
)
def test_every_day_takes_some_of_the_parameters_that_ask(path: str, marks: dict[str, Any], kept: list[int]) -> None:
    items = [item(f"{path}::test_b[{number}]", **marks) for number in range(5)]
    other = item(f"{path}::test_c", **marks)

    assert everyday.on_the_first_database([*items, other]) == [*(items[number] for number in kept), other]


@pytest.mark.parametrize(
    ("path", "marks", "fixtures", "kept"),
    [
        ("tests/tracking/views/test_a.py", {"django_db": {}}, (), []),
        ("tests/tracking/models/test_a.py", {"django_db": {}}, (), [0, 1]),
        ("tests/tracking/views/test_a.py", {"django_db": {"transaction": True}}, (), [0, 1]),
        ("tests/tracking/views/test_a.py", {"django_db": {}}, ("transactional_db",), [0, 1]),
        ("tests/tracking/models/test_a.py", {}, (), []),
    ],
    ids=["asks", "constraints", "commits", "commits by a fixture", "asks no database"],
)
def test_the_second_database_repeats_what_rests_on_it(
    path: str, marks: dict[str, Any], fixtures: tuple[str, ...], kept: list[int]
) -> None:
    items = [item(f"{path}::test_b[{number}]", fixtures, **marks) for number in range(2)]

    assert everyday.on_the_second_database(items) == [items[number] for number in kept]


def item(node: str, fixtures: tuple[str, ...] = (), **marks: dict[str, Any]) -> Any:
    """Something like one of pytest's items."""
    skipped: list[Any] = []
    return SimpleNamespace(
        nodeid=node,
        fixturenames=fixtures,
        skipped=skipped,
        get_closest_marker=lambda name: SimpleNamespace(kwargs=marks[name]) if name in marks else None,
        add_marker=lambda mark: skipped.append(mark.mark),
    )
