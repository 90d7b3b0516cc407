"""Policies, cases and flags: what tests of flags begin with."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from learning.models import CreditEntry, CreditFlag, FlagPolicy
from learning.rules.flags import Case, Doing, FlagCode, Sitting, Stretch, Study
from tests.factories.learning import NOON

CHINA = ZoneInfo("Asia/Shanghai")
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
#: 23:00 of 19 November 2026 in Kaifeng: the night begins.
NIGHT_MS = int(NOON.timestamp() * 1_000) + 11 * HOUR_MS
#: The thresholds a new installation begins with.
TERMS_AT_FIRST = FlagPolicy().as_terms()


def policy(**terms: Any) -> FlagPolicy:
    """Return the first policy, or with other terms put the next version in force."""
    first, _made = FlagPolicy.objects.get_or_create(version=1, defaults={"issued_at": NOON})
    newest = FlagPolicy.objects.in_force() or first
    return FlagPolicy.objects.create(version=newest.version + 1, issued_at=NOON, **terms) if terms else newest


def case(study: Study | None = None, **facts: Any) -> Case:
    return Case(CHINA, study=study or Study(), **facts)


def stretch(start_ms: int, minutes: float, doing: Doing = Doing.VIEWING) -> Stretch:
    return Stretch(start_ms, start_ms + int(minutes * MINUTE_MS), doing)


def sat(minutes: float, *, people: int = 1) -> Case:
    return case(Study(sitting=Sitting(0, int(minutes * MINUTE_MS), people)))


def flag(
    entry: CreditEntry, code: FlagCode = FlagCode.QUICK_EXAM, *, at: dt.datetime = NOON, **facts: int
) -> CreditFlag:
    """Raise a flag on an entry as a sweep would have."""
    told = facts or {"figure": 420, "usual": 2_400}
    return CreditFlag.objects.create(entry=entry, code=code, policy=policy(), facts=told, computed_at=at)
