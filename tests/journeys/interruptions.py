"""The journeys of test_interruptions, one function each: what comes between a learner and a lecture.

Each returns what it found; what the server holds after it is looked at by the test.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.journeys.chromium import Chromium
from tests.journeys.gate import Gate
from tests.journeys.viewers import ATTENTIVE, CREDITED_S, PARTED, Seat, Viewer

IS_FULL = os.environ.get("HOURBOOK_JOURNEYS") == "full"
#: The server gives up on a player that says nothing for 50 s; a shorter sleep would prove less.
SLEEP_S = 600 if IS_FULL else 55
OFFLINE_S = 180 if IS_FULL else 30
#: How long those who are asked often have to answer.
ANSWER_S = 15


class Journey:
    """What one journey has: its learner, browsers on profiles of its own, and gates to be shut."""

    def __init__(self, viewer: Viewer, path: str, folder: Path) -> None:
        self.viewer, self._path, self._folder = viewer, path, folder / viewer.name
        self._browsers: list[Chromium] = []

    def browser(self, profile: str = "first", gate: Gate | None = None) -> Chromium:
        chromium = Chromium(self._path, self._folder / profile, proxy_port=gate.port if gate else None)
        self._browsers.append(chromium)
        return chromium

    def seat(self, browser: Chromium | None = None, *, is_attentive: bool = True) -> Seat:
        """Sign in and sit down before the lecture."""
        tab = (browser or self.browser()).start()
        self.viewer.sign_in(tab)
        seat = Seat(self.viewer, tab)
        seat.open(is_attentive=is_attentive)
        return seat

    def end(self) -> None:
        for one in self._browsers:
            one.kill()


def hidden_tab(journey: Journey) -> dict[str, Any]:
    browser = journey.browser()
    seat = journey.seat(browser)
    seat.play()
    seat.wait_position(6)
    other = browser.new_tab()
    hidden = seat.wait_state("hidden")
    stood_s = seat.position_s
    time.sleep(8)
    found = {"state": hidden, "moved_s": seat.position_s - stood_s, "in_time": seat.credited_s <= stood_s + 1}
    other.close()
    seat.wait_state("playing")
    seat.finish()
    return found


def two_tabs(journey: Journey) -> dict[str, Any]:
    browser = journey.browser()
    first = journey.seat(browser)
    first.play()
    first.wait_position(6)
    second = Seat(journey.viewer, browser.new_tab())
    second.open()
    second.play()
    taken = first.wait_state("taken")
    second.wait_position(12)
    first.tab.front()
    first.click("[data-take]")
    first.wait_state("playing")
    found = {"first": taken, "second": second.wait_state("taken")}
    first.finish()
    return found


def take_over(journey: Journey) -> dict[str, Any]:
    first = journey.seat(journey.browser("computer"))
    second = journey.seat(journey.browser("other"))
    first.play()
    first.wait_position(6)
    second.click("[data-play]")
    second.wait_state("taken")
    found = {"asked": second.text("[data-fill=taken]"), "was_playing": first.wait_state("playing")}
    second.click("[data-take]")
    second.wait_state("playing")
    first.wait_state("taken")
    second.wait_position(12)
    first.click("[data-take]")
    first.wait_state("playing")
    first.finish()
    return found | {"second": second.wait_state("taken")}


def sleep(journey: Journey) -> dict[str, Any]:
    browser = journey.browser()
    seat = journey.seat(browser)
    seat.play()
    seat.wait_position(8)
    browser.sleep(SLEEP_S)
    seat.finish()
    return {}


def offline(journey: Journey) -> dict[str, Any]:
    with Gate(journey.viewer.site.port) as gate:
        seat = journey.seat(journey.browser(gate=gate))
        seat.play()
        seat.wait_position(4)
        gate.shut()
        state = seat.wait_state("offline-playing", "offline")
        credited_s = seat.credited_s
        time.sleep(OFFLINE_S)
        found = {"state": state, "credited_offline_s": seat.credited_s - credited_s}
        gate.open()
        seat.finish()
        return found


def crash(journey: Journey) -> dict[str, Any]:
    browser = journey.browser()
    seat = journey.seat(browser)
    seat.play()
    seat.wait_credited(13)
    seat.wait_position(18)
    browser.kill()
    # A browser writes its cookies down every half minute: a young login dies with it, the seconds do not.
    again = journey.seat(browser)
    again.wait_credited(13)
    # The page knows where it was; what was kept on disk moves it on once the server has judged it.
    again.wait_in_place()
    found = {"resumed_s": again.position_s, "credited_s": again.credited_s}
    again.play()
    again.finish()
    return found


def no_sockets(journey: Journey) -> dict[str, Any]:
    with Gate(journey.viewer.site.port, shuts_sockets=True) as gate:
        seat = journey.seat(journey.browser(gate=gate))
        seat.play()
        seat.finish()
        return {"refused": gate.refused_sockets}


def keyboard(journey: Journey) -> dict[str, Any]:
    """Play and answer without a pointer, by what a screen reader reads out."""
    seat = journey.seat(is_attentive=False)
    seat.tab.ask("document.querySelector('[data-play]').focus()")
    seat.tab.press(" ", 32, " ")
    spoken: list[str] = []
    focus: list[list[bool]] = []
    # A check may come with the last seconds, and is asked after them.
    is_over = f"({CREDITED_S} >= {journey.viewer.length_s} && {PARTED})"
    while True:
        seat.tab.wait(f"{IS_ASKED} || {is_over}", within_s=90)
        if not seat.tab.ask(IS_ASKED):
            break
        spoken.append(seat.tab.spoken("alertdialog"))
        led = seat.tab.ask(f"Boolean({FOCUSED}?.closest('[data-veil=check]'))")
        while seat.tab.ask(f"{FOCUSED}.textContent.trim()") not in [*journey.viewer.right_answers, "我在学习"]:
            seat.tab.press("Tab", 9)
        seat.tab.press("Enter", 13, "\r")
        seat.tab.wait(f"!({IS_ASKED})", within_s=15)
        focus.append([led, seat.tab.ask(f"{FOCUSED} === document.querySelector('[data-play]')")])
    seat.finish()
    return {"spoken": spoken, "focus": focus}


def missed(journey: Journey) -> dict[str, Any]:
    seat = journey.seat(is_attentive=False)
    seat.play()
    seat.wait_state("check", within_s=90)
    credited_s = seat.credited_s
    seat.wait_state("missed", within_s=ANSWER_S + 30)
    missed_s, stood_s = seat.credited_s, seat.position_s
    said = seat.text("[data-fill=missed]")
    time.sleep(3)
    found = {"lost_s": credited_s - missed_s, "said": said, "moved_s": seat.position_s - stood_s}
    seat.tab.ask(ATTENTIVE)
    seat.click("[data-go-on]")
    seat.wait_state("playing", within_s=15)
    seat.finish()
    return found | {"saved": missed_s}


IS_ASKED = "document.querySelector('main').dataset.state === 'check'"
FOCUSED = "document.activeElement"
JOURNEYS: dict[str, Callable[[Journey], dict[str, Any]]] = {
    "sleeper": sleep, "missed": missed, "crash": crash, "offline": offline, "hidden": hidden_tab,
    "takeover": take_over, "tabs": two_tabs, "keyboard": keyboard, "sockets": no_sockets,
}  # fmt: skip
