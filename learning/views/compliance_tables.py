"""The tables of compliance: a tally's lines added up for one office, with small numbers withheld.

Reads tallies alone, a fixed number of questions however many people are counted. The same
table is drawn, written beneath the drawing, and sent as a file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from learning.models import BaseTally, Organisation, QueueTally, Region, Tally, YearTally
from learning.rules.credit_states import State
from learning.rules.nested_cells import arrange_within
from learning.rules.small_cells import arrange, withheld_sums
from learning.rules.year_status import YearStatus
from learning.templatetags.hours import level_word
from learning.views.compliance_industries import Industries
from learning.views.compliance_query import LineOrder, Parting

COUNTS = ("people", *YearStatus)
#: The most lines on one page; the file has them all.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class TallyLine:
    """People of one kind: all of them, and how many stand how (None: withheld)."""

    name: str
    people: int
    by_status: Mapping[YearStatus, int | None]
    #: What of the address lists these people; empty where the office sees none of them by name.
    filters: str = ""

    @property
    def qualified_percent(self) -> int | None:
        """The share that met the requirement, rounded down; None where it is withheld."""
        qualified = self.by_status[YearStatus.QUALIFIED]
        return None if qualified is None or not self.people else qualified * 100 // self.people

    @property
    def withheld_count(self) -> int:
        """How many people stand in the withheld numbers together."""
        return self.people - sum(count for count in self.by_status.values() if count is not None)


@dataclass(frozen=True, slots=True)
class TallyTable:
    """Lines that part the same people, and all of them together."""

    lines: list[TallyLine]
    whole: TallyLine
    #: The statuses anybody has.
    statuses: list[YearStatus]

    @property
    def is_withheld(self) -> bool:
        """Whether any number is not told."""
        return any(None in line.by_status.values() for line in [*self.lines, self.whole])


def whole_of(tally: Tally, regions: Collection[str]) -> TallyLine:
    """Return everybody of these regions."""
    return _line("", _added(tally, regions))


def _added(tally: Tally, regions: Collection[str]) -> dict[str, int]:
    sums = {name: Sum(name, default=0) for name in COUNTS}
    return tally.years.filter(region__in=regions).aggregate(**sums)


def _line(name: str, counts: Mapping[str, int]) -> TallyLine:
    hidden = withheld_sums([counts[status] for status in YearStatus])
    by_status = {status: None if number in hidden else counts[status] for number, status in enumerate(YearStatus)}
    return TallyLine(name, counts["people"], by_status)


def table_of(
    tally: Tally, office: Organisation, by: Parting, order: LineOrder, *, named_regions: Collection[str]
) -> TallyTable:
    """Part the people of an office's regions. `named_regions`: whose people it may see by name."""
    regions = office.region.downward_codes()
    counts = _added(tally, regions)
    whole = _line("", counts)
    industries = Industries.of(regions if by in {Parting.INDUSTRY, Parting.EMPLOYER} else ())
    rows, described = _rows(tally, office, regions, by, named=named_regions, industries=industries)
    keys = sorted(rows, key=lambda key: (key is None, key))
    cells = [[rows[key][status] for status in YearStatus] for key in keys]
    # Somebody may stand at several bases, so their numbers do not add up to the whole.
    columns = range(len(YearStatus)) if by == Parting.BASE else withheld_sums([counts[each] for each in YearStatus])
    # Everybody knows which industry a unit is of.
    groups = industries.of_units(keys) if by == Parting.EMPLOYER else []
    arranged = arrange_within(cells, _numbered(groups), columns) if groups else arrange(cells, columns)
    lines = []
    for number, together in enumerate(arranged.lines):
        name, filters = described(keys[together[0]]) if len(together) == 1 else (_together(len(together)), "")
        of = {groups[row] for row in together} if groups and len(together) > 1 else set()
        if len(of) == 1 < len(set(groups)):
            name = _("%(industry)s: %(groups)s") % {"industry": industries.name_of(of.pop()), "groups": name}
        added = [sum(cells[row][column] for row in together) for column in range(len(YearStatus))]
        said = [None if (number, column) in arranged.hidden else value for column, value in enumerate(added)]
        lines.append(TallyLine(name, sum(added), dict(zip(YearStatus, said, strict=True)), filters))
    statuses = [status for status in YearStatus if counts[status] or status == YearStatus.QUALIFIED]
    return TallyTable(_sorted(lines, order), whole, statuses)


def _numbered(groups: list[int | None]) -> list[int]:
    """Give groups their places in the table that compares them."""
    order = sorted(set(groups), key=lambda group: (group is None, group))
    return [order.index(group) for group in groups]


def _together(count: int) -> str:
    return ngettext("%(n)s small group together", "%(n)s small groups together", count) % {"n": count}


def _sorted(lines: list[TallyLine], order: LineOrder) -> list[TallyLine]:
    """Sort by what is told, so that the order tells nothing that is withheld."""
    if order == LineOrder.NAME:
        return sorted(lines, key=lambda line: line.name)
    if order == LineOrder.PEOPLE:
        return sorted(lines, key=lambda line: (-line.people, line.name))
    return sorted(lines, key=_gap)


