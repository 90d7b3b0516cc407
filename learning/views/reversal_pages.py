"""What the page shows on which a part of a confirmation run is chosen. Reads; decides nothing."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from learning.access import signed_in
from learning.actions import reversal_runs
from learning.models import ConfirmationRun, Organisation, Person
from learning.models.credit import CreditEntryQuerySet
from learning.templatetags.reasons import REVERSAL_REASONS
from learning.views.queues import Amount
from learning.views.reversal_input import Choice
from learning.views.run_sums import choices
from learning.views.staff_input import Reasoned

PAGE_SIZE = 50


def base_of(choice: Choice) -> Organisation | None:
    """Return the base the choice is narrowed to. Raises: Http404, for one there is not."""
    base = Organisation.objects.filter(slug=choice.base).first() if choice.base else None
    if choice.base and base is None:
        raise Http404
    return base


def chosen(confirmed_by: ConfirmationRun, choice: Choice, person: Person) -> CreditEntryQuerySet:
    """Return what the choice leaves of the run's entries, as far as this officer may take them back."""
    return reversal_runs.reversible(
        confirmed_by=confirmed_by,
        officer=person,
        base=base_of(choice),
        course_key=choice.course_key,
        words=choice.words,
    )


def choosing(
    request: HttpRequest,
    confirmed_by: ConfirmationRun,
    choice: Choice,
    reasoned: Reasoned | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the entries to choose from, how much they are, and the form that freezes them."""
    person = signed_in(request)
    everything = reversal_runs.reversible(confirmed_by=confirmed_by, officer=person)
    entries = chosen(confirmed_by, choice, person)
    sums = entries.aggregate(count=Count("pk"), hours=Sum("centihours"))
    rows = entries.select_related("person", "auditor").order_by("person__full_name", "person_id", "year", "pk")
    context = {
        "confirmed_by": confirmed_by,
        "bureau": confirmed_by.bureau,
        "tab": "draft",
        "choice": choice,
        "amount": Amount(sums["count"], sums["hours"] or 0),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page", "")[:9]),
        "bases": choices(everything, "auditor__slug", "auditor__name_zh", "auditor__name_en"),
        "courses": choices(
            everything.filter(enrolment__isnull=False), "enrolment__edition__course_key", "title_zh", "title_en"
        ),
        "earlier": confirmed_by.reversal_runs.select_related("officer").order_by("-pk"),
        "reasons": REVERSAL_REASONS,
        "reasoned": reasoned or Reasoned(),
        "lacks_then": reasoned is not None and choice.is_again is None,
        "lacks_ticks": reasoned is not None and choice.is_ticked_only and not choice.ticked,
        "has_moved": status == 409,  # noqa: PLR2004 -- HTTP Conflict
    }
    return render(request, "learning/reverse/draft.html", context, status=status)
