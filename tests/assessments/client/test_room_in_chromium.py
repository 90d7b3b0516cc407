"""The exam room in a real browser: saved as chosen, kept while offline, closed at the bell."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from assessments.actions import attempts
from assessments.models import Answer, Attempt
from learning.models import Person
from learning.models.clock import database_now
from tests.factories import assessments as make
from tests.factories import clock, learning
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 -- a fixture, for `browser`

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session", autouse=True)
def _rows_beside_the_browser() -> Iterator[None]:
    """Let these tests read rows: Playwright's loop runs in their thread, and no view does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(autouse=True)
def held_clock() -> Iterator[None]:
    """Let time pass from NOON on: the bell must ring."""
    with clock.running(learning.NOON):
        yield


@pytest.fixture
def learner(bureau: object) -> Person:
    return learning.PersonFactory(full_name="阿达")


@pytest.fixture
def context(browser: Browser, learner: Person, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A browser in which the learner is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(learner.pk)
    session[BACKEND_SESSION_KEY] = "learning.access.IdentifierBackend"
    session[HASH_SESSION_KEY] = learner.get_session_auth_hash()
    session.save()
    context = browser.new_context(locale="en")
    context.add_cookies([{"name": "sessionid", "value": str(session.session_key), "url": live_server.url}])
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test on any complaint of the policy or the modules."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    yield page
    assert complaints == []


def started(learner: Person, *, ago: dt.timedelta = dt.timedelta()) -> Attempt:
    return attempts.start(enrolment=make.ready(learner), now=database_now() - ago)


def choose(page: Page, position: int, letter: str) -> None:
    page.click(f"#q{position} .opt:has(input[value={letter}])")


def until_nothing_waits(page: Page) -> None:
    """Return once the page has no unsaved answer left (asked from outside: the policy forbids eval inside)."""
    deadline = time.monotonic() + 15
    while "hourbook-exam" in page.evaluate("JSON.stringify(sessionStorage)"):
        assert time.monotonic() < deadline, "answers still wait"
        page.wait_for_timeout(100)


def saved(attempt: Attempt) -> list[tuple[int, list[str], bool]]:
    rows = Answer.objects.filter(attempt=attempt).order_by("position")
    return list(rows.values_list("position", "choices", "is_flagged"))


def test_save_each_answer_as_it_is_chosen(page: Page, learner: Person, live_server: LiveServer) -> None:
    attempt = started(learner)
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")

    choose(page, 1, "C")
    expect(page.locator("#q1 input:checked ~ .face .mark.s-live")).to_be_visible()
    page.click("#q1 [name=flag]")
    page.click("#q1 .moves .primary")
    expect(page.locator("#q2 h1")).to_be_focused()
    expect(page.locator("#saved .s-live")).to_be_visible()
    page.click("#review")
    page.wait_for_url("**/review/")

    assert saved(attempt) == [(1, ["C"], True)]


def test_keep_what_was_chosen_before_the_module_arrived(page: Page, learner: Person, live_server: LiveServer) -> None:
    attempt = started(learner)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/assessments/room*.js", hold)
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/", wait_until="commit")

    choose(page, 1, "C")
    expect(page.locator("#q1 input[value=C]")).to_be_checked()
    assert len(held) == 1, "the module is still on its way"
    held[0].continue_()
    expect(page.locator("#q1 input:checked ~ .face .mark.s-live")).to_be_visible()
    page.click("#q1 .moves .primary")
    expect(page.locator("#q2 h1")).to_be_focused()
    page.click("#review")
    page.wait_for_url("**/review/")

    assert saved(attempt) == [(1, ["C"], False)]


def test_keep_answers_through_a_lost_line_and_a_reload(
    page: Page, context: BrowserContext, learner: Person, live_server: LiveServer
) -> None:
    attempt = started(learner)
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")
    context.set_offline(True)

    choose(page, 1, "A")
    expect(page.locator("#band")).to_contain_text("Question 1 is not saved yet")
    page.click("#q1 .moves .primary")
    choose(page, 2, "D")
    expect(page.locator("#band")).to_contain_text("Questions 1, 2 are not saved yet")
    expect(page.locator("#q2 input:checked ~ .face .mark.s-off")).to_be_visible()
    assert saved(attempt) == []

    context.set_offline(False)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#saved .s-live")).to_be_visible()
    expect(page.locator("#q2 input[value=D]")).to_be_checked()
    until_nothing_waits(page)

    assert saved(attempt) == [(1, ["A"], False), (2, ["D"], False)]


def test_show_the_later_answer_of_another_device(
    page: Page, context: BrowserContext, learner: Person, live_server: LiveServer
) -> None:
    attempt = started(learner)
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")
    context.set_offline(True)
    choose(page, 1, "A")
    expect(page.locator("#band")).to_contain_text("Question 1 is not saved yet")

    now = database_now()
    gone_ms = int((now - attempt.started_at).total_seconds() * 1_000)
    attempts.save_answer(attempt=attempt, position=1, choices=["D"], is_flagged=False, revision=gone_ms, now=now)
    context.set_offline(False)

    expect(page.locator("#q1 input[value=D]")).to_be_checked()
    expect(page.locator("#announce")).to_contain_text("answered on another device")
    assert saved(attempt) == [(1, ["D"], False)]


def test_keep_the_later_choice_when_another_device_changed_it_before(
    page: Page, learner: Person, live_server: LiveServer
) -> None:
    attempt = started(learner, ago=dt.timedelta(minutes=10))
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")
    two_minutes_in_ms = 120_000
    attempts.save_answer(
        attempt=attempt, position=1, choices=["D"], is_flagged=False, revision=two_minutes_in_ms, now=database_now()
    )

    choose(page, 1, "A")
    until_nothing_waits(page)

    expect(page.locator("#q1 input[value=A]")).to_be_checked()
    assert saved(attempt) == [(1, ["A"], False)]


def test_flag_on_a_page_that_is_behind_leaves_the_answer(page: Page, learner: Person, live_server: LiveServer) -> None:
    attempt = started(learner)
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")
    attempts.save_answer(attempt=attempt, position=1, choices=["D"], is_flagged=False, revision=9, now=database_now())

    page.click("#q1 [name=flag]")

    expect(page.locator("#q1 input[value=D]")).to_be_checked()
    assert saved(attempt) == [(1, ["D"], False)]


def test_show_the_true_time_after_the_device_slept(page: Page, learner: Person, live_server: LiveServer) -> None:
    attempt = started(learner)
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")
    expect(page.locator("#timer")).to_have_text(re.compile("^29:"))

    with clock.running(learning.NOON + dt.timedelta(minutes=20)):
        # While a device sleeps its page's own clock stands still; only the date goes on.
        page.evaluate("() => { const awake = Date.now; Date.now = () => awake() + 20 * 60_000; }")

        expect(page.locator("#timer")).to_have_text(re.compile("^09:"))


def test_go_to_the_result_after_sleeping_through_the_bell(page: Page, learner: Person, live_server: LiveServer) -> None:
    attempt = started(learner)
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")
    expect(page.locator("#timer")).to_have_text(re.compile("^29:"))

    with clock.running(learning.NOON + dt.timedelta(minutes=40)):
        page.evaluate("() => { const awake = Date.now; Date.now = () => awake() + 40 * 60_000; }")

        page.wait_for_url("**/result/")


def test_hand_the_paper_in_at_the_bell(page: Page, learner: Person, live_server: LiveServer) -> None:
    attempt = started(learner, ago=dt.timedelta(minutes=29, seconds=50))
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")
    choose(page, 1, "A")

    page.wait_for_url("**/result/", timeout=30_000)

    expect(page.locator(".notice")).to_contain_text("Left blank: 2, 3, 4, 5.")
    closed = Attempt.objects.get(pk=attempt.pk)
    assert (closed.state, closed.submitted_at) == ("expired", attempt.deadline_at)


def test_work_without_scripts(
    browser: Browser, context: BrowserContext, learner: Person, live_server: LiveServer
) -> None:
    attempt = started(learner)
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state())
    page = plain.new_page()
    page.goto(f"{live_server.url}/en/exams/{attempt.enrolment_id}/take/")

    page.check("#q1 input[value=B]", force=True)
    page.click("#q1 .moves .primary")
    page.click("#q2 [name=flag]")
    page.click("#review")
    page.click("#hand-in button")
    page.wait_for_url("**/result/")
    plain.close()

    assert saved(attempt) == [(1, ["B"], False), (2, [], True)]
    assert Attempt.objects.get(pk=attempt.pk).state == "submitted"
