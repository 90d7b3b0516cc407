"""The coming version of the demo city's rules, as its first officer left it for the second."""

import datetime as dt
from dataclasses import replace

from learning.actions import rule_drafts, rule_sets
from learning.actions.enrolments import local_year
from learning.actions.rule_sets import LevelDraft
from learning.models import Organisation, Person
from learning.models.clock import local_date
from learning.templatetags.hours import hours_short

#: How long the office gives people to read what will bind them.
NOTICE = dt.timedelta(days=14)
FEWER_CENTIHOURS = 200
QUICKER_OFFICES = {"second_officer_above": 30, "confirm_working_days": 8}


def build_coming_version(now: dt.datetime) -> None:
    """Draft and submit the next version: two hours fewer, two of them public, and the offices quicker."""
    office = Organisation.objects.select_related("region__parent").get(slug="kaifeng")
    writer = Person.objects.get(email="bureau@demo.test")
    today = local_date(now)
    draft = rule_drafts.first_draft(region=office.region, year=local_year(now), today=today)
    levels = {level: _lighter(said) for level, said in draft.levels.items()}
    coming = replace(draft, effective_on=today + NOTICE, source="汴人社〔示例〕7号", levels=levels)
    rule_set = rule_sets.draft(
        region=office.region, year=local_year(now), draft=coming, office=office, by=writer, now=now
    )
    rule_sets.submit(rule_set=rule_set, office=office, by=writer, now=now)


def _lighter(said: LevelDraft) -> LevelDraft:
    """Return the level with fewer hours, and the article that says so."""
    total, public = (int(str(said.own[name])) - FEWER_CENTIHOURS for name in ("total_centihours", "public_centihours"))
    words = {"total": hours_short(total), "public": hours_short(public)}
    return LevelDraft(
        {**said.own, "total_centihours": total, "public_centihours": public, **QUICKER_OFFICES},
        "每年参加继续教育的时间累计不少于{total}学时，其中公需科目不少于{public}学时。".format(**words),
        "Not less than {total} hours a year in all, of which public subjects not less than {public}.".format(**words),
    )
