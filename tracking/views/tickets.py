"""The ticket and the coverage: what a player asks over HTTP. Source: TRACKING §8."""

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from learning.models.clock import database_now
from tracking import access
from tracking.actions import tickets
from tracking.models import Coverage
from tracking.rules.runs import runs_of_mask

SOCKET_PATH = "/ws/track/"


@never_cache
@require_POST
def ticket(request: HttpRequest, course_key: str, number: int) -> JsonResponse:
    """Give a ticket for one session: 401 signed out, 404 no place, 409 a place that earns nothing."""
    place = _place(request, course_key, number)
    if isinstance(place, JsonResponse):
        return place
    obstacle = access.obstacle(place, now=database_now())
    if obstacle is not None:
        return JsonResponse({"code": obstacle.value}, status=409)
    text = tickets.issue(place, session_key=request.session.session_key, language=get_language() or "")
    return JsonResponse({"ticket": text, "ws": SOCKET_PATH, "exp_s": tickets.LIFETIME_S})


@never_cache
@require_GET
def coverage(request: HttpRequest, course_key: str, number: int) -> JsonResponse:
    """Say what is held of a lesson, for the bar without a socket."""
    place = _place(request, course_key, number)
    if isinstance(place, JsonResponse):
        return place
    seen = Coverage.objects.held(enrolment_id=place.enrolment.pk, lesson_id=place.lesson.pk)
    return JsonResponse(
        {
            "have": runs_of_mask(seen.confirmed),
            "prov": runs_of_mask(seen.provisional),
            "n": seen.confirmed_s,
            "D": place.lesson.duration_s,
        }
    )


def _place(request: HttpRequest, course_key: str, number: int) -> access.Place | JsonResponse:
    """Return the visitor's place, or the refusal; in JSON, since a player reads it."""
    if not request.user.is_authenticated:
        return JsonResponse({"code": "signed_out", "sign_in": reverse("account_login")}, status=401)
    place = access.place_of(request.user, course_key, number)
    return place or JsonResponse({"code": "not_found"}, status=404)
