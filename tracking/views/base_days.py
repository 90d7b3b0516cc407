"""A base's last 14 days: learners a day, and the share of open time that did not count.

A fragment of the base's page, and without JavaScript a page of its own; the same days are had
as a file. Kept for ten minutes: a bad day shows in its figures soon enough. Source: UX screen 7.
"""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from learning.access import may_read_base, signed_in
from learning.models import Organisation
from learning.models.clock import database_now
from learning.spreadsheets import CONTENT_TYPES, FileKind, file_of
from tracking.models.base_days import BaseDay, days_of_base

DAY_COUNT: Final = 14
KEPT_S: Final = 600
#: A column of the drawing, and the space it stands in, in per cent of the width.
_COLUMN, _SPACE = 4.6, 100 / DAY_COUNT


@login_required
@require_safe
def days_of(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the days; to anyone but the base's auditors and administrators they are not there."""
    base = _base(request, slug)
    days = _days(base)
    open_s = sum(day.open_s for day in days)
    whole = BaseDay(days[-1].on, 0, open_s, sum(day.counted_s for day in days))
    most = max(day.learners for day in days)
    context = {"base": base, "days": days, "whole": whole, "columns": _columns(days, most), "most": most}
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "tracking/base_days_now.html" if is_fragment else "tracking/base_days.html", context)


@login_required
@require_safe
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the days as a file."""
    days = _days(_base(request, slug))
    kind = FileKind.XLSX if request.GET.get("as") == FileKind.XLSX else FileKind.CSV
    lines = [(_("Date"), _("Learners"), _("Minutes open"), _("Minutes counted"), _("Not counted, per cent"))]
    body = [
        (day.on.isoformat(), day.learners, day.open_s // 60, day.counted_s // 60, day.uncounted_percent) for day in days
    ]
    response = HttpResponse(file_of(kind, [*lines, *body]), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="days.{kind}"'
    return response


def _base(request: HttpRequest, slug: str) -> Organisation:
    base = get_object_or_404(Organisation, slug=slug)
    if not may_read_base(signed_in(request), base):
        raise Http404
    return base


def _days(base: Organisation) -> list[BaseDay]:
    now = database_now()
    key = f"base-days-{base.pk}-{int(now.timestamp()) // KEPT_S}"
    days: list[BaseDay] | None = cache.get(key)
    if days is None:
        days = days_of_base(base, count=DAY_COUNT, now=now)
        cache.set(key, days, KEPT_S)
    return days


def _columns(days: list[BaseDay], most: int) -> list[tuple[str, str, str]]:
    """Return each column's place, top and height, in per cent, as text for attributes."""
    heights = [day.learners * 100 / (most or 1) for day in days]
    return [
        (f"{number * _SPACE + (_SPACE - _COLUMN) / 2:.2f}", f"{100 - height:.2f}", f"{height:.2f}")
        for number, height in enumerate(heights)
    ]
