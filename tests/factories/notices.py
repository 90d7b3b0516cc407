"""Notices and messages as far as a test needs them, without the acts they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import count

from learning.actions import notice_deliveries, notice_plans
from learning.models import Notice, NoticeDelivery, Person
from learning.rules.notices import GATHERING, NoticeKind
from tests.factories.learning import NOON

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
#: When what was told at NOON and gathers is due.
GATHERED = NOON + GATHERING
_number = count(1)


def confirmed(person: Person, *, now: dt.datetime = NOON, **facts: object) -> Notice:
    """Tell of hours confirmed: not urgent."""
    return told(person, NoticeKind.CONFIRMED, now=now, **facts)


def returned(person: Person, *, now: dt.datetime = NOON, **facts: object) -> Notice:
    """Tell of hours returned: urgent."""
    return told(person, NoticeKind.RETURNED, now=now, **{"reason": "exam", **facts})


def told(person: Person, kind: NoticeKind, *, now: dt.datetime = NOON, **facts: object) -> Notice:
    said = {
        "entry": 1,
        "year": 2026,
        "title_zh": "数据安全",
        "title_en": "Data security",
        "centihours": 600,
        "office_zh": "开封市人社局",
        "office_en": "Kaifeng HR bureau",
    }
    return Notice.objects.create(
        person=person, kind=kind, source_key=f"test:{next(_number)}", facts=said | facts, created_at=now
    )


def planned(now: dt.datetime = NOON) -> list[NoticeDelivery]:
    """Lay out everything, and return what is open then."""
    while notice_plans.plan_next(now=now):
        pass
    return list(NoticeDelivery.objects.filter(state__in=NoticeDelivery.OPEN).order_by("pk"))


def send(now: dt.datetime = GATHERED, *, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Send what is due then."""
    return notice_deliveries.send_due(now=lambda: now, goes_on=goes_on)


def states() -> list[str]:
    return list(NoticeDelivery.objects.order_by("pk").values_list("state", flat=True))
