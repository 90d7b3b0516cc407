from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from tracking.rules.archived import (
    ArchivedSeal,
    ArchivedSession,
    Closing,
    MalformedBlockError,
    count_later,
    faults_of,
    read_sessions,
)
from tracking.rules.chain import LedgerLine, LineKind, SessionHeader, final_head, header_head
from tracking.rules.months import Month

MONTH = Month(2025, 10)
OPENED_MS = MONTH.from_ms + 1_000
KEY = "0b0e7a52-9f3c-4d7a-8a63-3a52f1f0a001"


def session(key: str = KEY, opened_ms: int = OPENED_MS) -> ArchivedSession:
    header = SessionHeader(key, "a" * 64, "b" * 64, 60, "c" * 64, "0.1.0")
    ended_ms = opened_ms + 60_000
    lines = (
        LedgerLine(key, 0, LineKind.OPEN, opened_ms, opened_ms, 0, 7, 60, flags=100),
        LedgerLine(key, 1, LineKind.SEGMENT, opened_ms, opened_ms + 30_000, 30_000, 0, 30, 30, 2, 8, 3),
        LedgerLine(key, 2, LineKind.END_BYE, ended_ms, ended_ms, 0, new_s=30),
        LedgerLine(key, 3, LineKind.LATE, ended_ms, ended_ms, 0, 30, 40, 10),
    )
    head = final_head(header_head(header), lines).hex()
    closing = Closing(41, opened_ms, ended_ms, "bye", ended_ms, 40, 4, head)
    return ArchivedSession(header, lines, closing, ArchivedSeal(5, head, 4, 40, "d" * 64, ended_ms))


def test_reads_what_was_written() -> None:
    kept = [session(), replace(session("0b0e7a52-9f3c-4d7a-8a63-3a52f1f0a002"), seal=None)]

    assert list(read_sessions("".join(each.text() for each in kept))) == kept


def test_finds_nothing_in_a_sound_session() -> None:
    assert list(faults_of(session(), MONTH)) == []


def altered(value: Any) -> Any:
    if isinstance(value, LineKind):
        return LineKind.MISS
    return value + 1 if isinstance(value, int) else value.replace(value[-1], "e", 1)


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("name", [field.name for field in fields(LedgerLine)])
def test_finds_an_altered_line(index: int, name: str) -> None:
    sound = session()
    lines = list(sound.lines)
    lines[index] = replace(lines[index], **{name: altered(getattr(lines[index], name))})

    assert any("its chain breaks" in fault for fault in faults_of(replace(sound, lines=tuple(lines)), MONTH))


@pytest.mark.parametrize("name", [field.name for field in fields(SessionHeader)])
def test_finds_an_altered_header(name: str) -> None:
    sound = session()
    header = replace(sound.header, **{name: altered(getattr(sound.header, name))})

    assert any("its chain breaks" in fault for fault in faults_of(replace(sound, header=header), MONTH))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"opened_ms": MONTH.from_ms - 1}, "it was not opened in 2025-10"),
        ({"opened_ms": MONTH.until_ms}, "it was not opened in 2025-10"),
        ({"opened_ms": OPENED_MS + 1}, "a line lies outside of its time"),
        ({"ended_ms": OPENED_MS + 59_999}, "a line lies outside of its time"),
        ({"ended_ms": MONTH.plus(1).until_ms}, "it outlasted the month after"),
        ({"new_s": 41}, "its lines do not add up to 41 s"),
        ({"line_count": 5}, "4 lines are kept, it ended with 5"),
        ({"head": "0" * 64}, "its chain breaks at line 3 or before"),
    ],
)
def test_finds_an_altered_end(change: dict[str, Any], fault: str) -> None:
    sound = session()

    assert fault in faults_of(replace(sound, closing=replace(sound.closing, **change)), MONTH)


@pytest.mark.parametrize("change", [{"digest": "0" * 64}, {"line_count": 3}, {"new_s": 41}])
def test_finds_another_session_s_seal(change: dict[str, Any]) -> None:
    sound = session()
    assert sound.seal is not None

    faults = list(faults_of(replace(sound, seal=replace(sound.seal, **change)), MONTH))

    assert faults == ["its seal is not that of its chain"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("|header|", "|footer|"),
        ("|seg|", "|sag|"),
        ("|30000|", "|+30000|"),
        ("|30000|", "|030000|"),
        ("|30000|", "|3e4|"),
        ("arc1|", "arc2|"),
        ("|bye|", "|bye|0|"),
        ("trk1|", "trk2|"),
        ("\ntrk1|", "\n\ntrk1|"),
        ("|seal|", "|seal|1|"),
    ],
)
def test_refuses_text_that_nobody_wrote(old: str, new: str) -> None:
    text = session().text()
    assert old in text

    with pytest.raises(MalformedBlockError):
        list(read_sessions(text.replace(old, new, 1)))


@pytest.mark.parametrize("count", range(1, 5))
def test_refuses_a_session_cut_short(count: int) -> None:
    text = "".join(session().text().splitlines(keepends=True)[:count])

    with pytest.raises(MalformedBlockError):
        list(read_sessions(text))


def test_counts_the_lines_of_the_month_after() -> None:
    over_midnight = session(opened_ms=MONTH.until_ms - 10_000)

    assert count_later(over_midnight.lines, MONTH) == 2
    assert list(faults_of(over_midnight, MONTH)) == []
