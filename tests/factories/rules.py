"""Rule sets in the making: drafts with figures of one's own, written through the real verbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learning.actions import rule_sets, rule_words
from learning.actions.rule_sets import Draft, LevelDraft
from learning.models import Organisation, Person, Region, Role, RuleSet
from learning.rules.figures import Value
from learning.rules.requirements import TitleLevel
from tests.factories import learning as make
from tests.factories import years

#: What a whole set says: 86 hours, 26 public; an hour of 45 minutes.
FIGURES: dict[str, Value] = {
    "total_centihours": 8_600,
    "public_centihours": 2_600,
    "professional_share": (0, 1),
    "cutoff_on": dt.date(2026, 12, 31),
    "hour_seconds": 2_700,
    "rounding_centihours": 10,
    "daily_cap_centihours": None,
    "grace_days": None,
    "makeup_until_on": None,
    "carry_public_centihours": 0,
    "carry_professional_centihours": 0,
    "prorates_part_year": False,
    "leave_from_months": None,
    "leave_whole_months": None,
    "at_risk_weekly_centihours": 800,
    "second_officer_above": 50,
    "audit_working_days": 5,
    "confirm_working_days": 10,
    "lesson_slack_s": 2,
    "first_rate_percent": 100,
    "review_rate_percent": 200,
    "has_presence_checks": False,
    "check_min_s": 720,
    "check_max_s": 1_200,
    "check_answer_s": 60,
    "missed_check": "hold",
    "asks_content_questions": False,
    "counts_hidden": False,
    "counts_picture_in_picture": False,
}


def a_draft(own: Mapping[str, Value] | None = None, **other: Any) -> Draft:
    """Return a draft that states `own` (all of FIGURES when none are given) with `other` figures at every level."""
    figures = dict(FIGURES if own is None else own) | other
    level = LevelDraft(figures, "每年不少于规定学时。", "Not less than the hours stated.")
    return Draft(effective_on=make.NOON.date(), source="汴人社〔2026〕1号", levels=dict.fromkeys(TitleLevel, level))


def written(**changes: str) -> dict[str, str]:
    """Return what the form posts for 86/26, with changes."""
    said = {
        "effective_on": "2026-11-20", "source": "汴人社〔2026〕1号", "accounting": "hours", "point_hours": "",
        "cutoff_on": "2026-12-31", "hour_seconds": "45", "rounding_centihours": "0.1", "daily_cap_centihours": "0",
        "at_risk_weekly_centihours": "8",
        "second_officer_above": "50", "audit_working_days": "5", "confirm_working_days": "10",
        "grace_days": "-", "makeup_until_on": "-", "carry_public_centihours": "0", "carry_professional_centihours": "0",
        "prorates_part_year": "no", "leave_from_months": "-", "leave_whole_months": "-",
        "lesson_slack_s": "2", "first_rate_percent": "1.0", "review_rate_percent": "2.0",
        "has_presence_checks": "yes", "check_min_s": "720", "check_max_s": "1200", "check_answer_s": "60",
        "missed_check": "hold", "asks_content_questions": "no", "counts_hidden": "no",
        "counts_picture_in_picture": "no",
    }  # fmt: skip
    for level in TitleLevel:
        said |= {
            f"{level}-total_centihours": "86", f"{level}-public_centihours": "26.5",
            f"{level}-professional_share": "2/3", f"{level}-article_zh": "条文", f"{level}-article_en": "",
        }  # fmt: skip
    return said | changes


class Studio:
    """A bureau with two officers, and its sets."""

    def __init__(self, region: Region | None = None) -> None:
        self.region = region or make.kaifeng()
        self.office: Organisation = make.BureauFactory(region=self.region)
        self.writer: Person = years.member(self.office, Role.OFFICER)
        self.second: Person = make.PersonFactory(title_level="")
        make.MembershipFactory(person=self.second, organisation=self.office, role=Role.OFFICER)

    def draft(self, draft: Draft | None = None, *, year: int = 2026, **figures: Any) -> RuleSet:
        return rule_sets.draft(
            region=self.region,
            year=year,
            draft=draft or a_draft(**figures),
            office=self.office,
            by=self.writer,
            now=make.NOON,
        )

    def submitted(self, draft: Draft | None = None, *, year: int = 2026, **figures: Any) -> RuleSet:
        rule_set = self.draft(draft, year=year, **figures)
        rule_sets.submit(rule_set=rule_set, office=self.office, by=self.writer, now=make.NOON)
        rule_set.refresh_from_db()
        return rule_set

    def issued(self, draft: Draft | None = None, *, year: int = 2026, **figures: Any) -> RuleSet:
        rule_set = self.submitted(draft, year=year, **figures)
        self.issue(rule_set)
        rule_set.refresh_from_db()
        return rule_set

    def issue(self, rule_set: RuleSet, *, by: Person | None = None, seen: str | None = None) -> None:
        rule_sets.issue(
            rule_set=rule_set,
            seen=seen or rule_words.digest(rule_set),
            office=self.office,
            by=by or self.second,
            now=make.NOON,
        )

    def later(self, days: int, **figures: Any) -> Draft:
        return replace(a_draft(**figures), effective_on=make.NOON.date() + dt.timedelta(days=days))
