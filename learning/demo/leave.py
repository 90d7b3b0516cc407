"""One learner's leave: three months of it granted by two officers, two more waiting to be checked."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings

from learning.actions import waivers
from learning.actions.enrolments import local_year
from learning.models import Person
from learning.rules.waivers import Absence, Ground

#: How many days ago each act was, when the year is old enough; the oldest leaves it a tenth of what there is.
ASKED, CHECKED, GRANTED, WAITS = 20, 18, 17, 2
OLDEST = ASKED / 0.9


def build_leave(now: dt.datetime) -> None:
    """Ask, check and grant as the people of the demo would."""
    year = local_year(now)
    new_year = dt.datetime(year, 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE))
    day = min(dt.timedelta(days=1), (now - new_year) / OLDEST)
    learner = Person.objects.get(email="learner4@demo.test")
    first, second = (Person.objects.get(email=f"{name}@demo.test") for name in ("bureau", "bureau2"))
    granted = waivers.Asked(
        Absence(Ground.PARENTAL, dt.date(year, 3, 1), dt.date(year, 5, 31)), "汴建院人〔示例〕12号 育儿假审批表"
    )
    asked = waivers.ask(person=learner, year=year, asked=granted, now=now - ASKED * day)
    waivers.check(asked=asked, by=first, reason_text="已核对原件。", now=now - CHECKED * day, seen=0)
    waivers.grant(asked=asked, by=second, now=now - GRANTED * day, seen=1)
    waiting = waivers.Asked(
        Absence(Ground.AID_MISSION, dt.date(year, 8, 20), dt.date(year, 10, 25)),
        "汴人社函〔示例〕31号 援疆派遣函",
        "十月二十五日返回，派遣函原件可随时核验。",
    )
    waivers.ask(person=learner, year=year, asked=waiting, now=now - WAITS * day)
