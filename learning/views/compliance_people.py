"""The people behind compliance figures, by name: only those the bureau answers for (R9).

A list says how the newest count found them, so that it is as long as its figure says; one
person's page says how they stand now. From here every hour opens into its evidence, where the officer may see it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, F, OrderBy, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from learning.access import regions_answered_for
from learning.actions.records import pending_that_counts
from learning.models import (
    AnnualRecord,
    CreditEntry,
    Membership,
    Organisation,
    Person,
    PersonTally,
    Region,
    Requirement,
    Role,
)
from learning.models.clock import database_now
from learning.models.year_status import people_owing, with_year_status
from learning.rules.credit_states import State
from learning.rules.obligations import obligations
from learning.rules.requirements import Totals, missing
from learning.spreadsheets import Line
from learning.templatetags.compliance import PEOPLE_ORDER_WORDS, STATUS_WORDS, standing_words
from learning.templatetags.hours import LEVELS, level_word, name_here
from learning.views import exports
from learning.views.compliance import Desk, open_desk
from learning.views.compliance_industries import Industries
from learning.views.compliance_query import PeopleOrder, PeopleQuery

PAGE_SIZE = 50
LINES_AT_ONCE = 1_000
#: As far as a list is paged; who looks for more narrows it.
MOST_PAGED = 10_000
NOTHING = Totals(0, 0)
#: Who has no record has everything to study.
MOST_TO_STUDY = F("to_study_centihours").desc(nulls_first=True)
ORDERS: dict[PeopleOrder, tuple[str | OrderBy, ...]] = {
    PeopleOrder.TO_STUDY: (MOST_TO_STUDY, "person_id"),
    PeopleOrder.NAME: ("person__full_name", "person_id"),
    PeopleOrder.REGION: ("region_id", MOST_TO_STUDY, "person_id"),
}


class BoundedPaginator(Paginator[PersonTally]):
    """Pages of a list that may be very long: counted, and paged, only so far."""

    @cached_property
    def count(self) -> int:
        """How many are paged."""
        return min(self.found, MOST_PAGED)

    @cached_property
    def found(self) -> int:
        """How many there are, or one more than are paged."""
        rows: QuerySet[PersonTally] = self.object_list  # type: ignore[assignment]  # ours is always one
        return rows.order_by()[: MOST_PAGED + 1].count()


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List people as they were counted, narrowed and sorted as asked for."""
    query = PeopleQuery.parse(request.GET)
    desk = open_desk(request, bureau=query.bureau, year=query.year)
    named = regions_answered_for(desk.office)
    paginator = BoundedPaginator(_narrowed(desk, query, named).order_by(*ORDERS[query.order]), PAGE_SIZE)
    page = paginator.get_page(query.page)
    owed = _owed(desk.year)
    context = {
        "desk": desk,
        "bureau": desk.office,
        "tab": "people",
        "query": query,
        "page": page,
        "has_more": paginator.found > MOST_PAGED,
        "rows": [(row, _to_study(row, owed), _makeup_until(row)) for row in page],
        "orders": PEOPLE_ORDER_WORDS.items(),
        "statuses": STATUS_WORDS.items(),
        "levels": LEVELS.items(),
        "regions": Region.objects.filter(pk__in=named),
        "bodies": Organisation.objects.filter(slug__in={query.base, query.employer, query.industry} - {""}),
    }
    return render(request, "learning/compliance/people.html", context)


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Send the list, with ID numbers masked, and write down that it was taken."""
    query = PeopleQuery.parse(request.GET)
    desk = open_desk(request, bureau=query.bureau, year=query.year)
    if desk.tally is None:
        raise Http404
    rows = _narrowed(desk, query, regions_answered_for(desk.office)).order_by(*ORDERS[query.order])
    lines = _lines(rows[: exports.MOST_LINES + 1], desk.year)
    return exports.answer_with_people(request, f"people-{desk.year}", lines, office=desk.office)


@login_required
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person's year: each test, and the entries this officer may open."""
    query = PeopleQuery.parse(request.GET)
    desk = open_desk(request, bureau=query.bureau, year=query.year)
    found = get_object_or_404(_of_desk(desk, regions_answered_for(desk.office)), pk=pk)
    record = AnnualRecord.objects.filter(person=found, year=desk.year).select_related("requirement").first()
    rule = record.requirement if record else Requirement.objects.binding_person(found, desk.year)
    held = (record.confirmed, pending_that_counts(record, now=database_now())) if record else (NOTHING, NOTHING)
    entries = CreditEntry.objects.of_year(found, desk.year).visible_to(desk.person).with_score()
    context = {
        "desk": desk,
        "bureau": desk.office,
        "tab": "person",
        "person": found,
        "requirement": rule,
        "tests": obligations(rule.as_rule(), confirmed=held[0], pending=held[1]) if rule else (),
        "entries": entries.order_by("-earned_at", "-pk"),
        "to_study": missing(rule.as_rule(), held[0] + held[1]).to_study_centihours if rule else None,
        "makeup_until": rule.makeup_until_on if rule else None,
    }
    return render(request, "learning/compliance/person.html", context)


