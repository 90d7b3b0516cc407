"""Who I am to the house, and how its pages look to me."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from learning.access import signed_in
from learning.forms import TEXT_COOKIE, THEME_COOKIE, THEMES
from learning.models import Membership, Person
from learning.templatetags.frame import front_door

YEAR_S = 365 * 24 * 3_600
#: How much of the usual time a person may choose for answering presence checks.
CHECK_TIMES_PERCENT = (100, 200, 300, 500, 1_000)


@login_required
@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    """Show the person what the house knows of them, and the ways to sign out and change the password."""
    person = signed_in(request)
    offices = Membership.objects.filter(person_id=person.pk).select_related("organisation").order_by("pk")
    choices = [(percent, percent // 100) for percent in CHECK_TIMES_PERCENT]
    facts = {"person": person, "memberships": offices, "check_times": choices}
    return render(request, "learning/profile.html", facts)


@login_required
@require_POST
def check_time(request: HttpRequest) -> HttpResponse:
    """Keep how much time the person wants to answer presence checks; it costs and earns no second.

    Longer is free for everybody to choose, without saying why. Source: WCAG 2.2.1, TRACKING §2 `chk`.
    """
    percent = request.POST.get("percent", "")
    if percent not in {str(choice) for choice in CHECK_TIMES_PERCENT}:
        return HttpResponseBadRequest()
    Person.objects.filter(pk=signed_in(request).pk).update(check_time_percent=int(percent))
    messages.success(request, _("Saved. It holds from the next lecture you open."))
    return redirect("learning:profile")


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Keep a choice of text size or colours, and go back to the page it was made on."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = front_door()
    response = HttpResponseRedirect(back)
    if "text" in request.POST:
        _keep_text(request, response, is_large=request.POST["text"] == "large")
    if "theme" in request.POST:
        theme = request.POST["theme"]
        _keep(request, response, THEME_COOKIE, theme if theme in THEMES else "")
    return response


def _keep_text(request: HttpRequest, response: HttpResponse, *, is_large: bool) -> None:
    if request.user.is_authenticated:
        Person.objects.filter(pk=request.user.pk).update(large_text=is_large)
    _keep(request, response, TEXT_COOKIE, "large" if is_large else "")


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    if not value:
        response.delete_cookie(name, samesite="Lax")
        return
    response.set_cookie(name, value, max_age=YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure())
