"""Invented people and what their years hold: the same seed and number always tell the same person.

Pure: no rows, no clock. Times are given as shares of the part of the year that is told, so that the
same story fits any year. What the shares and weights say of a real province is nobody's claim; they
give every state of an entry its rows.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

from learning.rules.credit_states import Verdict
from learning.rules.requirements import PromotionTrack, SubjectKind, TitleLevel

PUBLIC, PROFESSIONAL = SubjectKind.PUBLIC, SubjectKind.PROFESSIONAL
Path = tuple[Verdict, ...]

WAITS_FOR_BASE: Final[Path] = ()
RETURNED: Final[Path] = (Verdict.RETURNED,)
RESUBMITTED: Final[Path] = (Verdict.RETURNED, Verdict.RESUBMITTED)
WAITS_FOR_BUREAU: Final[Path] = (Verdict.APPROVED,)
SENT_BACK: Final[Path] = (Verdict.APPROVED, Verdict.SENT_BACK)
REJECTED: Final[Path] = (Verdict.APPROVED, Verdict.REJECTED)
CONFIRMED: Final[Path] = (Verdict.APPROVED, Verdict.CONFIRMED)
REVERSED: Final[Path] = (*CONFIRMED, Verdict.REVERSED)


@dataclass(frozen=True, slots=True)
class Part:
    """Hours of one register: their subject, what share of the rule's number they are, and how far they came."""

    subject: SubjectKind
    percent: int
    path: Path


@dataclass(frozen=True, slots=True)
class Story:
    """A year: how many in a thousand live it, the parts in order, how many courses are under way.

    `has_page` False: the rule is met, but no page was issued, as an import leaves it.
    """

    per_mille: int
    parts: tuple[Part, ...] = ()
    courses: int = 0
    has_page: bool = True


_PUBLIC_DONE: Final = Part(PUBLIC, 100, CONFIRMED)
_ALL_DONE: Final = (_PUBLIC_DONE, Part(PROFESSIONAL, 60, CONFIRMED), Part(PROFESSIONAL, 40, CONFIRMED))
#: The story of the one learner who may sign in: something of everything.
SHOWN: Final = Story(0, (_PUBLIC_DONE, Part(PROFESSIONAL, 40, CONFIRMED), Part(PROFESSIONAL, 20, WAITS_FOR_BUREAU)), 1)
STORIES: Final = (
    Story(100),
    Story(120, courses=2),
    Story(40, (Part(PUBLIC, 50, WAITS_FOR_BASE),), 1),
    Story(20, (_PUBLIC_DONE, Part(PROFESSIONAL, 40, WAITS_FOR_BASE))),
    Story(8, (Part(PUBLIC, 40, RETURNED),)),
    Story(6, (Part(PUBLIC, 40, RESUBMITTED),)),
    Story(60, (Part(PUBLIC, 60, WAITS_FOR_BUREAU),)),
    Story(60, (_PUBLIC_DONE, Part(PROFESSIONAL, 50, WAITS_FOR_BUREAU))),
    Story(267, (Part(PUBLIC, 60, CONFIRMED), Part(PROFESSIONAL, 30, CONFIRMED)), 1),
    Story(100, (_PUBLIC_DONE,)),
    Story(200, _ALL_DONE),
    Story(3, _ALL_DONE, has_page=False),
    Story(5, (Part(PUBLIC, 60, SENT_BACK),)),
    Story(5, (Part(PUBLIC, 60, REJECTED),)),
    Story(6, (_PUBLIC_DONE, Part(PROFESSIONAL, 50, REVERSED))),
)
_WEIGHTS: Final = [story.per_mille for story in STORIES]

