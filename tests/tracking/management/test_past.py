"""Sessions gone by: what the rule would have written, with chains that hold."""

import random
import uuid

from tests.factories.tracking import NOON_MS
from tracking.management.load import past
from tracking.rules.chain import LineKind, SessionHeader, first_broken_index, header_head
from tracking.rules.runs import decode_runs, mask_of_run

PLAYED = past.played(random.Random(3))  # noqa: S311 -- no secret


def test_played_covers_the_lesson_in_no_less_than_its_time() -> None:
    assert PLAYED.seen.confirmed == mask_of_run(0, past.LESSON_S)
    assert decode_runs(past.runs_of(PLAYED)) == PLAYED.seen.confirmed
    assert PLAYED.lasted_ms >= past.LESSON_S * 1_000
    assert sum(line.new_s for line in PLAYED.lines if line.kind is LineKind.SEGMENT) == past.LESSON_S


def test_played_writes_as_many_lines_as_an_hour_of_life() -> None:
    assert 18 <= len(PLAYED.lines) <= 30


def test_stamped_moves_the_session_and_gives_it_a_chain_that_holds() -> None:
    key = uuid.UUID(int=5, version=4)
    header = SessionHeader(str(key), "commitment", "media", past.LESSON_S, "policy", "version")

    one = past.stamped(PLAYED, header, key, opened_ms=NOON_MS, media_key=77)

    assert (one.lines[0].start_ms, one.lines[0].from_s) == (NOON_MS, 77)
    assert one.lines[-1].end_ms == NOON_MS + PLAYED.lasted_ms
    assert one.header_digest == header_head(header).hex()
    assert first_broken_index(header_head(header), one.lines, last_head=one.head) is None
