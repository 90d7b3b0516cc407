"""The walk, once, end to end: from the first second of video to a certificate a stranger verifies.

Real time, real video, real sockets, on the demo as a visitor gets it.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.journeys.conftest import DemoSite, sign_in
from tests.journeys.viewers import ATTENTIVE
from tests.journeys.walk import told

pytestmark = pytest.mark.browser

COURSE = "regional-economy"
LECTURES = 3
LEARNER, AUDITOR, OFFICER = "learner3@demo.test", "auditor@demo.test", "bureau@demo.test"
NAME = "王建国"
LECTURE_TIMEOUT_MS = 90_000

ANSWERS = f"""
import json
from assessments.models import Question
bank = Question.objects.filter(course_key={COURSE!r})
print(json.dumps({{
    question.stem_zh: [choice["text_zh"] for choice in question.choices if choice["code"] in question.answer]
    for question in bank
}}))
"""

LEDGER = f"""
import json
from django.db.models import Sum
from learning.models import CreditEntry, Enrolment, Evidence
from tracking.models import Coverage, ViewingEntry
place = Enrolment.objects.get(person__email={LEARNER!r}, course_key={COURSE!r})
lessons = list(place.edition.lessons.order_by("number"))
print(json.dumps({{
    "durations_s": [lesson.duration_s for lesson in lessons],
    "covered_s": [Coverage.objects.get(enrolment=place, lesson=lesson).covered_s for lesson in lessons],
    "ledger_s": ViewingEntry.objects.filter(
        session__enrolment=place, kind__in=["seg", "late"]
    ).aggregate(sum=Sum("new_s"))["sum"],
    "watched": Evidence.objects.filter(enrolment=place, kind="watched").count(),
    "entries": list(CreditEntry.objects.filter(enrolment=place).values_list("centihours", "standing__state")),
}}))
"""


class Cable:
    """The wire between the page and the server; `cut` pulls it once, as a train tunnel would."""

    def __init__(self, page: Page) -> None:
        self.open: list[WebSocketRoute] = []
        self.count = 0
        page.route_web_socket(re.compile(r"/ws/track/"), self._lay)

    def _lay(self, from_page: WebSocketRoute) -> None:
        self.count += 1
        to_server = from_page.connect_to_server()
        self.open = [from_page, to_server]

    def cut(self) -> None:
        for end in self.open:
            end.close(code=3001, reason="cut")


def watch(page: Page, site: DemoSite, number: int, *, cut: Cable | None = None) -> None:
    """Play one lecture in real time, to its end."""
    page.goto(f"{site.url}/learn/{COURSE}/{number}/")
    page.evaluate(ATTENTIVE)
    page.locator("[data-play]").click()
    if cut is not None:
        expect(page.locator("[data-clock]")).to_have_text(re.compile(r"00:0[6-9]"), timeout=30_000)
        cut.cut()
        expect(page.locator("main")).to_have_attribute("data-state", re.compile("^offline"), timeout=20_000)
        expect(page.locator("main")).to_have_attribute("data-state", "playing", timeout=20_000)
    expect(page.locator("[data-complete]")).to_be_visible(timeout=LECTURE_TIMEOUT_MS)
    # A lecture is complete two seconds before its end; an honest learner has those as well.
    expect(page.locator("[data-credited]").first).to_have_text(re.compile("00:20"), timeout=LECTURE_TIMEOUT_MS)


def pass_the_exam(page: Page, site: DemoSite) -> None:
    """Sit the paper and answer every question rightly."""
    answers = told(site, ANSWERS)
    page.locator("[data-complete] a.btn.primary").click()
    page.get_by_role("button", name="开始考试").click()
    for _question in range(20):
        form = page.locator("form.question:visible")
        stem = form.locator("legend").evaluate("node => node.firstChild.textContent").strip()
        # Choices are lettered anew on each paper, so the right ones are known by their words.
        for text in answers[stem]:
            form.locator("label.opt").filter(has=page.get_by_text(text, exact=True)).click()
        expect(form.locator("label.opt:has(input:checked) .mark.s-live").first).to_be_visible()
        following = form.locator("button[name=go]").last
        is_last = following.get_attribute("value") == "review"
        following.click()
        if is_last:
            break
        expect(page.locator("form.question:visible legend")).not_to_contain_text(stem)
    page.get_by_role("button", name="交卷", exact=True).click()
    expect(page.locator("h1")).to_contain_text("100%")


def test_a_lecture_becomes_a_verified_certificate(page: Page, browser: Browser, demo_site: DemoSite) -> None:
    cable = Cable(page)
    sign_in(page, demo_site, LEARNER)
    page.goto(f"{demo_site.url}/courses/{COURSE}/")
    page.get_by_role("button", name="报名").click()
    page.wait_for_url(f"**/learn/{COURSE}/1/")

    watch(page, demo_site, 1, cut=cable)
    for number in range(2, LECTURES + 1):
        watch(page, demo_site, number)
    pass_the_exam(page, demo_site)

    ledger = told(demo_site, LEDGER)
    assert cable.count >= LECTURES + 1, "the wire was cut and laid again"
    assert ledger["covered_s"] == ledger["durations_s"] == [20, 20, 20]
    assert ledger["ledger_s"] == 60, "nothing was credited twice"
    assert ledger["watched"] == LECTURES
    assert ledger["entries"] == [[200, "earned"]]

    sign_in(page, demo_site, AUDITOR)
    page.goto(f"{demo_site.url}/base/kaifeng-university/audit/?q={NAME}")
    page.get_by_role("link", name=NAME).first.click()
    page.locator("form.acts button[value=approve]").click()
    expect(page.locator("main")).to_contain_text("2.0")

    sign_in(page, demo_site, OFFICER)
    page.goto(f"{demo_site.url}/bureau/confirm/?q={NAME}")
    page.locator("tr", has_text=NAME).locator("label.pick input").check()
    page.locator("button[form=queue]").click()
    page.locator("form.signing button[type=submit]").click()
    page.wait_for_url("**/bureau/confirm/receipts/**")

    sign_in(page, demo_site, LEARNER)
    page.goto(f"{demo_site.url}/me/")
    expect(page.locator("h1")).to_contain_text("合格")
    certificate = told(
        demo_site,
        "import json\nfrom learning.models import Certificate\n"
        f"row = Certificate.objects.filter(book__person__email={LEARNER!r}).latest('issued_at')\n"
        "print(json.dumps([row.serial, row.code]))",
    )
    page.goto(f"{demo_site.url}/me/certificates/{certificate[0]}/")
    expect(page.locator("main")).to_contain_text(NAME)

    stranger = browser.new_context(locale="zh-CN").new_page()
    stranger.goto(f"{demo_site.url}/verify/")
    stranger.fill("main input[name=code]", certificate[1].lower().replace("-", ""))
    stranger.press("main input[name=code]", "Enter")
    expect(stranger.locator("h1")).to_contain_text("有效")
    expect(stranger.locator("main")).not_to_contain_text(NAME)
    stranger.context.close()

    checked = demo_site.manage("verify_ledger")
    assert checked.returncode == 0, checked.stdout + checked.stderr