#: In a thousand, of those whose register the base still has to look at.
FLAGGED_PER_MILLE: Final = 80
_EMPLOYED_PER_MILLE: Final = 700
_LEVELS: Final = (
    TitleLevel.JUNIOR,
    TitleLevel.INTERMEDIATE,
    TitleLevel.SENIOR_ASSOCIATE,
    TitleLevel.SENIOR_FULL,
)
_LEVEL_WEIGHTS: Final = (400, 400, 150, 50)
_TRACKS: Final = {
    TitleLevel.JUNIOR: PromotionTrack.JUNIOR_TO_INTERMEDIATE,
    TitleLevel.INTERMEDIATE: PromotionTrack.INTERMEDIATE_TO_ASSOCIATE,
    TitleLevel.SENIOR_ASSOCIATE: PromotionTrack.ASSOCIATE_TO_FULL,
}
TITLES: Final = {
    TitleLevel.JUNIOR: ("助理工程师", "Assistant engineer"),
    TitleLevel.INTERMEDIATE: ("工程师", "Engineer"),
    TitleLevel.SENIOR_ASSOCIATE: ("高级工程师", "Senior engineer"),
    TitleLevel.SENIOR_FULL: ("正高级工程师", "Professor of engineering"),
}
_SURNAMES: Final = (
    ("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"), ("赵", "Zhao"),
    ("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"), ("徐", "Xu"), ("孙", "Sun"), ("胡", "Hu"), ("朱", "Zhu"),
    ("高", "Gao"), ("林", "Lin"), ("何", "He"), ("郭", "Guo"), ("马", "Ma"), ("罗", "Luo"),
)  # fmt: skip
_GIVEN: Final = (
    ("伟", "wei"), ("芳", "fang"), ("娜", "na"), ("强", "qiang"), ("静", "jing"), ("军", "jun"), ("磊", "lei"),
    ("敏", "min"), ("涛", "tao"), ("霞", "xia"), ("斌", "bin"), ("艳", "yan"), ("超", "chao"), ("琳", "lin"),
    ("建", "jian"), ("国", "guo"), ("慧", "hui"), ("明", "ming"), ("华", "hua"), ("玉", "yu"), ("志", "zhi"),
    ("文", "wen"), ("海", "hai"), ("春", "chun"),
)  # fmt: skip
_FIRST_BIRTHDAY: Final = dt.date(1962, 1, 1)
_BIRTHDAYS: Final = 14_000
#: Of one day's order numbers; those below are the demo's own people's.
_FIRST_ORDER, _ORDERS = 100, 900


@dataclass(frozen=True, slots=True)
class Invented:
    """One person: who they are, and the year they live. `turn` decides what else is left to chance."""

    name_zh: str
    name_en: str
    level: TitleLevel
    track: str
    is_of_county: bool
    is_employed: bool
    story: Story
    turn: random.Random


def invent(seed: int, number: int) -> Invented:
    """Return the person of this number."""
    turn = random.Random(f"{seed}:{number}")  # noqa: S311 -- invented people, nothing secret
    surname, given, second = turn.choice(_SURNAMES), turn.choice(_GIVEN), turn.choice((("", ""), *_GIVEN))
    level = turn.choices(_LEVELS, _LEVEL_WEIGHTS)[0]
    return Invented(
        name_zh=surname[0] + given[0] + second[0],
        name_en=f"{surname[1]} {(given[1] + second[1]).capitalize()}",
        level=level,
        track=_TRACKS.get(level, ""),
        is_of_county=turn.random() < 0.3,  # noqa: PLR2004 -- three in ten
        is_employed=turn.randrange(1_000) < _EMPLOYED_PER_MILLE,
        story=turn.choices(STORIES, _WEIGHTS)[0],
        turn=turn,
    )


def id_stem(region_code: str, number: int) -> str:
    """Return 17 digits of an ID number; no two of a million numbers share them, wherever they live."""
    days, order = divmod(number, _ORDERS)
    born = _FIRST_BIRTHDAY + dt.timedelta(days=days % _BIRTHDAYS)
    return f"{region_code}{born:%Y%m%d}{_FIRST_ORDER + order:03d}"


def shares(part: Part, turn: random.Random) -> list[float]:
    """Return when hours were earned and each verdict was taken, as rising shares of the time that is told.

    What waits came in lately; what is over may lie anywhere.
    """
    waits = part.path in {WAITS_FOR_BASE, WAITS_FOR_BUREAU, RETURNED, RESUBMITTED, SENT_BACK}
    told = [turn.uniform(0.8, 0.95) if waits else turn.uniform(0.05, 0.7)]
    for _verdict in part.path:
        told.append(told[-1] + (1 - told[-1]) * turn.uniform(0.05, 0.3))
    return told
