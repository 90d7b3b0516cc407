"""The frame of every page: navigation by role, the other language, the front door."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from learning.access import offices_of
from learning.models import Membership, Organisation, Role
from learning.models.api_key import KEEPERS, KEEPING
from learning.models.rule_set import RULE_MAKERS

register = template.Library()

#: The pages that belong to "My year", whatever the language.
MY_YEAR = re.compile(r"^(/en)?/me/(\d{4}/.*|courses/)?$")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One door in the navigation. `is_current`: "page", "true" (inside it) or empty."""

    label: object
    href: str
    icon: str
    is_current: str


def _current(request: HttpRequest, href: str, inside: re.Pattern[str] | None = None) -> str:
    if request.path == href:
        return "page"
    if inside is not None:
        return "true" if inside.match(request.path) else ""
    return "true" if request.path.startswith(href) else ""


def _item(
    request: HttpRequest,
    label: object,
    icon: str,
    name: str,
    *args: object,
    inside: re.Pattern[str] | None = None,
) -> NavItem | None:
    """Build the item; None when the page is not in this installation."""
    try:
        href = reverse(name, args=args)
    except NoReverseMatch:
        return None
    return NavItem(label, href, icon, _current(request, href, inside))


def _courses_item(request: HttpRequest) -> NavItem:
    href = f"{front_door()}courses/"
    return NavItem(_("Courses"), href, "book-open", _current(request, href))


@register.filter
def nav_items(request: HttpRequest) -> list[NavItem]:
    """Return the doors that are open to this visitor, most used first."""
    person = getattr(request, "user", None)
    items: list[NavItem | None] = []
    if person is not None and person.is_authenticated:
        offices = offices_of(request)
        for office in offices:
            ways = (_staff_item, _base_item, _presence_item, _pages_item, _compliance_item, _rules_item, _keys_item)
            items.extend(way(request, office) for way in ways)
        if person.title_level:
            items.append(_item(request, _("My year"), "circle-gauge", "learning:me", inside=MY_YEAR))
            items.append(_courses_item(request))
            items.append(_item(request, _("Hour record"), "list", "learning:hours"))
            items.append(_item(request, _("Certificates"), "award", "learning:certificates"))
        else:
            items.append(_courses_item(request))
            items.append(_item(request, _("Rules"), "scale", "learning:rules"))
    else:
        items.append(_courses_item(request))
        items.append(_item(request, _("Rules"), "scale", "learning:rules"))
        check = pgettext_lazy("navigation", "Check a certificate")
        items.append(_item(request, check, "badge-check", "learning:verify"))
    # Two offices may lead to one door.
    return list({item.href: item for item in items if item is not None}.values())


def _staff_item(request: HttpRequest, office: Membership) -> NavItem | None:
    match office.role:
        case Role.AUDITOR:
            return _item(request, _("Audit"), "clipboard-check", "learning:audit", office.organisation.slug)
        case Role.OFFICER:
            return _item(request, _("Confirm"), "stamp", "learning:confirm")
        case Role.EDITOR:
            return _item(request, _("Course desk"), "pencil", "wagtailadmin_home")
        case _:
            return None


def _base_item(request: HttpRequest, office: Membership) -> NavItem | None:
    """Lead a base's auditors and administrators to its own page."""
    is_base = office.organisation.kind == Organisation.Kind.BASE
    if not is_base or office.role not in {Role.AUDITOR, Role.ADMINISTRATOR}:
        return None
    home = re.compile(rf"^(/en)?/base/{office.organisation.slug}/(days/|exams/)?$")
    return _item(
        request,
        pgettext_lazy("base", "Overview"),
        "layout-dashboard",
        "learning:base",
        office.organisation.slug,
        inside=home,
    )


def _compliance_item(request: HttpRequest, office: Membership) -> NavItem | None:
    """Lead officers to how the people of their region stand."""
    if office.role != Role.OFFICER or office.organisation.kind not in RULE_MAKERS:
        return None
    return _item(request, _("Compliance"), "chart-column-stacked", "learning:compliance")


def _presence_item(request: HttpRequest, office: Membership) -> NavItem | None:
    """Lead a base's auditors and administrators to those who watch its lectures now."""
    is_base = office.organisation.kind == Organisation.Kind.BASE
    if not is_base or office.role not in {Role.AUDITOR, Role.ADMINISTRATOR}:
        return None
    return _item(request, _("Watching now"), "radio", "tracking:live-presence", office.organisation.slug)


def _keys_item(request: HttpRequest, office: Membership) -> NavItem | None:
    """Lead whoever keeps a bureau's or province's interface keys to them."""
    if office.role not in KEEPERS or office.organisation.kind not in KEEPING:
        return None
    return _item(request, _("Interface keys"), "key-round", "learning:api-keys")


def _pages_item(request: HttpRequest, office: Membership) -> NavItem | None:
    """Lead a bureau's officers to the certificates it issues."""
    if office.role != Role.OFFICER or office.organisation.kind != Organisation.Kind.BUREAU:
        return None
    return _item(request, pgettext_lazy("bureau", "Issuing"), "award", "learning:certificate-desk")


def _rules_item(request: HttpRequest, office: Membership) -> NavItem | None:
    """Lead officers to the rules they make for their region."""
    if office.role != Role.OFFICER or office.organisation.kind not in RULE_MAKERS:
        return None
    return _item(request, _("Rule studio"), "ruler", "learning:rule-studio")


@register.filter
def page_numbers(page: Page[Any]) -> Iterator[int | str]:
    """Return the numbers a pager shows: the ends, those around this one, and dots between."""
    return page.paginator.get_elided_page_range(page.number)


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


@register.simple_tag
def href_if_any(name: str, *args: object) -> str:
    """Return the address of a page another app may bring, or nothing where it is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
