"""What an office saw: parsed strictly, digested in one order, different after one decision more."""

import pytest

from learning.rules.snapshots import MalformedPickError, Seen, snapshot_digest


@pytest.mark.parametrize("text", ["12:0", "1:3"])
def test_parse_reads_what_str_writes(text: str) -> None:
    assert str(Seen.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "12", "12:", ":1", "a:1", "1:b", "-1:0", "1:0:0", "١:0", "1" * 19 + ":0", "1:" + "9" * 6, " 1:0"]
)
def test_parse_refuses_anything_else(text: str) -> None:
    with pytest.raises(MalformedPickError):
        Seen.parse(text)


def test_snapshot_does_not_depend_on_the_order_rows_came_in() -> None:
    rows = [("aa", Seen(1, 1)), ("bb", Seen(2, 1))]

    assert snapshot_digest(rows) == snapshot_digest(reversed(rows))


@pytest.mark.parametrize(
    "other",
    [[("aa", Seen(1, 2)), ("bb", Seen(2, 1))], [("ab", Seen(1, 1)), ("bb", Seen(2, 1))], [("aa", Seen(1, 1))]],
    ids=["one decision more", "another entry", "one row less"],
)
def test_snapshot_differs_when_anything_does(other: list[tuple[str, Seen]]) -> None:
    assert snapshot_digest(other) != snapshot_digest([("aa", Seen(1, 1)), ("bb", Seen(2, 1))])
