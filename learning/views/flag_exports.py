"""The flags of an auditing body's queue as a file: one line a flag, with its figures and who looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from learning.access import may_audit_for, signed_in
from learning.models import CreditFlag, Organisation
from learning.rules.credit_states import State
from learning.spreadsheets import Line
from learning.templatetags.flags import flag_title, flag_words
from learning.templatetags.hours import name_here
from learning.templatetags.reasons import verdict_words
from learning.views import exports, queues
from learning.views.staff_input import QueueQuery


@login_required
@require_GET
def flags(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the flags of what waits, narrowed as the page is."""
    body = get_object_or_404(Organisation, slug=slug)
    if not may_audit_for(signed_in(request), body):
        raise Http404
    waiting = queues.narrowed(queues.waiting(body, State.EARNED), QueueQuery.parse(request.GET, tabs=()))
    rows = CreditFlag.objects.filter(entry__in=waiting.values("pk")).with_looks()
    rows = rows.select_related("entry__person", "policy").order_by("entry_id", *rows.query.order_by)
    return exports.answer_with_people(request, "flags", _lines(rows), office=body)


def _lines(rows: Iterable[CreditFlag]) -> Iterator[Line]:
    yield [
        _("Number"),
        _("Name"),
        _("Course"),
        _("Hours"),
        _("Flag"),
        _("Fact"),
        _("Figure"),
        _("Usual"),
        _("Policy"),
        _("Computed at"),
        _("Looked at"),
    ]
    for flag in rows:
        looks = (f"{verdict_words(look.decision)}: {look.decision.reason_text}" for look in flag.looks.all())
        yield [
            flag.entry_id,
            name_here(flag.entry.person),
            flag.entry.title,
            Decimal(flag.entry.centihours) / 100,
            str(flag_title(flag.code)),
            flag_words(flag),
            flag.figure,
            flag.usual,
            str(flag.policy),
            localtime(flag.computed_at).isoformat(timespec="seconds"),
            "; ".join(looks),
        ]
