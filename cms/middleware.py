"""The desk's own surroundings: its content policy, its closed doors, its refusals.

Everything under /cms/ is Wagtail's; this is the one place that says how far.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from cms.actions.editions import NoRuleInForce
from cms.forms import OBJECTIONS
from learning.actions.editions import NotPublishable

DESK = "/cms/"
#: Wagtail's admin still writes inline scripts and styles (STACK §5, RELIABILITY §5.14).
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
#: Rooms of Wagtail that authoring does not need: people, groups and files are
#: learning's (D3); the second sign-in door is shut (RELIABILITY §5.9).
CLOSED = tuple(
    DESK + room
    for room in (
        "collections/",
        "documents/",
        "failwhale/",
        "groups/",
        "images/",
        "locales/",
        "password_reset/",
        "redirects/",
        "sites/",
        "snippets/",
        "test404/",
        "users/",
    )
)
#: Rooms that show pages and files of every base, whatever one may edit, and the link
#: choosers that no editor's form has: only for those who see all anyway.
ACROSS_BASES = re.compile(
    DESK + r"(reports/|choose-|lecture-files/(history|history-results|usage)/|pages/\d+/move/"
    r"|bulk/(?!wagtailcore/page/(delete|publish|unpublish)/))"
)


class DeskMiddleware:
    """Wraps what lies under /cms/ and leaves every other page alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Shut the closed doors and those of strangers, send sign-in to the one door, and set the desk's policy."""
        if not request.path.startswith(DESK):
            return self.get_response(request)
        # Wagtail would send a signed-in stranger to sign in again, and round.
        stranger = request.user.is_authenticated and not request.user.has_perm("wagtailadmin.access_admin")
        across = ACROSS_BASES.match(request.path) is not None and not request.user.is_superuser
        if stranger or across or request.path.startswith(CLOSED):
            raise Http404
        if request.path == f"{DESK}login/":
            wanted = request.GET.get("next", DESK)
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': wanted})}")
        response = self.get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say why a publication was refused on a road that has no form, such as a workflow's approval."""
        if not request.path.startswith(DESK) or not isinstance(exception, NotPublishable | NoRuleInForce):
            return None
        for objection in getattr(exception, "objections", ()):
            messages.error(request, str(OBJECTIONS[objection]))
        return redirect(request.META.get("HTTP_REFERER") or DESK)
