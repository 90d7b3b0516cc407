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


def test_the_turns_of_a_sweep_make_up_the_whole() -> None:
    turns = [everyday.part(SWEEP, turn, one_in=3) for turn in range(3)]

    assert sorted("".join("".join(turn) for turn in turns)) == list(SWEEP)


def test_a_diagonal_meets_each_of_both_lists() -> None:
    met = [(letter, number) for number in range(8) for letter in everyday.part("abc", number, one_in=3)]

    assert {letter for letter, _number in met} == set("abc")
    assert [number for _letter, number in met] == list(range(8))


def test_the_long_run_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everyday, "IS_WHOLE", True)
    items = [item(f"tests/tracking/views/test_a.py::test_b[{number}]", django_db={}, slow={}) for number in range(2)]

    everyday.put_off(items)

    assert everyday.part(SWEEP, 5, one_in=3) == SWEEP
    assert everyday.on_the_second_database(items) == items
    assert [item.skipped for item in items] == [[], []]


def test_what_is_slow_is_skipped_with_its_reason() -> None:
    slow, quick = item("a.py::test_a", slow={}), item("a.py::test_b")

    everyday.put_off([slow, quick])

    assert [mark.kwargs["reason"] for mark in slow.skipped] == ["slow: HOURBOOK_SLOW=1 runs it"]
    assert quick.skipped == []


@pytest.mark.parametrize(
    ("path", "marks", "fixtures", "kept"),
    [
        ("tests/tracking/views/test_a.py", {"django_db": {}}, (), [0]),
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
