"""Before and after the sitting: what it will be, and what came of it."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from assessments.actions import attempts
from assessments.models import Attempt
from assessments.rules.deadlines import deadline
from assessments.rules.eligibility import Refusal
from assessments.rules.networks import network_key
from assessments.views.owned import enrolment_of
from assessments.views.sheet import sheet_of
from learning.models.clock import database_now, local_date
from learning.rules.credit_states import State

REFUSAL_TEXT: dict[Refusal, Promise] = {
    Refusal.NO_EXAM: _("This course has no exam."),
    Refusal.ALREADY_PASSED: _("You have passed this exam. There is nothing left to sit."),
    Refusal.YEAR_CLOSED: _("The year this course counts for is closed, so the exam is closed too."),
    Refusal.ATTEMPTS_USED: _("Every attempt has been used. Your base can tell you how to go on."),
    Refusal.LESSONS_MISSING: _("The exam opens when every lecture is complete."),
    Refusal.BANK_TOO_SMALL: _("The base has not finished the question bank. Please try again later."),
}

#: Where hours stand that are with no office, and not in the record.
CAME_BACK = (State.RETURNED, State.REJECTED, State.REVERSED)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exam(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Show the rules and what is missing; on POST, start the attempt or go back to the open one."""
    now = database_now()
    enrolment = enrolment_of(request.user, enrolment_id, now=now)
    if request.method == "POST":
        try:
            attempts.start(enrolment=enrolment, now=now, network_key=_network_key(request, now))
        except attempts.NotEligible as refusal:
            messages.error(request, str(REFUSAL_TEXT[refusal.reasons[0]]))
            return redirect("assessments:exam", enrolment_id)
        return redirect("assessments:take", enrolment_id)
    sat = list(Attempt.objects.of(enrolment))
    running = next((attempt for attempt in sat if attempt.is_open), None)
    door = attempts.door(enrolment=enrolment, now=now)
    edition = enrolment.edition
    missing = edition.lessons.filter(number__in=door.missing_lesson_numbers)
    context = {
        "enrolment": enrolment,
        "edition": edition,
        "sat": sat,
        "running": running,
        "is_open": door.is_open,
        "has_passed": Refusal.ALREADY_PASSED in door.reasons,
        "reasons": {reason.value: REFUSAL_TEXT[reason] for reason in door.reasons},
        "missing_lessons": list(missing),
        "attempts_left": max(edition.attempts_max - len(sat), 0),
        "until_on": enrolment.requirement.as_calendar().ends_on(local_date(now)),
        "would_end_at": deadline(started_at=now, minutes=edition.exam_minutes),
        "now": now,
    }
    return render(request, "assessments/exam.html", context)


def _network_key(request: HttpRequest, now: datetime) -> bytes:
    """Return the day's key of the visitor's network, behind as many trusted proxies as the settings name."""
    address: str = get_adapter().get_client_ip(request)
    return network_key(address, on=localtime(now).date(), secret=settings.BLIND_INDEX_KEY)


@login_required
@require_GET
def result(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Show the latest score, and what happens next; never which answers were right."""
    now = database_now()
    enrolment = enrolment_of(request.user, enrolment_id, now=now)
    begun = list(Attempt.objects.of(enrolment))
    sat = [attempt for attempt in begun if not attempt.is_open]
    if not sat:
        return redirect("assessments:exam", enrolment_id)
    attempt = next((row for row in sat if row.has_passed), sat[-1])
    sheet = sheet_of(attempt)
    entry = enrolment.credit_entries.select_related("standing__holder").first() if attempt.has_passed else None
    context = {
        "enrolment": enrolment,
        "edition": enrolment.edition,
        "attempt": attempt,
        "sat": sat,
        "running": next((row for row in begun if row.is_open), None),
        "sheet": sheet,
        "blank_positions": pgettext("questions", ", ").join(str(question.position) for question in sheet.blank),
        "entry": entry,
        "came_back": CAME_BACK,
        "may_resit": not attempt.has_passed and attempts.door(enrolment=enrolment, now=now).is_open,
        "attempts_left": max(enrolment.edition.attempts_max - len(begun), 0),
        "until_on": enrolment.requirement.as_calendar().ends_on(local_date(now)),
        "has_ended_by_bell": attempt.state == Attempt.State.EXPIRED,
    }
    return render(request, "assessments/result.html", context)
