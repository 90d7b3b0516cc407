"""The hour record: every entry, filtered and paged in SQL, and the same rows as a file."""

import csv
import io
from collections.abc import Iterable, Iterator

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from learning.access import signed_in
from learning.forms import HoursFilterForm
from learning.models import CreditEntry, Person
from learning.models.credit import CreditEntryQuerySet
from learning.rules.credit_states import PENDING, State
from learning.templatetags.standing import status_of

PAGE_SIZE = 20
CONFIRMED = Q(standing__state=State.CONFIRMED)
#: What spreadsheets take for a formula, full-width forms included (RELIABILITY S14).
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


@login_required
@require_GET
def hours(request: HttpRequest) -> HttpResponse:
    """Show the ledger with its balance."""
    form, entries = _filtered(request)
    sums = entries.aggregate(
        confirmed=Sum("centihours", filter=CONFIRMED),
        pending=Sum("centihours", filter=Q(standing__state__in=PENDING, kind__in=CreditEntry.STUDIED)),
        waived=Sum("centihours", filter=CONFIRMED & Q(kind=CreditEntry.Kind.WAIVED)),
        carried=Sum("centihours", filter=CONFIRMED & Q(kind=CreditEntry.Kind.CARRIED)),
    )
    page = Paginator(entries.with_balance().order_by("-earned_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "learning/hours.html",
        {"form": form, "page": page, "sums": sums, "query": form.query(), "is_filtered": bool(form.query())},
    )


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Send the filtered rows as CSV; the whole file is built before the first byte leaves."""
    _form, entries = _filtered(request)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in _lines(entries.order_by("earned_at", "pk")):
        writer.writerow(row)
    # The mark at the start tells Excel that the file is UTF-8.
    response = HttpResponse("\ufeff" + buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="hours.csv"'
    return response


def _filtered(request: HttpRequest) -> tuple[HoursFilterForm, CreditEntryQuerySet]:
    person = signed_in(request)
    form = HoursFilterForm(request.GET, years=_years(person))
    entries = CreditEntry.objects.filter(person=person)
    return form, form.narrow(entries).select_related("standing", "auditor", "bureau").with_score()


def _years(person: Person) -> list[int]:
    return list(CreditEntry.objects.filter(person=person).order_by("-year").values_list("year", flat=True).distinct())


def _lines(entries: Iterable[CreditEntry]) -> Iterator[list[str]]:
    yield [
        _("Number"),
        _("Date"),
        _("Year"),
        _("What"),
        _("Subject"),
        _("Hours"),
        _("Status"),
        _("Audited by"),
        _("Confirmed by"),
    ]
    for entry in entries:
        yield [
            str(entry.pk),
            localtime(entry.earned_at).date().isoformat(),
            str(entry.year),
            safe_cell(entry.title),
            _("public subject") if entry.is_public_subject else _("professional subject"),
            f"{entry.centihours / 100:.2f}",
            safe_cell(str(status_of(entry).word)),
            safe_cell(entry.auditor.name),
            safe_cell(entry.bureau.name),
        ]


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet runs it: a leading quote where it would start a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
