from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracking.rules.chain import LedgerLine, LineKind
from tracking.rules.runs import mask_of_run
from tracking.rules.timeline import StretchKind, story_of

KEY = "00000000-0000-4000-8000-000000000000"


def segment(start_ms: int, end_ms: int, from_s: int, to_s: int, new_s: int) -> LedgerLine:
    return LedgerLine(KEY, 1, LineKind.SEGMENT, start_ms, end_ms, end_ms - start_ms, from_s, to_s, new_s, 0, 0, 1)


def test_story_of_plain_watching() -> None:
    story, mask = story_of([segment(0, 60_000, 0, 60, 60)], opened_ms=0, ended_ms=60_000, seen=0)

    assert [(part.kind, part.start_ms, part.end_ms) for part in story.stretches] == [(StretchKind.CREDITED, 0, 60_000)]
    assert (story.open_s, story.still_s, story.shown_again_s, story.credited_s) == (60, 0, 0, 60)
    assert mask == mask_of_run(0, 60)


def test_story_puts_the_lost_time_before_what_was_played_after_it() -> None:
    # A minute and a half of server time, of which half a minute was played: the rest came first.
    lines = [segment(0, 30_000, 0, 30, 30), segment(30_000, 120_000, 30, 60, 30)]

    story, _mask = story_of(lines, opened_ms=0, ended_ms=120_000, seen=0)

    assert [(part.kind, part.start_ms, part.end_ms) for part in story.stretches] == [
        (StretchKind.CREDITED, 0, 30_000),
        (StretchKind.STILL, 30_000, 90_000),
        (StretchKind.CREDITED, 90_000, 120_000),
    ]


def test_story_tells_watching_again_from_what_was_held_before() -> None:
    story, _mask = story_of([segment(0, 30_000, 0, 30, 10)], opened_ms=0, ended_ms=30_000, seen=mask_of_run(5, 25))

    assert [(part.kind, part.from_s, part.to_s) for part in story.stretches] == [
        (StretchKind.CREDITED, 0, 5),
        (StretchKind.AGAIN, 5, 25),
        (StretchKind.CREDITED, 25, 30),
    ]
    assert (story.still_s, story.shown_again_s, story.credited_s) == (0, 20, 10)


def test_story_counts_late_claims_as_credited() -> None:
    late = LedgerLine(KEY, 2, LineKind.LATE, 40_000, 40_000, 0, 10, 20, 10)

    story, mask = story_of([segment(0, 10_000, 0, 10, 10), late], opened_ms=0, ended_ms=40_000, seen=0)

    assert (story.credited_s, story.late_s, story.still_s) == (20, 10, 20)
    assert mask == mask_of_run(0, 20)


def test_story_of_watching_again_at_double_speed_never_shows_more_time_than_passed() -> None:
    story, _mask = story_of([segment(0, 30_000, 0, 60, 0)], opened_ms=0, ended_ms=30_000, seen=mask_of_run(0, 60))

    assert (story.open_s, story.still_s, story.shown_again_s, story.credited_s) == (30, 0, 30, 0)


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 15), st.integers(0, 40)), max_size=12))
def test_subtraction_is_always_exact(beats: list[tuple[int, int, int]]) -> None:
    now_ms, seen, lines = 0, 0, []
    for pause_ms, length_s, from_s in beats:
        start_ms, now_ms = now_ms, now_ms + pause_ms + length_s * 1_000
        run = mask_of_run(from_s, from_s + length_s)
        lines.append(segment(start_ms, now_ms, from_s, from_s + length_s, (run & ~seen).bit_count()))
        seen |= run

    story, mask = story_of(lines, opened_ms=0, ended_ms=now_ms, seen=0)

    assert story.open_s - story.still_s - story.shown_again_s == story.credited_s == mask.bit_count()
    assert sum(part.end_ms - part.start_ms for part in story.stretches) == now_ms
