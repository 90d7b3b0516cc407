"""What the pages of compliance are asked for: parsed once from the address. Unknown words count as unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.http import QueryDict

from learning.rules.requirements import TitleLevel
from learning.rules.year_status import YearStatus
from learning.views.staff_input import WORDS_MAX, number


class Parting(StrEnum):
    """What a table parts the people by; the first is the rule."""

    REGION = "region"
    INDUSTRY = "industry"
    BASE = "base"
    LEVEL = "level"
    EMPLOYER = "employer"


class LineOrder(StrEnum):
    """How its lines are sorted; the first is the rule: the widest gap first."""

    GAP = "gap"
    PEOPLE = "people"
    NAME = "name"


class PeopleOrder(StrEnum):
    """How people are sorted; the first is the rule: who has most to study first."""

    TO_STUDY = "to_study"
    NAME = "name"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class ComplianceQuery:
    """The office, the year, and how its people are parted."""

    bureau: str = ""
    year: int = 0
    by: Parting = Parting.REGION
    order: LineOrder = LineOrder.GAP

    @classmethod
    def parse(cls, data: QueryDict) -> ComplianceQuery:
        """Read the address."""
        by, order = data.get("by", ""), data.get("order", "")
        return cls(
            bureau=data.get("bureau", "")[:60],
            year=number(data.get("year", "")[:4]),
            by=Parting(by) if by in set(Parting) else Parting.REGION,
            order=LineOrder(order) if order in set(LineOrder) else LineOrder.GAP,
        )

    def address(self, **changes: object) -> str:
        """Return the query string of this view, with changes; what is usual is left out."""
        said: Mapping[str, object] = {
            "bureau": self.bureau,
            "year": self.year,
            "by": "" if self.by == Parting.REGION else str(self.by),
            "order": "" if self.order == LineOrder.GAP else str(self.order),
        }
        return urlencode({name: value for name, value in {**said, **changes}.items() if value})


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """Which people, in what order."""

    bureau: str = ""
    year: int = 0
    region: str = ""
    level: str = ""
    status: str = ""
    employer: str = ""
    industry: str = ""
    base: str = ""
    words: str = ""
    order: PeopleOrder = PeopleOrder.TO_STUDY
    page: str = ""

    @classmethod
    def parse(cls, data: QueryDict) -> PeopleQuery:
        """Read the address."""
        level, status, order = data.get("level", ""), data.get("status", ""), data.get("order", "")
        return cls(
            bureau=data.get("bureau", "")[:60],
            year=number(data.get("year", "")[:4]),
            region=data.get("region", "").replace("\x00", "")[:6],
            level=level if level in set(TitleLevel) else "",
            status=status if status in set(YearStatus) else "",
            employer=data.get("employer", "").replace("\x00", "")[:60],
            industry=data.get("industry", "").replace("\x00", "")[:60],
            base=data.get("base", "").replace("\x00", "")[:60],
            words=data.get("q", "").replace("\x00", "").strip()[:WORDS_MAX],
            order=PeopleOrder(order) if order in set(PeopleOrder) else PeopleOrder.TO_STUDY,
            page=data.get("page", "")[:9],
        )

    def address(self, **changes: object) -> str:
        """Return the query string of this list, with changes; what is usual is left out."""
        said: Mapping[str, object] = {
            "bureau": self.bureau,
            "year": self.year,
            "region": self.region,
            "level": self.level,
            "status": self.status,
            "employer": self.employer,
            "industry": self.industry,
            "base": self.base,
            "q": self.words,
            "order": "" if self.order == PeopleOrder.TO_STUDY else str(self.order),
        }
        return urlencode({name: value for name, value in {**said, **changes}.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter hides anybody."""
        return any((self.region, self.level, self.status, self.employer, self.industry, self.base, self.words))
