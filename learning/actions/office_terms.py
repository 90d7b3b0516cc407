"""Office terms as they bind: read from the rule sets in force for an office's region, year by year.

The nearest region with a set that has come into force, and of it the highest version, as for every
other figure; a year without any has the documented default. Reads; decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from learning.models import Region, Requirement
from learning.rules.office_terms import UNSAID, OfficeTerms, strictest

#: The code of a region, and a year.
Place = tuple[str, int]


def of_region(region_code: str, years: Iterable[int]) -> OfficeTerms:
    """Return what binds one act over hours of these years: the strictest of them."""
    return strictest(by_place({(region_code, year) for year in years}).values())


def by_place(places: Collection[Place]) -> dict[Place, OfficeTerms]:
    """Return what binds each region in each year, in two queries."""
    if not places:
        return {}
    parents = dict(Region.objects.values_list("code", "parent_id"))
    upward = {code: _upward(code, parents) for code, _year in places}
    regions = {above for codes in upward.values() for above in codes}
    said = _said(regions, {year for _code, year in places})
    return {
        (code, year): next((said[above, year] for above in upward[code] if (above, year) in said), UNSAID)
        for code, year in places
    }


def _upward(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return the region and those it lies in, nearest first."""
    codes: list[str] = []
    above: str | None = code
    while above is not None and above not in codes:
        codes.append(above)
        above = parents.get(above)
    return codes


def _said(regions: Collection[str], years: Collection[int]) -> dict[Place, OfficeTerms]:
    """Return what the newest set in force of each region and year says; of its title levels, the strictest."""
    rows: dict[Place, list[Requirement]] = defaultdict(list)
    for row in Requirement.objects.in_force().filter(region_id__in=regions, year__in=years):
        rows[row.region_id, row.year].append(row)
    newest = {place: max(row.version for row in held) for place, held in rows.items()}
    return {
        place: strictest(row.as_office_terms() for row in held if row.version == newest[place])
        for place, held in rows.items()
    }