def _gap(line: TallyLine) -> tuple[int, int, str]:
    """Order by the share that has not qualified, the widest first; where it is withheld, last."""
    qualified = line.by_status[YearStatus.QUALIFIED]
    share = 1 if qualified is None or not line.people else -((line.people - qualified) * 10_000 // line.people)
    return (share, -line.people, line.name)


Rows = dict[Any, dict[str, int]]
#: What a row is called, and how the address lists its people.
Describe = Callable[[Any], tuple[str, str]]


def _rows(
    tally: Tally,
    office: Organisation,
    regions: Collection[str],
    by: Parting,
    *,
    named: Collection[str],
    industries: Industries,
) -> tuple[Rows, Describe]:
    years = tally.years.filter(region__in=regions)
    if by == Parting.INDUSTRY:
        rows = _added_up(_summed(years, "employer__department_id"), industries.of_department)
        return rows, lambda key: (industries.name_of(key), industries.filter_of(key))
    if by == Parting.LEVEL:
        return _summed(years, "title_level"), lambda key: (str(level_word(key)), f"level={key}")
    if by == Parting.EMPLOYER:
        rows = _summed(years, "employer_id")
        return rows, _describe_bodies(rows, "employer")
    if by == Parting.BASE:
        rows = _summed(tally.bases.filter(region__in=regions, base__kind=Organisation.Kind.BASE), "base_id")
        return rows, _describe_bodies(rows, "base")
    return _by_region(_summed(years, "region_id"), office, named)


def _summed(rows: QuerySet[YearTally] | QuerySet[BaseTally], key: str) -> Rows:
    sums = {name: Sum(name) for name in COUNTS}
    # A tally's own name for the sum would hide the column.
    found = rows.order_by().values(key).annotate(**{f"n_{name}": value for name, value in sums.items()})
    return {row[key]: {name: row[f"n_{name}"] for name in COUNTS} for row in found}


def _added_up(found: Rows, line_of: Callable[[Any], Any]) -> Rows:
    """Add rows up by the line each belongs to."""
    rows: Rows = {}
    for key, counts in found.items():
        held = rows.setdefault(line_of(key), dict.fromkeys(COUNTS, 0))
        for name in COUNTS:
            held[name] += counts[name]
    return rows


def _by_region(found: Rows, office: Organisation, named: Collection[str]) -> tuple[Rows, Describe]:
    """Add up by the regions right below the office's own; its own people are a line of their own."""
    all_regions = {region.code: region for region in Region.objects.all()}

    def right_below(code: str) -> str:
        while code != office.region_id and all_regions[code].parent_id != office.region_id:
            code = all_regions[code].parent_id or office.region_id
        return code

    rows = _added_up(found, right_below)

    def describe(key: str) -> tuple[str, str]:
        name = all_regions[key].name
        if key == office.region_id and len(rows) > 1:
            name = _("%(region)s itself") % {"region": name}
        return name, f"region={key}" if key in named else ""

    return rows, describe


def _describe_bodies(rows: Rows, name: str) -> Describe:
    bodies = Organisation.objects.in_bulk([key for key in rows if key is not None])

    def describe(key: int | None) -> tuple[str, str]:
        if key is None:
            return _("Of no employing unit"), f"{name}=none"
        return bodies[key].name, f"{name}={bodies[key].slug}"

    return describe


@dataclass(frozen=True, slots=True)
class QueueLine:
    """What one body audited and one office holds. `bureau`: who confirms it; of several the first."""

    auditor: Organisation
    bureau: Organisation
    state: str
    entries: int
    centihours: int
    week_entries: int
    fortnight_entries: int
    oldest_at: dt.datetime


def queues_of(tally: Tally, office: Organisation) -> list[QueueLine]:
    """Return the hours of a bureau that wait somewhere, the longest wait first."""
    return joined(tally.queues.filter(bureau__region__in=office.region.downward_codes()))


def joined(found: QuerySet[QueueTally]) -> list[QueueLine]:
    """Join what waits at one place, whichever bureau it will go to; the longest wait first."""
    places: dict[tuple[int, int | None, str], list[QueueTally]] = {}
    for row in found.select_related("auditor", "bureau").order_by("oldest_at", "pk"):
        bureau = row.bureau_id if row.state == State.AUDITED else None
        places.setdefault((row.auditor_id, bureau, row.state), []).append(row)
    return [
        QueueLine(
            auditor=rows[0].auditor,
            bureau=rows[0].bureau,
            state=rows[0].state,
            entries=sum(row.entries for row in rows),
            centihours=sum(row.centihours for row in rows),
            week_entries=sum(row.week_entries for row in rows),
            fortnight_entries=sum(row.fortnight_entries for row in rows),
            oldest_at=rows[0].oldest_at,
        )
        for rows in places.values()
    ]
