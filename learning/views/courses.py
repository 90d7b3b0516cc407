"""My courses: under way, awaiting the exam, completed."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from learning.access import signed_in
from learning.models import Enrolment

TABS = {
    "studying": pgettext_lazy("courses", "Studying"),
    "exam": _("Exam due"),
    "completed": pgettext_lazy("courses", "Completed"),
}


@login_required
@require_GET
def courses(request: HttpRequest) -> HttpResponse:
    """Show the person's courses of every year, one tab at a time."""
    rows = list(Enrolment.objects.of(signed_in(request)).select_related("edition__base", "requirement").with_progress())
    sorted_rows: dict[str, list[Enrolment]] = {key: [] for key in TABS}
    for row in rows:
        sorted_rows[_tab_of(row)].append(row)
    chosen = request.GET.get("tab", "studying")
    chosen = chosen if chosen in TABS else "studying"
    tabs = [(key, label, len(sorted_rows[key])) for key, label in TABS.items()]
    return render(request, "learning/courses.html", {"tabs": tabs, "tab": chosen, "rows": sorted_rows[chosen]})


def _tab_of(row: Enrolment) -> str:
    if row.status != Enrolment.Status.ENROLLED:
        return "completed"
    return "exam" if row.is_watched and row.is_exam_due else "studying"
