"""One learner's leave: three months of it granted by two officers, two more waiting to be checked."""

import datetime as dt

from learning.actions import waivers
from learning.actions.enrolments import local_year
from learning.models import Person
from learning.rules.waivers import Absence, Ground

#: How long ago each act was, when the year is old enough.
ASKED, CHECKED, GRANTED = dt.timedelta(days=20), dt.timedelta(days=18), dt.timedelta(days=17)
WAITS = dt.timedelta(days=2)


def build_leave(now: dt.datetime) -> None:
    """Ask, check and grant as the people of the demo would."""
    year = local_year(now)
    learner = Person.objects.get(email="learner4@demo.test")
    first, second = (Person.objects.get(email=f"{name}@demo.test") for name in ("bureau", "bureau2"))
    granted = waivers.Asked(
        Absence(Ground.PARENTAL, dt.date(year, 3, 1), dt.date(year, 5, 31)), "汴建院人〔示例〕12号 育儿假审批表"
    )
    asked = waivers.ask(person=learner, year=year, asked=granted, now=now - ASKED)
    waivers.check(asked=asked, by=first, reason_text="已核对原件。", now=now - CHECKED, seen=0)
    waivers.grant(asked=asked, by=second, now=now - GRANTED, seen=1)
    waiting = waivers.Asked(
        Absence(Ground.AID_MISSION, dt.date(year, 8, 20), dt.date(year, 10, 25)),
        "汴人社函〔示例〕31号 援疆派遣函",
        "十月二十五日返回，派遣函原件可随时核验。",
    )
    waivers.ask(person=learner, year=year, asked=waiting, now=now - WAITS)
