"""The crediting rule by example: each cheat and fault of the specification, by its number."""

from typing import Any

import pytest

from tests.tracking.rules.ada import Ada
from tests.tracking.rules.said import NOON_MS, Said
from tracking.rules import crediting
from tracking.rules.crediting import ProvisionalFate
from tracking.rules.refusals import BadRange, BadRuns, NoCheck
from tracking.rules.runs import runs_of_mask
from tracking.rules.viewing import MissedCheck, Policy


@pytest.fixture
def ada() -> Ada:
    ada = Ada()
    ada.open()
    return ada


def test_beat_credits_what_was_watched_in_real_time(ada: Ada) -> None:
    ada.beat(wait_s=1, played_s=0)
    result = ada.beat((0, 15), wait_s=15, played_s=15)

    assert ada.confirmed == [(0, 15)]
    assert (result.deferred, result.lines) == (0, [])


def test_c1_invented_seconds_cost_real_time(ada: Ada) -> None:
    """A day in one beat earns the fifteen seconds that have passed."""
    result = ada.beat((0, 600), wait_s=15)

    assert ada.confirmed == [(0, 15)]
    assert runs_of_mask(result.deferred) == [(15, 600)]


def test_c1_ten_times_as_many_beats_earn_no_more(ada: Ada) -> None:
    for _ in range(100):
        ada.now_ms += 150
        ada.beat((0, 600))

    assert ada.confirmed == [(0, 15)]


def test_c2_double_speed_defers_half(ada: Ada) -> None:
    ada.beat((0, 30), wait_s=15)

    assert ada.confirmed == [(0, 15)]


def test_c2_policy_may_allow_a_higher_rate() -> None:
    ada = Ada(policy=Policy(rate_percent=200))
    ada.open()

    ada.beat((0, 30), wait_s=15, played_s=15)

    assert ada.confirmed == [(0, 30)]


def test_c3_seek_to_the_end_covers_only_what_played(ada: Ada) -> None:
    ada.beat((0, 1), (599, 600), wait_s=15)

    assert ada.confirmed == [(0, 1), (599, 600)]


@pytest.mark.parametrize("sequence", [1, 0], ids=["repeated", "overtaken"])
def test_c7_old_beat_is_acknowledged_again_and_changes_nothing(ada: Ada, sequence: int) -> None:
    ada.beat((0, 15), wait_s=15)
    before = ada.viewing.live.copy()

    result = crediting.beat(ada.viewing, Said(sequence, ((15, 30),), 30_000, "p"), now_ms=NOON_MS + 60_000, epoch=1)

    assert (result.is_repeat, result.sequence, result.added) == (True, 1, 0)
    assert ada.viewing.live == before


def test_c8_claimed_play_time_can_only_lower_credit(ada: Ada) -> None:
    ada.beat((0, 600), wait_s=15, played_s=4)

    assert ada.confirmed == [(0, 6)]


def test_c10_hoarded_time_is_capped(ada: Ada) -> None:
    ada.beat((0, 600), wait_s=3_600)

    assert ada.confirmed == [(0, 300)]


@pytest.mark.parametrize(
    ("claims", "refusal"),
    [(((0, 601),), BadRange), (((9, 3),), BadRange), (((0, 1),) * 17, BadRuns)],
    ids=["beyond_the_end", "reversed", "too_many"],
)
def test_c11_forged_claims_change_nothing(ada: Ada, claims: Any, refusal: type[Exception]) -> None:
    before = ada.viewing.live.copy()

    with pytest.raises(refusal):
        ada.beat(*claims, wait_s=15)

    assert ada.viewing.live == before
    assert ada.confirmed == []


def test_f2_long_outage_is_claimed_in_one_beat(ada: Ada) -> None:
    ada.beat((0, 240), wait_s=240, played_s=240)

    assert ada.confirmed == [(0, 240)]


