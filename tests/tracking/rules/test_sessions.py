"""Sessions by example: one timeline, no slack, checks that follow, and late claims."""

import pytest

from tests.tracking.rules.ada import LESSON, OTHER_LESSON, Ada
from tests.tracking.rules.said import NOON_MS, Said
from tracking.rules import crediting, sessions
from tracking.rules.chain import LineKind
from tracking.rules.refusals import Sealed, SessionEnded, Superseded
from tracking.rules.runs import mask_of_run, runs_of_mask
from tracking.rules.viewing import EndReason, MissedCheck, Policy, SeenSeconds, effective_coverage


@pytest.fixture
def ada() -> Ada:
    ada = Ada()
    ada.open()
    return ada


def test_c6_second_device_takes_the_timeline_over(ada: Ada) -> None:
    ada.beat((0, 10), wait_s=10)
    ada.now_ms += 10_000

    opened = ada.open()

    assert opened.preempted is not None
    assert opened.preempted.session.ended_ms == opened.terms.opened_ms == ada.now_ms
    assert [line.kind for line in opened.preempted.lines] == ["seg", "end:preempt"]
    with pytest.raises(Superseded):
        crediting.beat(ada.viewing, Said(2, (), 0, "p"), now_ms=ada.now_ms, epoch=1)


def test_c6_two_lessons_at_once_earn_one_clock(ada: Ada) -> None:
    """Switching between lessons every second earns nothing a single lesson would not."""
    earned_s = 0
    for second in range(20):
        ada.open(OTHER_LESSON if second % 2 else LESSON)
        ada.now_ms += 1_000
        earned_s += ada.beat((0, 600)).added.bit_count()

    assert earned_s == 20


def test_c7_stale_epoch_is_refused_after_resume(ada: Ada) -> None:
    ada.beat((0, 15), wait_s=15)

    assert sessions.resume(ada.viewing, "s1") == 1

    with pytest.raises(Superseded):
        crediting.beat(ada.viewing, Said(2, (), 0, "p"), now_ms=ada.now_ms, epoch=1)


def test_resume_of_another_session_is_refused(ada: Ada) -> None:
    with pytest.raises(SessionEnded):
        sessions.resume(ada.viewing, "s0")


def test_c9_opening_anew_collects_no_slack(ada: Ada) -> None:
    for _ in range(50):
        ada.open()
        ada.beat((0, 600))

    assert ada.confirmed == []


def test_c9_check_follows_into_the_next_session() -> None:
    ada = Ada(next_check_s=20)
    ada.open()
    ada.beat((0, 20), wait_s=20)
    ada.now_ms += 1_000

    opened = ada.open(OTHER_LESSON)

    assert opened.is_check_reissued
    assert [line.kind for line in opened.lines] == ["open", "chk"]
    assert ada.viewing.live.check_ms == ada.now_ms


def test_f9_session_opened_after_a_step_back_does_not_overlap(ada: Ada) -> None:
    ada.beat((0, 15), wait_s=15)
    ada.now_ms -= 3_600_000

    opened = ada.open()

    assert opened.terms.opened_ms == NOON_MS + 15_000


def test_first_check_is_drawn_when_a_session_first_demands_checks() -> None:
    ada = Ada()
    ada.open()
    ada.beat((0, 100), wait_s=100)
    opening = sessions.Opening("s9", OTHER_LESSON, 600, Policy(), SeenSeconds(), b"header")

    sessions.open_session(ada.viewing, opening, now_ms=ada.now_ms, draw=lambda: 45)

    assert (ada.viewing.live.since_pass_s, ada.viewing.live.next_check_s) == (0, 45)


def test_running_check_counter_is_not_drawn_again() -> None:
    ada = Ada(next_check_s=45)
    ada.open()
    ada.beat((0, 30), wait_s=30)
    opening = sessions.Opening("s9", OTHER_LESSON, 600, Policy(), SeenSeconds(), b"header")

    sessions.open_session(ada.viewing, opening, now_ms=ada.now_ms, draw=lambda: 700)

    assert (ada.viewing.live.since_pass_s, ada.viewing.live.next_check_s) == (30, 45)


def test_bye_credits_and_ends(ada: Ada) -> None:
    farewell = sessions.bye(ada.viewing, Said(1, ((0, 15),), 15_000, "p"), now_ms=NOON_MS + 15_000, epoch=1)

    assert runs_of_mask(farewell.beat.added) == [(0, 15)]
    assert [line.kind for line in farewell.ended.lines] == ["seg", LineKind.END_BYE]
    assert not ada.viewing.live.is_attached
    with pytest.raises(Superseded):
        ada.beat((0, 15))
    with pytest.raises(SessionEnded):
        sessions.end(ada.viewing, now_ms=ada.now_ms, reason=EndReason.TIMEOUT)


def test_flush_spends_only_what_the_session_had_left(ada: Ada) -> None:
    ada.beat((0, 5), wait_s=10)
    ended = sessions.end(ada.viewing, now_ms=ada.now_ms + 2_000, reason=EndReason.TIMEOUT)
    live, session, seen = ada.viewing.live, ended.session, ended.seen

    first = sessions.flush(live, session, seen, [(0, 20)])
    second = sessions.flush(live, session, seen, [(0, 20)])

    assert runs_of_mask(first.added) == [(5, 12)]
    assert [line.kind for line in first.lines] == [LineKind.LATE]
    assert (second.added, runs_of_mask(second.deferred)) == (0, [(12, 20)])
    assert live.since_pass_s == 12


@pytest.mark.parametrize("reason", ["sealed", "rewind"])
def test_flush_is_refused(reason: str) -> None:
    missed_check = MissedCheck.REWIND if reason == "rewind" else MissedCheck.HOLD
    ada = Ada(policy=Policy(missed_check=missed_check))
    ada.open()
    ended = sessions.end(ada.viewing, now_ms=ada.now_ms + 60_000, reason=EndReason.TIMEOUT)
    ended.session.is_sealed = reason == "sealed"

    with pytest.raises(Sealed):
        sessions.flush(ada.viewing.live, ended.session, ended.seen, [(0, 20)])


@pytest.mark.parametrize(
    ("missed_check", "held"),
    [
        (MissedCheck.HOLD, SeenSeconds(mask_of_run(0, 15), 0)),
        (MissedCheck.REWIND, SeenSeconds(0, mask_of_run(0, 15))),
    ],
)
def test_coverage_is_whole_again_from_the_live_row(missed_check: MissedCheck, held: SeenSeconds) -> None:
    """A beat writes no coverage row; the open segment stands in for it after a crash."""
    ada = Ada(policy=Policy(missed_check=missed_check))
    opened = ada.open()
    assert ada.beat((0, 15), wait_s=15, state="i").lines == []

    assert effective_coverage(ada.viewing.live.copy(), opened.terms, SeenSeconds()) == held
