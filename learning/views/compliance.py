"""Compliance: how the people of a bureau's region stand, county by county, and where hours wait.

Every figure is a tally's (`learning.models.tally`), as of the time the page names; numbers of
fewer than five people are withheld. Names are behind the figures, on pages that show them to
the bureau that answers for those people (R9). Source: UX screen 13.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_safe

from learning.access import compliance_offices_of, regions_answered_for, signed_in
from learning.actions.enrolments import local_year
from learning.models import Organisation, Person, Requirement, Tally
from learning.models.clock import database_now
from learning.rules.year_status import YearStatus
from learning.spreadsheets import Line
from learning.templatetags.compliance import ORDER_WORDS, PARTING_WORDS, standing_words, waits_for
from learning.views import exports
from learning.views.compliance_query import ComplianceQuery
from learning.views.compliance_tables import MOST_LINES, QueueLine, TallyLine, TallyTable, queues_of, table_of, whole_of


@dataclass(frozen=True, slots=True)
class Desk:
    """One officer at one office's desk, and the year they look at. `tally`: None until it was first counted."""

    person: Person
    office: Organisation
    offices: list[Organisation]
    year: int
    years: list[int]
    tally: Tally | None


def open_desk(request: HttpRequest, *, bureau: str, year: int) -> Desk:
    """Open the officer's desk. Raises: Http404, when they are no officer of an office, or not of this one."""
    person = signed_in(request)
    offices = compliance_offices_of(person)
    chosen = [office for office in offices if bureau in {"", office.slug}]
    if not chosen:
        raise Http404
    present = local_year(database_now())
    years = sorted({present, *Tally.objects.values_list("year", flat=True)}, reverse=True)
    shown = year if year in years else present
    return Desk(person, chosen[0], offices, shown, years, Tally.objects.latest_of(shown))


@login_required
@require_safe
def compliance(request: HttpRequest) -> HttpResponse:
    """Show how an office's people stand, parted as asked for, and what waits."""
    query = ComplianceQuery.parse(request.GET)
    desk = open_desk(request, bureau=query.bureau, year=query.year)
    context: dict[str, object] = {"desk": desk, "bureau": desk.office, "query": query, "tab": "figures"}
    if desk.tally is not None:
        table = _table(desk, desk.tally, query)
        context |= {
            "table": table,
            "lines": table.lines[:MOST_LINES],
            "more": max(len(table.lines) - MOST_LINES, 0),
            "change": _change(desk, desk.tally, table.whole),
            "makeup_until": _makeup_until(desk, table),
            "queues": queues_of(desk.tally, desk.office),
            "partings": PARTING_WORDS.items(),
            "orders": ORDER_WORDS.items(),
        }
    return render(request, "learning/compliance/figures.html", context)


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Send the table of the page, with the same numbers withheld."""
    query = ComplianceQuery.parse(request.GET)
    desk = open_desk(request, bureau=query.bureau, year=query.year)
    if desk.tally is None:
        raise Http404
    table = _table(desk, desk.tally, query)
    lines = _lines(table, str(PARTING_WORDS[query.by]), makeup_until=_makeup_until(desk, table))
    return exports.answer(request, f"compliance-{desk.year}-{query.by}", lines)


@login_required
@require_GET
def export_queues(request: HttpRequest) -> HttpResponse:
    """Send what waits, by who holds it."""
    query = ComplianceQuery.parse(request.GET)
    desk = open_desk(request, bureau=query.bureau, year=query.year)
    rows = queues_of(desk.tally, desk.office) if desk.tally else []
    return exports.answer(request, f"waiting-{desk.year}", queue_lines(rows))


def _table(desk: Desk, tally: Tally, query: ComplianceQuery) -> TallyTable:
    named = regions_answered_for(desk.office)
    return table_of(tally, desk.office, query.by, query.order, named_regions=named)


def _change(desk: Desk, tally: Tally, whole: TallyLine) -> int | None:
    """Return by how many points the share that qualified has grown in a week; None where nothing is to be compared."""
    before = Tally.objects.week_before(tally)
    if before is None or whole.qualified_percent is None:
        return None
    was = whole_of(before, desk.office.region.downward_codes()).qualified_percent
    return None if was is None else whole.qualified_percent - was


def _makeup_until(desk: Desk, table: TallyTable) -> dt.date | None:
    """Return the last day on which anybody of the table makes the year up; None where nobody does."""
    if YearStatus.MAKING_UP not in table.statuses:
        return None
    region = desk.office.region
    codes = {*region.upward_codes(), *region.downward_codes()}
    rules = Requirement.objects.in_force().filter(region__in=codes, year=desk.year)
    last: dt.date | None = rules.aggregate(last=Max("makeup_until_on"))["last"]
    return last


def _lines(table: TallyTable, first: str, *, makeup_until: dt.date | None) -> Iterator[Line]:
    statuses = table.statuses
    words = [str(standing_words(status, makeup_until)) for status in statuses]
    yield [first, _("People"), *words, _("Qualified, per cent")]
    for line in [*table.lines, table.whole]:
        yield [line.name or _("All"), line.people, *_told(line, statuses), line.qualified_percent]


def _told(line: TallyLine, statuses: Iterable[YearStatus]) -> list[int | str]:
    withheld = pgettext("number", "withheld")
    counts = [line.by_status[status] for status in statuses]
    return [withheld if count is None else count for count in counts]


def queue_lines(rows: Iterable[QueueLine]) -> Iterator[Line]:
    """Yield what waits: who audits it, who holds it, how much, and since when."""
    yield [
        _("Audited by"),
        _("Waits for"),
        _("Entries"),
        _("Hours"),
        _("A week or longer"),
        _("Two weeks or longer"),
        _("Oldest"),
    ]
    for row in rows:
        yield [
            row.auditor.name,
            str(waits_for(row)),
            row.entries,
            Decimal(row.centihours) / 100,
            row.week_entries,
            row.fortnight_entries,
            localtime(row.oldest_at).date(),
        ]
