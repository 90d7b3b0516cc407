"""Messages: what a person was told, newest first; each opens at what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from learning.access import offices_of, signed_in
from learning.actions import notice_settings, notices
from learning.models import Notice, NoticeDelivery, Person
from learning.models.clock import database_now
from learning.rules.notices import STAFF_KINDS, Channel, NoticeKind, channels_of
from learning.templatetags.notices import subject_href
from learning.views.message_input import MessageSettingsForm, MessagesFilterForm, number

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Ways:
    """One kind on the page of settings: each channel with its name in the form and whether it is wanted."""

    kind: NoticeKind
    channels: list[tuple[Channel, str, bool]]


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the messages, filtered and paged; asked with `newer`, only whether there are newer ones."""
    told = Notice.objects.visible_to(signed_in(request))
    if "newer" in request.GET:
        newest = number(request.GET["newer"])
        return render(
            request,
            "learning/messages/newer.html",
            {"newest": newest, "count": told.unread().filter(pk__gt=newest).count()},
        )
    form = MessagesFilterForm(request.GET, kinds=_kinds(request))
    page = Paginator(form.narrow(told).order_by("-created_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    newest = told.order_by("-pk").values_list("pk", flat=True).first() or 0
    context = {
        "form": form,
        "page": page,
        "query": form.query(),
        "newest": newest,
        "has_unread": told.unread().exists(),
        "failed": _has_failed(signed_in(request)),
    }
    return render(request, "learning/messages/inbox.html", context)


@login_required
@require_GET
def open_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message as read and lead to what it is about."""
    told = Notice.objects.visible_to(signed_in(request)).filter(pk=pk)
    notice = get_object_or_404(told)
    notices.mark_read(told, now=database_now())
    return HttpResponseRedirect(subject_href(notice))


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one message as read, or all that stood on the page (`until`): what came since is still new."""
    told = Notice.objects.visible_to(signed_in(request))
    if "until" in request.POST:
        told = told.filter(pk__lte=number(request.POST["until"]))
    else:
        told = told.filter(pk=number(request.POST.get("pk", "")))
    notices.mark_read(told, now=database_now())
    query = MessagesFilterForm(request.GET, kinds=_kinds(request)).query()
    return HttpResponseRedirect(f"{reverse('learning:messages')}{'?' if query else ''}{query}")


@login_required
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """Let the person choose how to be told."""
    person, kinds = signed_in(request), _kinds(request)
    if request.method == "POST":
        form = MessageSettingsForm(request.POST, kinds=kinds)
        if form.is_valid():
            notice_settings.choose(
                person_id=person.pk, wanted=form.pairs(), kinds=kinds, language=form.cleaned_data["language"]
            )
            toasts.success(request, _("Saved."))
            return redirect("learning:messages-settings")
    held = notice_settings.of(person)
    form = MessageSettingsForm(kinds=kinds, initial={"language": held.language})
    rows = [
        Ways(
            kind,
            [(each, f"{kind}:{each}", each in channels_of(kind, held.chosen)) for each in Channel],
        )
        for kind in kinds
    ]
    context = {"form": form, "rows": rows, "channels": list(Channel), "person": person}
    return render(request, "learning/messages/settings.html", context)


@csrf_exempt  # RFC 8058: the reader's mail program posts here by itself; the signed link is the proof.
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop e-mails of some kinds for whoever holds a message's link. Raises: Http404, for no link of ours."""
    try:
        person_id, kinds = notice_settings.read_stop_link(token)
    except notice_settings.BadLink as mistake:
        raise Http404 from mistake
    if not Person.objects.filter(pk=person_id).exists():
        raise Http404
    if request.method == "POST":
        notice_settings.stop_email(person_id=person_id, kinds=kinds)
    return render(request, "learning/messages/stop.html", {"kinds": kinds, "is_done": request.method == "POST"})


def _has_failed(person: Person) -> bool:
    """Say whether the last message to the person outside the site was given up."""
    state = NoticeDelivery.State
    ended = NoticeDelivery.objects.filter(person=person, state__in=[state.SENT, state.FAILED])
    return ended.order_by("-pk").values_list("state", flat=True).first() == state.FAILED


def _kinds(request: HttpRequest) -> list[NoticeKind]:
    """Return what this person may be told of: learners their hours, offices their queues."""
    person = signed_in(request)
    is_staff = bool(offices_of(request))
    is_learner = bool(person.title_level) or not is_staff
    return [kind for kind in NoticeKind if (is_staff if kind in STAFF_KINDS else is_learner)]
