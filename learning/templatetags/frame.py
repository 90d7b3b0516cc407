"""The frame of every page: navigation by role, the other language, the front door."""

from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.models import Membership, Role

register = template.Library()


@dataclass(frozen=True, slots=True)
class NavItem:
    """One door in the navigation. `is_current`: "page", "true" (inside it) or empty."""

    label: object
    href: str
    icon: str
    is_current: str


def _item(request: HttpRequest, label: object, icon: str, name: str, *args: object) -> NavItem | None:
    """Build the item; None when the page is not in this installation."""
    try:
        href = reverse(name, args=args)
    except NoReverseMatch:
        return None
    current = "page" if request.path == href else "true" if request.path.startswith(href) and href != "/" else ""
    return NavItem(label, href, icon, current)


def _courses_item(request: HttpRequest) -> NavItem:
    href = f"{front_door()}courses/"
    current = "page" if request.path == href else "true" if request.path.startswith(href) else ""
    return NavItem(_("Courses"), href, "book-open", current)


@register.filter
def nav_items(request: HttpRequest) -> list[NavItem]:
    """Return the doors that are open to this visitor, most used first."""
    items: list[NavItem | None] = []
    if request.user.is_authenticated:
        offices = _offices(request)
        for office in offices:
            items.extend(_staff_items(request, office))
        if request.user.title_level:
            items.append(_item(request, _("My year"), "circle-gauge", "learning:me"))
            items.append(_courses_item(request))
            items.append(_item(request, _("Hour record"), "list", "learning:hours"))
            items.append(_item(request, _("Certificates"), "award", "learning:certificates"))
        elif not offices:
            items.append(_courses_item(request))
    else:
        items.append(_courses_item(request))
        items.append(_item(request, _("Rules"), "scale", "learning:rules"))
        items.append(_item(request, pgettext_lazy("navigation", "Check a certificate"), "badge-check", "learning:verify"))
    return [item for item in items if item is not None]


def _offices(request: HttpRequest) -> list[Membership]:
    return list(
        Membership.objects.filter(person_id=request.user.pk, role__in=[Role.AUDITOR, Role.OFFICER, Role.EDITOR])
        .select_related("organisation")
        .order_by("pk")
    )


def _staff_items(request: HttpRequest, office: Membership) -> list[NavItem | None]:
    if office.role == Role.AUDITOR:
        return [_item(request, _("Audit"), "clipboard-check", "learning:audit", office.organisation.slug)]
    if office.role == Role.OFFICER:
        return [_item(request, _("Confirm"), "stamp", "learning:confirm")]
    return [_item(request, _("Course desk"), "pencil", "wagtailadmin_home")]


@register.filter
def other_language(request: HttpRequest) -> str:
    """Return this page's address in the other language."""
    other = "zh-hans" if (get_language() or "").startswith("en") else "en"
    return translate_url(request.get_full_path(), other)


@register.simple_tag
def front_door() -> str:
    """Return the front page's address in the active language."""
    return "/en/" if (get_language() or "").startswith("en") else "/"


@register.simple_tag
def course_href(course_key: str) -> str:
    """Return a course page's address in the active language (Wagtail serves it under its key)."""
    return f"{front_door()}courses/{course_key}/"
