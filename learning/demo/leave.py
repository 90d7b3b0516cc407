"""One learner's leave: three months of it granted by two officers, two more waiting to be checked, with a letter."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings

from learning.actions import proof_files, waivers
from learning.actions.enrolments import local_year
from learning.demo import letters
from learning.models import Person
from learning.rules.waivers import Absence, Ground

#: How many days ago each act was, when the year is old enough; the oldest leaves it a tenth of what there is.
ASKED, CHECKED, GRANTED, WAITS = 20, 18, 17, 2
OLDEST = ASKED / 0.9
LETTER = (
    "关于选派专业技术人员援疆的函（示例）",
    "汴人社函〔示例〕31号",
    "",
    "开封市建筑设计研究院：",
    "　　经研究，同意你院工程师赴新疆哈密参加",
    "　　援建工作，自八月二十日至十月二十五日。",
    "",
    "　　　　　　　　　　开封市人力资源和社会保障局（示例）",
)


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
    letter = proof_files.keep(
        person=learner,
        year=year,
        upload=proof_files.Upload("援疆派遣函.png", letters.drawn(LETTER)),
        asked=None,
        now=now - WAITS * day,
    )
    waiting = waivers.Asked(
        Absence(Ground.AID_MISSION, dt.date(year, 8, 20), dt.date(year, 10, 25)),
        "汴人社函〔示例〕31号 援疆派遣函",
        "十月二十五日返回，派遣函原件可随时核验。",
        [letter.pk],
    )
    waivers.ask(person=learner, year=year, asked=waiting, now=now - WAITS * day)
