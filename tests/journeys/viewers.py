"""Learners of a journey's own, what they do in a lecture, and what the server holds of them after.

Knows the demo's data and the player's marks; nothing of browsers' inner workings.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.journeys.chromium import Tab
from tests.journeys.conftest import DemoSite
from tests.journeys.walk import told

#: Courses of the demo, by the length of their first lectures: forty seconds and twenty.
COURSE, SHORT_COURSE, NUMBER = "capacity-building", "regional-economy", 1
LECTURE_WITHIN_S = 180

#: Learners who stand as learner2 does, each with a place in the course and the presence checks asked for.
CAST = """
import json
from datetime import UTC, datetime, time
from learning.actions import enrolments, rule_sets
from learning.models import Edition, Enrolment, Person, Region, RuleSet
from learning.models.clock import database_now
model = Person.objects.get(email="learner2@demo.test")
answer = {{}}
for level, asking, courses in {castings!r}:
    places = []
    for name, course in courses.items():
        edition = Edition.objects.current().get(course_key=course)
        lesson = edition.lessons.get(number={number})
        right = [row["options_zh"][row["right"]] for row in lesson.check_questions]
        answer[name] = [course, lesson.duration_s, right]
        person = Person(
            email=f"{{name}}@demo.test", full_name=name, password=model.password, region=model.region,
            title_level=model.title_level, promotion_track=model.promotion_track,
        )
        person.save()
        places.append(enrolments.enrol(person=person, edition=edition, now=database_now()))
    rule = places[0].requirement
    # The same rule but for the checks, of a region where nobody lives: it binds nobody but these.
    now, nowhere = database_now(), Region.objects.get_or_create(code="990000", defaults={{"name_en": "Nowhere"}})[0]
    held = RuleSet.objects.filter(region=nowhere, year=rule.year)
    rules = RuleSet.objects.create(
        region=nowhere, year=rule.year, version=held.count() + 1, effective_on=rule.issued_on, source=rule.source
    )
    rule.pk, rule.rule_set, rule.region, rule.version = None, rules, nowhere, rules.version
    rule.title_level, rule.has_presence_checks = level, True
    for field, value in asking.items():
        setattr(rule, field, value)
    rule.save(force_insert=True)
    rule_sets.lay(rule_set=rules, at=datetime.combine(rule.issued_on, time.min, UTC), now=now)
    Enrolment.objects.filter(pk__in=[place.pk for place in places]).update(requirement=rule)
print(json.dumps(answer))
"""

HELD = """
import json
import time
from django.db.models import Sum
from tracking.models import Coverage, ViewingEntry, ViewingSession
def held(email):
    sessions = ViewingSession.objects.filter(person__email=email)
    lines = ViewingEntry.objects.filter(session__in=sessions)
    return {{
        "covered_s": sum(row.covered_s for row in Coverage.objects.filter(enrolment__person__email=email)),
        "ledger_s": lines.filter(kind__in=["seg", "late"]).aggregate(sum=Sum("new_s"))["sum"] or 0,
        "kinds": sorted(set(lines.values_list("kind", flat=True))),
        "sessions": sessions.count(),
        "devices": len(set(sessions.values_list("device", flat=True))),
    }}
print(json.dumps({{name: held(f"{{name}}@demo.test") for name in {names!r}}}))
"""


@dataclass(frozen=True, slots=True)
class Viewer:
    """One learner of a journey."""

    site: DemoSite
    name: str
    course: str
    length_s: int
    right_answers: list[str]

    @property
    def email(self) -> str:
        return f"{self.name}@demo.test"

    def sign_in(self, tab: Tab) -> None:
        """Sign in, unless a killed browser wrote its cookies down in time: then this one is let in at once."""
        tab.go(f"{self.site.url}/accounts/login/", leads_to=self.site.url)
        if "/accounts/login/" not in tab.ask("location.pathname"):
            return
        tab.ask(
            f"""document.querySelector("input[name=login]").value = {json.dumps(self.email)};
            document.querySelector("input[name=password]").value = "hourbook-demo";
            document.querySelector("input[name=password]").form.requestSubmit()"""
        )
        tab.wait("!location.pathname.includes('/accounts/login/') && document.readyState === 'complete'")


class Asking(NamedTuple):
    """What learners are asked to show that they are there; `level` keeps two askings apart.

    `courses` names the learners, and what each of them watches.
    """

    level: str
    courses: dict[str, str]
    min_s: int = 30
    max_s: int = 60
    answer_s: int = 60
    asks_content: bool = False

    @property
    def facts(self) -> dict[str, int]:
        """Return it as the columns of a requirement."""
        return {
            "check_min_s": self.min_s,
            "check_max_s": self.max_s,
            "check_answer_s": self.answer_s,
            "asks_content_questions": self.asks_content,
        }


def cast(site: DemoSite, *askings: Asking) -> dict[str, Viewer]:
    """Give learners a place in their course, and return them by name."""
    castings = [(asking.level, asking.facts, asking.courses) for asking in askings]
    answer = told(site, CAST.format(castings=castings, number=NUMBER))
    return {name: Viewer(site, name, *facts) for name, facts in answer.items()}


def held(site: DemoSite, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what the server holds of each of these learners."""
    answer: dict[str, dict[str, Any]] = told(site, HELD.format(names=list(names)))
    return answer


