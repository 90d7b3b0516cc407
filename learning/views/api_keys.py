"""An office's interface keys: made, shown once, listed without their secrets, revoked."""

from __future__ import annotations

from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from learning.access import may_keep_keys, signed_in
from learning.actions import api_keys
from learning.forms import ApiKeyForm
from learning.models import ApiKey, Organisation, Person
from learning.models.api_key import KEEPERS, KEEPING
from learning.models.clock import database_now


@login_required
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys of the person's offices; make one and show it this once; or revoke one."""
    person = signed_in(request)
    offices = Organisation.objects.acted_for_by(person, *KEEPERS).filter(kind__in=KEEPING)
    if not offices:
        raise Http404
    if request.POST.get("do") == "revoke":
        return _revoke(request, person)
    form = ApiKeyForm(request.POST if request.method == "POST" else None, offices=offices)
    if not form.is_bound or not form.is_valid():
        return _page(request, person, form, status=422 if form.is_bound else 200)
    if not may_keep_keys(person, form.cleaned_data["organisation"]):
        raise PermissionDenied
    key, text = api_keys.make(**form.facts(), by=person, now=database_now())
    return _page(request, person, ApiKeyForm(offices=offices), made=key, text=text)


def _revoke(request: HttpRequest, person: Person) -> HttpResponse:
    """Revoke; a second time changes nothing and says nothing else."""
    key = get_object_or_404(ApiKey.objects.visible_to(person), name=request.POST.get("key", "").replace("\x00", ""))
    if not may_keep_keys(person, key.organisation):
        raise PermissionDenied
    with suppress(api_keys.AlreadyRevoked):
        api_keys.revoke(key=key, by=person, now=database_now())
    return redirect("learning:api-keys")


def _page(
    request: HttpRequest,
    person: Person,
    form: ApiKeyForm,
    *,
    made: ApiKey | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    held = ApiKey.objects.visible_to(person).select_related("organisation", "made_by", "revoked_by")
    context = {"keys": held, "form": form, "made": made, "text": text, "now": database_now()}
    return render(request, "learning/staff/api_keys.html", context, status=status)
