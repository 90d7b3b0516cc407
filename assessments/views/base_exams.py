"""Exams being sat at a base now: a fragment of the base's page, and without JavaScript a page of its own."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from assessments.models import Attempt
from learning.access import may_read_base, signed_in
from learning.models import Edition, Organisation
from learning.models.clock import database_now


@login_required
@require_safe
def exams_of_base(request: HttpRequest, slug: str) -> HttpResponse:
    """Count who sits which exam; to anyone but the base's auditors and administrators it is not there."""
    base = get_object_or_404(Organisation, slug=slug)
    person = signed_in(request)
    if not may_read_base(person, base):
        raise Http404
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "assessments/base_exams_now.html" if is_fragment else "assessments/base_exams.html"
    return render(request, template, {"base": base, "exams": _exams(base, database_now())})


def _exams(base: Organisation, now: datetime) -> list[tuple[Edition, int, datetime]]:
    """Return each exam with how many sit it and when the first bell rings; two queries."""
    sat = Attempt.objects.open().on_time(now).filter(enrolment__edition__base=base).order_by()
    found = sat.values_list("enrolment__edition_id").annotate(sitting=Count("pk"), first_bell=Min("deadline_at"))
    rows = list(found.order_by("-sitting", "enrolment__edition_id"))
    editions = Edition.objects.in_bulk([edition_id for edition_id, _sitting, _bell in rows])
    return [(editions[edition_id], sitting, bell) for edition_id, sitting, bell in rows]