def _of_desk(desk: Desk, named: Collection[str]) -> QuerySet[Person]:
    """Return the people a desk may see by name, each with how their year stands now."""
    today = database_now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    rows = with_year_status(people_owing(desk.year), year=desk.year, today=today)
    jobs = Membership.objects.filter(role=Role.EMPLOYEE).select_related("organisation").order_by("pk")
    return (
        rows.filter(region__in=named)
        .select_related("region")
        .prefetch_related(Prefetch("memberships", jobs, to_attr="employments"))
    )


def _narrowed(desk: Desk, query: PeopleQuery, named: Collection[str]) -> QuerySet[PersonTally]:
    """Return the people a desk may see by name, as counted: who has moved away since is left out."""
    records = AnnualRecord.objects.filter(year=desk.year).select_related("requirement")
    rows: QuerySet[PersonTally] = (
        PersonTally.objects.filter(year=desk.year, region__in=_named_of(desk, query, named))
        .filter(person__region__in=named)
        .select_related("person", "region", "employer")
        .prefetch_related(Prefetch("person__annual_records", records, to_attr="records_of_year"))
    )
    if query.level:
        rows = rows.filter(title_level=query.level)
    if query.status:
        rows = rows.filter(status=query.status)
    if query.employer:
        rows = rows.filter(employer=None) if query.employer == "none" else rows.filter(employer__slug=query.employer)
    if query.industry:
        rows = Industries.of(desk.office.region.downward_codes()).keep(rows, query.industry)
    if query.base:
        earned = CreditEntry.objects.filter(person=OuterRef("person"), year=desk.year, auditor__slug=query.base)
        earned = earned.exclude(kind=CreditEntry.Kind.REVERSAL)
        # Nobody has earned hours without a record.
        rows = rows.exclude(to_study_centihours=None)
        rows = rows.filter(Exists(earned.exclude(standing__state__in=[State.REJECTED, State.REVERSED])))
    for word in query.words.split():
        rows = rows.filter(Q(person__full_name__icontains=word) | Q(person__full_name_en__icontains=word))
    return rows


def _named_of(desk: Desk, query: PeopleQuery, named: Collection[str]) -> Collection[str]:
    """Return the regions asked for: one with those in it, or the office's own by itself."""
    if not query.region:
        return named
    if query.region not in named:
        return ()
    if query.region == desk.office.region_id:
        return (query.region,)
    return set(Region.objects.get(pk=query.region).downward_codes()) & set(named)


#: What a year asks in all of who has nothing yet, by region and level.
Owed = dict[tuple[str, str], int]


def _owed(year: int) -> Owed:
    """Return what binds each region's levels, in as many queries for one as for many."""
    regions = {region.code: region for region in Region.objects.select_related(None)}
    rules = list(Requirement.objects.in_force().filter(year=year).order_by("version"))
    nearest = {(row.region_id, row.title_level): row for row in rules}
    owed: Owed = {}
    for code in regions:
        for level in LEVELS:
            at: str | None = code
            while at is not None and (at, str(level)) not in nearest:
                at = regions[at].parent_id
            if at is not None:
                rule = nearest[at, str(level)].as_rule()
                owed[code, str(level)] = missing(rule, NOTHING).to_study_centihours
    return owed


def _to_study(row: PersonTally, owed: Owed) -> int | None:
    """Return the hours left; without a record all of them, or None where no rule binds."""
    if row.to_study_centihours is None:
        return owed.get((row.region_id, row.title_level))
    return row.to_study_centihours


def _makeup_until(row: PersonTally) -> dt.date | None:
    """Return the last day of the make-up window of the rule the year is judged by, if any."""
    records: list[AnnualRecord] = vars(row.person)["records_of_year"]
    return records[0].requirement.makeup_until_on if records else None


def _lines(rows: QuerySet[PersonTally], year: int) -> Iterator[Line]:
    yield [
        _("Name"),
        _("ID number"),
        _("Region"),
        _("Employing unit"),
        _("Title level"),
        _("Year"),
        _("How the year stands"),
        _("Confirmed"),
        _("Pending"),
        _("To study"),
    ]
    owed = _owed(year)
    for row in rows.iterator(chunk_size=LINES_AT_ONCE):
        to_study = _to_study(row, owed)
        yield [
            name_here(row.person),
            row.person.masked_id_number(),
            row.region.name,
            row.employer.name if row.employer else "",
            str(level_word(row.title_level)),
            year,
            str(standing_words(row.status, _makeup_until(row))),
            _hours(row.confirmed_centihours),
            _hours(row.pending_centihours),
            None if to_study is None else _hours(to_study),
        ]


def _hours(centihours: int) -> Decimal:
    return Decimal(centihours) / 100