#: Somebody who is there: presses "I'm here" within a second.
ATTENTIVE = """setInterval(() =>
    document.querySelector("[data-veil=check]:not([hidden]) [data-check-acts] button")?.click(), 1000)"""

#: The player has said good-bye, as it does after the end when nobody is asked anything.
PARTED = "document.querySelector('[data-line=link]').dataset.link === 'down'"
CREDITED_S = """document.querySelector(".receipt [data-credited]").textContent
    .split(":").reduce((sum, part) => sum * 60 + Number(part), 0)"""


class Seat:
    """A learner before a lecture, in one page."""

    def __init__(self, viewer: Viewer, tab: Tab) -> None:
        self.viewer, self.tab = viewer, tab

    def open(self, *, is_attentive: bool = True) -> None:
        self.tab.go(f"{self.viewer.site.url}/learn/{self.viewer.course}/{NUMBER}/")
        self.tab.wait("!document.querySelector('[data-controls]').hidden")
        if is_attentive:
            self.tab.ask(ATTENTIVE)

    def play(self) -> None:
        self.click("[data-play]")
        self.wait_state("playing")

    def click(self, mark: str) -> None:
        self.tab.ask(f"document.querySelector({json.dumps(mark)}).click()")

    def wait_state(self, *states: str, within_s: float = 60) -> str:
        found: str = self.tab.wait(
            f"{json.dumps(states)}.find((state) => state === document.querySelector('main').dataset.state)",
            within_s=within_s,
        )
        return found

    def wait_position(self, seconds: float, *, within_s: float = 120) -> None:
        self.tab.wait(f"document.querySelector('video').currentTime >= {seconds}", within_s=within_s)

    def wait_credited(self, seconds: int, *, within_s: float = LECTURE_WITHIN_S) -> None:
        """Wait until the page, which shows the server's word only, shows so many seconds."""
        self.tab.wait(f"{CREDITED_S} >= {seconds}", within_s=within_s)

    def wait_in_place(self) -> None:
        """Wait until the video stands where the credited seconds end."""
        self.tab.wait(f"Math.abs(document.querySelector('video').currentTime - ({CREDITED_S})) < 1", within_s=20)

    def finish(self) -> None:
        """Wait until every second is credited, and leave the page; it says good-bye by beacon."""
        self.wait_credited(self.viewer.length_s, within_s=LECTURE_WITHIN_S + self.viewer.length_s)
        self.tab.go(f"{self.viewer.site.url}/me/profile/")
        # A beacon is sent in the browser's own time: a browser killed at once would take it along.
        time.sleep(3)

    def wait_parted(self) -> None:
        """Wait until the player has said good-bye by itself, as it does after the end."""
        self.tab.wait(PARTED)

    @property
    def credited_s(self) -> int:
        shown: int = self.tab.ask(CREDITED_S)
        return shown

    @property
    def position_s(self) -> float:
        shown: float = self.tab.ask("document.querySelector('video').currentTime")
        return shown

    def text(self, mark: str) -> str:
        shown: str = self.tab.ask(f"document.querySelector({json.dumps(mark)}).textContent")
        return shown

    def is_shown(self, mark: str) -> bool:
        return bool(self.tab.ask(f"document.querySelector({json.dumps(mark)})?.checkVisibility()"))
