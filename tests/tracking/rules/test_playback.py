from __future__ import annotations

import pytest

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.playback import Act, events_of

KEY = "00000000-0000-4000-8000-000000000000"


def ledger(*runs: tuple[int, int, int, int], rate_percent: int = 100, ended_s: int = 600) -> list[LedgerLine]:
    """Return a session of runs: server seconds from and to, media seconds from and to, all of them new."""
    lines = [LedgerLine(KEY, 0, LineKind.OPEN, 0, 0, 0, 7, 600, flags=rate_percent)]
    for start_s, end_s, from_s, to_s in runs:
        lines.append(
            LedgerLine(
                KEY, len(lines), LineKind.SEGMENT, start_s * 1_000, end_s * 1_000, 0, from_s, to_s, to_s - from_s
            )
        )
    return [*lines, LedgerLine(KEY, len(lines), LineKind.END_BYE, 0, ended_s * 1_000, 0)]


def acts(lines: list[LedgerLine]) -> list[tuple[str, float, int]]:
    silent = (Act.OPENED, Act.RAN, Act.ENDED)
    return [(event.act.value, event.at_ms / 1_000, event.to_s) for event in events_of(lines) if event.act not in silent]


@pytest.mark.parametrize(
    ("gap_s", "expected"),
    [(1, ["started", "stopped"]), (2, ["started", "stopped", "started", "stopped"])],
    ids=["blur", "stop"],
)
def test_read_a_gap_as_a_stop_from_two_seconds_on(gap_s: int, expected: list[str]) -> None:
    lines = ledger((0, 15, 0, 15), (15 + gap_s, 30 + gap_s, 15, 30))

    assert [act for act, _at, _to in acts(lines)] == expected


def test_read_an_idle_line_as_the_gap_it_is() -> None:
    lines = ledger((0, 15, 0, 15), (15, 75, 0, 0), (75, 90, 15, 30))

    assert acts(lines) == [("started", 0, 0), ("stopped", 15, 15), ("started", 75, 15), ("stopped", 90, 30)]


def test_read_more_media_than_time_as_played_in_the_gap() -> None:
    lines = ledger((0, 15, 0, 15), (60, 75, 15, 75))

    assert acts(lines) == [("started", 0, 0), ("stopped", 75, 75)]


def test_read_a_gap_at_a_faster_rate_as_a_stop() -> None:
    # 22 s of media take 15 s at 150 %: nothing of it was played in the gap.
    lines = ledger((0, 15, 0, 22), (23, 38, 22, 44), rate_percent=150)

    assert [act for act, _at, _to in acts(lines)] == ["started", "stopped", "started", "stopped"]


def test_read_all_the_media_of_a_beat_against_its_one_time() -> None:
    lines = ledger((0, 15, 0, 15), (60, 75, 15, 20), (60, 75, 40, 95))

    assert [act for act, _at, _to in acts(lines)] == ["started", "sought", "stopped"]


def test_read_a_check_after_the_stop_before_it() -> None:
    lines = ledger((0, 15, 0, 15), (60, 75, 15, 30))
    lines.insert(2, LedgerLine(KEY, 2, LineKind.ANSWER, 15_000, 40_000, 0, flags=1))

    assert [(act, at) for act, at, _to in acts(lines)] == [
        ("started", 0),
        ("stopped", 15),
        ("checked", 40),
        ("started", 60),
        ("stopped", 75),
    ]


def test_read_a_failed_answer_as_no_check() -> None:
    lines = ledger((0, 15, 0, 15))
    lines.insert(2, LedgerLine(KEY, 2, LineKind.ANSWER, 15_000, 40_000, 0, flags=0))

    assert [act for act, _at, _to in acts(lines)] == ["started", "stopped"]


def test_read_two_runs_of_one_beat_as_a_jump() -> None:
    lines = ledger((0, 15, 0, 5), (0, 15, 100, 110))

    assert acts(lines) == [("started", 0, 0), ("sought", 0, 100), ("stopped", 15, 110)]


def test_read_a_session_in_which_nothing_ran() -> None:
    assert [event.act for event in events_of(ledger())] == [Act.OPENED, Act.ENDED]


def test_read_refuses_lines_that_do_not_begin_with_the_opening() -> None:
    with pytest.raises(ValueError, match="one opening"):
        list(events_of(ledger()[1:]))
