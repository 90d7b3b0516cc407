"""A course page's figures in words, and the front page's door for those who work at a base."""

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from learning.access import offices_of
from learning.models import Role

register = template.Library()


@register.filter
def speed(percent: int) -> str:
    """Show a playback rate as players do: 1.0, 1.25, 2.0."""
    whole, rest = divmod(percent, 100)
    return f"{whole}.{rest:02d}".removesuffix("0")


@register.simple_tag(takes_context=True)
def base_door(context: dict[str, HttpRequest]) -> str:
    """Return the desk of a course editor, or the audit queue of an auditor; visitors sign in on the way."""
    for office in offices_of(context["request"]):
        if office.role == Role.AUDITOR:
            try:
                return reverse("learning:audit", args=[office.organisation.slug])
            except NoReverseMatch:
                break
    return reverse("wagtailadmin_home")