def test_f9_clock_stepping_back_earns_nothing_twice(ada: Ada) -> None:
    ada.beat((0, 600), wait_s=15)
    ada.now_ms -= 10_000

    ada.beat((0, 600), wait_s=10)

    assert ada.confirmed == [(0, 15)]


def test_deferred_seconds_are_granted_later(ada: Ada) -> None:
    """A beat that came a moment early loses nothing."""
    ada.now_ms -= 400
    first = ada.beat((0, 15), wait_s=15, played_s=15)
    second = ada.beat((14, 30), wait_s=15, played_s=30)

    assert runs_of_mask(first.deferred) == [(14, 15)]
    assert runs_of_mask(second.deferred) == [(29, 30)]
    assert ada.confirmed == [(0, 29)]


def test_seconds_held_already_cost_nothing(ada: Ada) -> None:
    ada.beat((0, 10), wait_s=10)

    ada.beat((0, 20), wait_s=10)

    assert ada.confirmed == [(0, 20)]


def test_segments_close_when_playing_stops(ada: Ada) -> None:
    ada.beat((0, 15), wait_s=15)
    ada.beat((15, 30), wait_s=15)
    result = ada.beat((30, 35), wait_s=5, state="i")

    # The first change, from idle to playing, closed the first segment.
    assert [line.kind for line in result.lines] == ["seg"]
    assert (result.lines[0].from_s, result.lines[0].to_s, result.lines[0].new_s) == (15, 35, 20)


def test_presence_stops_credit_a_minute_after_the_check_fell_due() -> None:
    ada = Ada(next_check_s=20)
    ada.open()

    issued = [ada.beat((0, 600), wait_s=10).is_check_issued for _ in range(20)]

    assert issued.index(True) == 1
    assert sum(issued) == 1
    assert ada.confirmed == [(0, 80)]


def test_right_answer_frees_what_was_deferred() -> None:
    ada = Ada(next_check_s=20)
    ada.open()
    ada.beat((0, 90), wait_s=90)

    result = ada.answer(is_right=True, next_check_s=50)
    ada.beat((0, 90))

    assert result.fate is ProvisionalFate.CONFIRMED
    assert ada.confirmed == [(0, 90)]
    assert (ada.viewing.live.check_ms, ada.viewing.live.next_check_s) == (None, 50)


def test_wrong_answer_brings_a_new_check_with_the_next_beat() -> None:
    ada = Ada(next_check_s=20)
    ada.open()
    ada.beat((0, 20), wait_s=20)

    ada.answer(is_right=False)

    assert ada.viewing.live.check_ms is None
    assert ada.beat(wait_s=1).is_check_issued


def test_missed_check_under_hold_takes_nothing_away() -> None:
    ada = Ada(next_check_s=20)
    ada.open()
    ada.beat((0, 30), wait_s=30)

    result = ada.miss()

    assert ada.confirmed == [(0, 30)]
    assert ada.viewing.live.is_check_missed
    assert [line.kind for line in result.lines] == ["miss"]
    assert ada.answer(is_right=True).fate is ProvisionalFate.CONFIRMED


def test_missed_check_under_rewind_voids_back_to_the_last_pass() -> None:
    ada = Ada(policy=Policy(missed_check=MissedCheck.REWIND), next_check_s=20)
    ada.open()
    ada.beat((0, 20), wait_s=20)
    ada.answer(is_right=True, next_check_s=20)
    ada.beat((20, 40), wait_s=20)

    result = ada.miss()

    assert result.fate is ProvisionalFate.VOIDED
    assert ada.confirmed == [(0, 20)]
    assert ada.viewing.seen.provisional == 0
    assert ada.beat((20, 30), wait_s=10).is_check_issued


@pytest.mark.parametrize("verb", ["answer", "miss"])
def test_check_that_is_not_open_cannot_be_closed(ada: Ada, verb: str) -> None:
    with pytest.raises(NoCheck):
        ada.answer(is_right=True) if verb == "answer" else ada.miss()
