"""The live sitting: see a question, save an answer, look over the paper, hand it in."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import date
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from assessments.actions import attempts
from assessments.forms import AnswerSent, Malformed
from assessments.models import Attempt
from assessments.views.owned import enrolment_of
from assessments.views.sheet import Sheet, sheet_of
from learning.models import Enrolment
from learning.models.clock import database_now, local_date

CLOSED = 409
MALFORMED = 400


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Show the paper at one question; a plain form saves its answer and goes where it asks."""
    now = database_now()
    enrolment = enrolment_of(request.user, enrolment_id, now=now)
    attempt = Attempt.objects.of(enrolment).open().first()
    if attempt is None:
        return redirect(_where_it_stands(enrolment), enrolment_id)
    if request.method == "POST":
        return _save_form(request, attempt, now=now)
    sheet = sheet_of(attempt)
    position = sheet.position_near(request.GET.get("q"), attempt.last_position)
    return render(request, "assessments/take.html", _room(enrolment, attempt, sheet, now) | {"position": position})


def _save_form(request: HttpRequest, attempt: Attempt, *, now: datetime) -> HttpResponse:
    try:
        sent = AnswerSent.from_form(request.POST)
        _save(attempt, sent, now=now)
    except (Malformed, attempts.NotAnswerable):
        return render(request, "assessments/malformed.html", {"enrolment_id": attempt.enrolment_id}, status=MALFORMED)
    except attempts.AttemptClosed:
        return redirect("assessments:result", attempt.enrolment_id)
    if request.POST.get("go") == "review":
        return redirect("assessments:submit", attempt.enrolment_id)
    position = sheet_of(attempt).position_near(request.POST.get("go"), sent.position)
    return redirect(f"{reverse('assessments:take', args=[attempt.enrolment_id])}?q={position}")


def _save(attempt: Attempt, sent: AnswerSent, *, now: datetime) -> JsonResponse:
    """Save the answer. Raises: AttemptClosed, also when a forgotten tab still means an earlier attempt."""
    if sent.attempt_number != attempt.number:
        raise attempts.AttemptClosed(sent.attempt_number)
    answer = attempts.save_answer(
        attempt=attempt,
        position=sent.position,
        choices=sent.choices,
        is_flagged=sent.is_flagged,
        revision=sent.revision,
        now=now,
    )
    return JsonResponse(
        {
            "position": answer.position,
            "choices": answer.choices,
            "flagged": answer.is_flagged,
            "revision": answer.revision,
            "saved_at": date(timezone.localtime(answer.saved_at), "H:i:s"),
            "left_ms": _left_ms(attempt, now),
        }
    )


@login_required
@require_POST
def save(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Save one answer for the page's module; what is answered here is committed."""
    now = database_now()
    enrolment = enrolment_of(request.user, enrolment_id, now=now)
    result = reverse("assessments:result", args=[enrolment_id])
    attempt = Attempt.objects.of(enrolment).open().first()
    try:
        sent = AnswerSent.from_json(request.body)
        if attempt is None:
            return JsonResponse({"closed": True, "result": result}, status=CLOSED)
        return _save(attempt, sent, now=now)
    except (Malformed, attempts.NotAnswerable):
        return JsonResponse({"malformed": True}, status=MALFORMED)
    except attempts.AttemptClosed:
        return JsonResponse({"closed": True, "result": result}, status=CLOSED)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """List what is blank or flagged; on the learner's word, hand the paper in."""
    now = database_now()
    enrolment = enrolment_of(request.user, enrolment_id, now=now)
    attempt = Attempt.objects.of(enrolment).open().first()
    if attempt is None:
        return redirect(_where_it_stands(enrolment), enrolment_id)
    if request.method != "POST":
        return render(request, "assessments/review.html", _room(enrolment, attempt, sheet_of(attempt), now))
    if request.POST.get("attempt") == str(attempt.number):
        try:
            attempts.submit(attempt=attempt, now=now)
        except attempts.AttemptClosed:
            # Another tab or the bell was first; the result is the same page.
            attempts.expire_overdue(enrolment=enrolment, now=now)
    return redirect("assessments:result", enrolment_id)


def _where_it_stands(enrolment: Enrolment) -> str:
    """Return the page that says how things are when no attempt is open."""
    return "assessments:result" if Attempt.objects.of(enrolment).exists() else "assessments:exam"


def _left_ms(attempt: Attempt, now: datetime) -> int:
    return max(round((attempt.deadline_at - now).total_seconds() * 1_000), 0)


def _room(enrolment: Enrolment, attempt: Attempt, sheet: Sheet, now: datetime) -> dict[str, object]:
    """Return what the bar on top, the sheet and the countdown show."""
    return {
        "enrolment": enrolment,
        "edition": enrolment.edition,
        "attempt": attempt,
        "sheet": sheet,
        "left_ms": _left_ms(attempt, now),
        "left_s": _left_ms(attempt, now) // 1_000,
        "whole_s": round((attempt.deadline_at - attempt.started_at).total_seconds()),
        "attempts_left": enrolment.edition.attempts_max - attempt.number,
        "until_on": enrolment.requirement.as_calendar().ends_on(local_date(now)),
        "words": _words(),
    }


def _words() -> dict[str, str]:
    """Return the sentences that only the page's module says."""
    return {
        "saved": _("Saved {time}"),
        "unsaved": _("Not saved"),
        "unsaved_count": _("Not saved: {count}"),
        "band_title_one": _("Connection lost. Question {positions} is not saved yet. Please keep this page open."),
        "band_title_many": _("Connection lost. Questions {positions} are not saved yet. Please keep this page open."),
        "band_title_none": _("Connection lost. All your answers are saved on the server."),
        "band_retry": _("Reconnecting (attempt {tries}, in {seconds} s)."),
        "band_trying": _("Reconnecting…"),
        "signed_out": _("You have been signed out. Sign in again in another tab; your answers wait here."),
        "left": _("{minutes} min {seconds} s left"),
        "announce": _("{minutes} minutes left."),
        "announce_one": _("1 minute left."),
        "back_online": _("Back online. Every answer is saved."),
        "superseded": _("Question {position} was answered on another device later; that answer is shown."),
        "cell_answered": _("Question {position}, answered and saved"),
        "cell_unsaved": _("Question {position}, answered, not saved yet"),
        "cell_blank": _("Question {position}, not answered"),
        "cell_flagged": _("{label}, flagged"),
        "answered_of": _("Answered {count} / {total}"),
        "review_note": _("First you see the {blank} unanswered and {flagged} flagged questions; then you decide."),
        "times_up": _("Time is up. Your paper is being handed in."),
        "list_comma": pgettext("questions", ", "),
    }
