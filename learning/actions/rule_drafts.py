"""Rule drafts: what a new version begins from, so that nobody copies figures by hand.

The region's newest rules; else whatever the region above states; else figures that
say nothing yet and cannot be submitted.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from learning.actions.rule_sets import Draft, LevelDraft, row_above
from learning.models import Region, Requirement, RuleSet
from learning.rules.accounting import AccountingScheme
from learning.rules.figures import SET_FIGURES, Value
from learning.rules.requirements import TitleLevel


def first_draft(*, region: Region, year: int, today: date) -> Draft:
    """Return what the region's next version of the year begins from."""
    held = RuleSet.objects.binding().filter(region=region, year__lte=year)
    newest = held.order_by("-year", "-version").first()
    effective_on = max(today, date(year, 1, 1))
    if newest is None:
        levels = {level.value: _from_above(region, year, level) for level in TitleLevel}
        return Draft(effective_on=effective_on, source="", levels=levels)
    return as_draft(newest, year=year, effective_on=effective_on)


def as_draft(rule_set: RuleSet, *, year: int | None = None, effective_on: date | None = None) -> Draft:
    """Return what a set states itself, as a draft; for another year its days move along."""
    wanted = year or rule_set.year
    rows = {row.title_level: row for row in rule_set.requirements.all()}
    return Draft(
        effective_on=effective_on or rule_set.effective_on,
        source=rule_set.source,
        levels={
            level: _level(rows[level], wanted) if level in rows else _from_above(rule_set.region, wanted, level)
            for level in TitleLevel
        },
        accounting=AccountingScheme(rule_set.accounting),
        point_centihours=rule_set.point_centihours,
    )


def _level(row: Requirement, year: int) -> LevelDraft:
    own = {name: figure.value for name, figure in row.figures.items() if figure.region_code == row.region_id}
    for name in ("cutoff_on", "makeup_until_on"):
        stated = own.get(name)
        if isinstance(stated, date):
            own[name] = _moved(stated, year - row.year)
    return LevelDraft(own, row.article_zh, row.article_en)


def _moved(day: date, years: int) -> date:
    """Return the day so many years on; the last of February moves as the month ends."""
    last = monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def _from_above(region: Region, year: int, level: str) -> LevelDraft:
    """Leave everything to the region above, its article too; where it says nothing, take what asks nothing yet."""
    row, nothing = row_above(region, year, level), Requirement()
    if row is not None:
        return LevelDraft({}, row.article_zh, row.article_en)
    usual: dict[str, Value] = {name: getattr(nothing, name) for name in SET_FIGURES}
    return LevelDraft(
        usual
        | {
            "total_centihours": 0,
            "public_centihours": 0,
            "professional_share": (0, 1),
            "cutoff_on": date(year, 12, 31),
        }
    )
