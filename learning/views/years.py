"""My year: what is left, what is next, who holds what."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from learning.access import signed_in
from learning.actions.enrolments import local_year
from learning.models import AnnualRecord, Person
from learning.models.clock import database_now
from learning.templatetags.frame import nav_items
from learning.views.year_facts import YearFacts, read_year


@login_required
@require_GET
def present_year(request: HttpRequest) -> HttpResponse:
    """Open the present year; who only works here is shown to their own desk."""
    person = signed_in(request)
    if not person.title_level and (items := nav_items(request)):
        return redirect(items[0].href)
    return redirect("learning:year", local_year(database_now()))


@login_required
@require_GET
def year(request: HttpRequest, year: int) -> HttpResponse:
    """Show one year of the person who asks."""
    facts = _facts(signed_in(request), year)
    return render(request, "learning/year.html", {"facts": facts, "person": request.user})


@login_required
@require_GET
def statement(request: HttpRequest, year: int) -> HttpResponse:
    """Show the year on one sheet of paper."""
    facts = _facts(signed_in(request), year)
    if facts.requirement is None:
        raise Http404
    return render(request, "learning/statement.html", {"facts": facts, "person": request.user})


def _facts(person: Person, year: int) -> YearFacts:
    """Read the year. Raises: Http404, for a year that is neither present nor on record."""
    now = database_now()
    rows = AnnualRecord.objects.filter(person=person).select_related("requirement__region")
    records = {record.year: record for record in rows}
    if year not in records and year != local_year(now):
        raise Http404
    return read_year(person, year, records=records, now=now)
