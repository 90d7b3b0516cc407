"""A base's own page: what waits and with whom, whom it trained this year, and what runs now.

Its own figures are the newest tallies'; what learners watch and sit just now is told by the
apps that know it, as fragments at their own addresses. Source: UX screen 7, R43.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_safe

from learning.access import has_role, may_read_base, signed_in
from learning.actions.enrolments import local_year
from learning.models import BaseTally, Organisation, QueueTally, Role, Tally
from learning.models.clock import database_now
from learning.rules.base_duties import trained_asked
from learning.rules.credit_states import State
from learning.views import exports
from learning.views.compliance import queue_lines
from learning.views.compliance_tables import QueueLine, joined


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries of a base at one stage, and since when the oldest is there."""

    entries: int
    centihours: int
    oldest_at: dt.datetime | None


@login_required
@require_safe
def home(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how a base stands; to anyone but its auditors and administrators it is not there."""
    base = _base(request, slug)
    year = local_year(database_now())
    newest = Tally.objects.latest_of(year)
    rows = _waiting(base, year)
    trained = BaseTally.objects.filter(tally=newest, base=base).aggregate(people=Sum("people", default=0))["people"]
    context = {
        "base": base,
        "year": year,
        "tally": newest,
        "earned": _at(rows, State.EARNED),
        "returned": _at(rows, State.RETURNED),
        "audited": _at(rows, State.AUDITED),
        "rows": rows,
        "trained": trained,
        "asked": trained_asked(base.tier),
        "may_audit": has_role(signed_in(request), base, Role.AUDITOR),
    }
    return render(request, "learning/base/home.html", context)


@login_required
@require_GET
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Send what waits, by who holds it."""
    base = _base(request, slug)
    return exports.answer(request, "waiting", queue_lines(_waiting(base, local_year(database_now()))))


def _base(request: HttpRequest, slug: str) -> Organisation:
    base = get_object_or_404(Organisation.objects.select_related("base_profile"), slug=slug)
    if not may_read_base(signed_in(request), base):
        raise Http404
    return base


def _waiting(base: Organisation, year: int) -> list[QueueLine]:
    """Return what waits of this year and the one before, the longest wait first."""
    tallies = [tally for tally in map(Tally.objects.latest_of, (year, year - 1)) if tally is not None]
    return joined(QueueTally.objects.filter(tally__in=tallies, auditor=base))


def _at(rows: list[QueueLine], state: State) -> Waiting:
    found = [row for row in rows if row.state == state]
    return Waiting(
        entries=sum(row.entries for row in found),
        centihours=sum(row.centihours for row in found),
        oldest_at=min((row.oldest_at for row in found), default=None),
    )
