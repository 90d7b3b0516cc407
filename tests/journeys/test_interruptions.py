"""Everything that comes between a learner and a lecture; an honest one ends with every second.

Real browsers that are hidden, stopped, cut off and killed, a real server, real video. Each journey
has a learner of its own and they are made at the same time, since they mostly wait. Everyday they
are short; HOURBOOK_JOURNEYS=full sleeps ten minutes and stays offline for three.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.journeys import long_lecture
from tests.journeys.conftest import DemoSite, chromium_path
from tests.journeys.interruptions import ANSWER_S, IS_FULL, JOURNEYS, Journey
from tests.journeys.viewers import COURSE, SHORT_COURSE, Asking, cast, held

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AT_ONCE = 5
#: Whoever stays offline for long has a long lecture to do it in.
OFFLINE_COURSE = long_lecture.COURSE if IS_FULL else COURSE
ASKINGS = (
    Asking("intermediate", {"missed": COURSE}, min_s=7, max_s=11, answer_s=ANSWER_S),
    Asking("senior_full", {"keyboard": COURSE}, min_s=7, max_s=11, answer_s=ANSWER_S, asks_content=True),
    Asking("senior_associate", {"offline": OFFLINE_COURSE}, min_s=300, max_s=600),
    Asking(
        "junior",
        dict.fromkeys(("sleeper", "crash", "sockets"), COURSE)
        | dict.fromkeys(("hidden", "takeover", "tabs"), SHORT_COURSE),
    ),
)
Outcome = dict[str, Any]
Outcomes = Callable[[str], Outcome]


@pytest.fixture(scope="module")
def outcomes(
    demo_site: DemoSite, playwright: Playwright, browser_type_launch_args: Any, tmp_path_factory: pytest.TempPathFactory
) -> Outcomes:
    """All journeys, made; ask for one by name, and see what it found and what the server then holds."""
    if IS_FULL:
        long_lecture.publish(demo_site, COURSE)
    viewers = cast(demo_site, *ASKINGS)
    path, folder = chromium_path(playwright), tmp_path_factory.mktemp("profiles")

    def make(name: str) -> Outcome:
        journey = Journey(viewers[name], path, folder)
        try:
            return JOURNEYS[name](journey)
        finally:
            journey.end()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {name: pool.submit(make, name) for name in JOURNEYS}
    after = held(demo_site, JOURNEYS)
    return lambda name: futures[name].result() | {"length_s": viewers[name].length_s, "held": after[name]}


def _has_every_second_once(found: Outcome) -> bool:
    """Say whether the server holds all of it, the ledger adds up to it, and the page said good-bye."""
    after = found["held"]
    is_whole: bool = after["covered_s"] == after["ledger_s"] == found["length_s"]
    return is_whole and "end:bye" in after["kinds"]


def test_a_hidden_tab_pauses_and_goes_on(outcomes: Outcomes) -> None:
    found = outcomes("hidden")

    assert (found["state"], found["in_time"]) == ("hidden", True)
    assert found["moved_s"] < 0.5
    assert _has_every_second_once(found), found


def test_two_tabs_earn_one_after_the_other(outcomes: Outcomes) -> None:
    found = outcomes("tabs")

    assert (found["first"], found["second"]) == ("taken", "taken")
    assert (found["held"]["sessions"], found["held"]["devices"]) == (3, 1)
    assert _has_every_second_once(found), found


def test_a_second_browser_asks_before_it_takes_over(outcomes: Outcomes) -> None:
    found = outcomes("takeover")

    assert "Linux" in found["asked"], "the other device is named"
    assert (found["was_playing"], found["second"], found["held"]["devices"]) == ("playing", "taken", 2)
    assert _has_every_second_once(found), found


def test_a_computer_that_slept_goes_on_where_it_was(outcomes: Outcomes) -> None:
    found = outcomes("sleeper")

    assert _has_every_second_once(found), found


def test_what_is_played_offline_is_handed_in(outcomes: Outcomes) -> None:
    found = outcomes("offline")

    assert found["credited_offline_s"] == 0, "only the server credits"
    assert _has_every_second_once(found), found


def test_a_crash_costs_less_than_a_heartbeat(outcomes: Outcomes) -> None:
    found = outcomes("crash")

    assert abs(found["resumed_s"] - found["credited_s"]) < 1, "it goes on after the last acknowledged second"
    assert "late" in found["held"]["kinds"], "what was kept on disk was handed in by the next page"
    assert _has_every_second_once(found), found


def test_plain_requests_do_where_no_socket_gets_through(outcomes: Outcomes) -> None:
    found = outcomes("sockets")

    assert found["refused"] >= 2
    assert _has_every_second_once(found), found


def test_a_presence_check_is_answered_by_keyboard_alone(outcomes: Outcomes) -> None:
    found = outcomes("keyboard")

    assert len(found["spoken"]) >= 2
    assert all(
        "还在学习吗" in words and re.search(r"已计入的 \d\d:\d\d 不会减少", words) for words in found["spoken"]
    ), found
    assert found["focus"] == [[True, True]] * len(found["focus"]), "the focus is led there and given back"
    assert "ans" in found["held"]["kinds"]
    assert _has_every_second_once(found), found


def test_a_missed_check_takes_nothing_away(outcomes: Outcomes) -> None:
    found = outcomes("missed")

    assert found["lost_s"] <= 0
    assert f"00:{found['saved']:02d}" in found["said"], "the saved amount is repeated"
    assert found["moved_s"] == 0, "the lecture waits"
    assert {"miss", "ans"} <= set(found["held"]["kinds"])
    assert _has_every_second_once(found), found


def test_the_ledger_agrees_after_all_of_it(outcomes: Outcomes, demo_site: DemoSite) -> None:
    checked = demo_site.manage("verify_ledger")

    assert checked.returncode == 0, checked.stdout + checked.stderr
