"""Enrolling from a course page; which year it counts in is chosen there, where there is a choice."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from learning.access import signed_in
from learning.actions import enrolments
from learning.models import Edition
from learning.models.clock import database_now
from learning.rules.eligibility import Refusal
from learning.templatetags.frame import course_href
from learning.templatetags.refusals import refusal_article, refusal_rule, refusal_text

YEAR = re.compile(r"[0-9]{4}")


@login_required
@require_POST
def enrol(request: HttpRequest, course_key: str) -> HttpResponse:
    """Give a place and open the first lecture; or go back to the course with the refusing rule quoted."""
    edition = get_object_or_404(Edition.objects.current().select_related("base__base_profile"), course_key=course_key)
    asked = request.POST.get("year", "")
    year = int(asked) if YEAR.fullmatch(asked) else None
    try:
        enrolments.enrol(person=signed_in(request), edition=edition, now=database_now(), year=year)
    except enrolments.NotEligible as refusal:
        for reason in refusal.reasons:
            messages.error(request, quoted(reason))
        return redirect(course_href(course_key))
    messages.success(request, _("You are enrolled in “%(title)s”.") % {"title": edition.title})
    try:
        return redirect(reverse("tracking:lecture", args=[course_key, 1]))
    except NoReverseMatch:
        return redirect(course_href(course_key))


def quoted(reason: Refusal) -> str:
    """Return what the refusal means, with the rule's own words where a regulation stands behind it."""
    text = str(refusal_text(reason))
    if not (rule := refusal_rule(reason)):
        return text
    return _("%(text)s Rule %(rule)s: “%(words)s”") % {"text": text, "rule": rule, "words": refusal_article(reason)}
