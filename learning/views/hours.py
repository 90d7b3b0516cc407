"""The hour record: every entry, filtered and paged in SQL, and the same rows as a file."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

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
from learning.spreadsheets import Line
from learning.templatetags.standing import status_of
from learning.views import exports

PAGE_SIZE = 20
CONFIRMED = Q(standing__state=State.CONFIRMED)


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
    """Send the filtered rows as a file: the learner's own, so nobody is told of it."""
    _form, entries = _filtered(request)
    return exports.answer(request, "hours", _lines(entries.order_by("earned_at", "pk")))


def _filtered(request: HttpRequest) -> tuple[HoursFilterForm, CreditEntryQuerySet]:
    person = signed_in(request)
    form = HoursFilterForm(request.GET, years=_years(person))
    entries = CreditEntry.objects.filter(person=person)
    return form, form.narrow(entries).select_related("standing", "auditor", "bureau").with_score()


def _years(person: Person) -> list[int]:
    return list(CreditEntry.objects.filter(person=person).order_by("-year").values_list("year", flat=True).distinct())


def _lines(entries: Iterable[CreditEntry]) -> Iterator[Line]:
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
            entry.pk,
            localtime(entry.earned_at).date().isoformat(),
            entry.year,
            entry.title,
            _("public subject") if entry.is_public_subject else _("professional subject"),
            Decimal(entry.centihours) / 100,
            str(status_of(entry).word),
            entry.auditor.name,
            entry.bureau.name,
        ]
