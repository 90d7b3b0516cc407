"""The catalogue's filters in words and in addresses."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cms.models.catalogue import CatalogueQuery, Sort, bases_offering
from learning.rules.requirements import SubjectKind, TitleLevel
from learning.templatetags.hours import level_word

register = template.Library()

SORTS: dict[str, object] = {
    Sort.NEWEST: _("Newest first"),
    Sort.FEWEST_HOURS: _("Fewest hours first"),
    Sort.MOST_HOURS: _("Most hours first"),
}
SUBJECTS: dict[str, object] = {
    SubjectKind.PUBLIC: pgettext_lazy("subject", "Public"),
    SubjectKind.PROFESSIONAL: pgettext_lazy("subject", "Professional"),
}


@dataclass(frozen=True, slots=True)
class Drop:
    """One filter in words, and the address without it."""

    word: object
    query: str


@register.filter
def sort_word(sort: str) -> object:
    """Name an order."""
    return SORTS[sort]


@register.simple_tag
def title_levels() -> list[str]:
    """Return the title levels, highest first."""
    return [level.value for level in TitleLevel]


@register.filter
def query_string(query: CatalogueQuery) -> str:
    """Return the query as it stands in the address; what is not asked is left out."""
    asked = {"q": query.text, "subject": query.subject, "level": query.level, "base": query.base}
    if query.sort != Sort.NEWEST:
        asked["sort"] = query.sort.value
    return urlencode({name: value for name, value in asked.items() if value})


@register.filter
def loosened(query: CatalogueQuery) -> list[Drop]:
    """Return each filter that is set, with the address that leaves it out."""
    drops: list[Drop] = []
    if query.text:
        drops.append(Drop(query.text, query_string(replace(query, text=""))))
    if query.subject:
        drops.append(Drop(SUBJECTS[query.subject], query_string(replace(query, subject=""))))
    if query.level:
        drops.append(Drop(level_word(query.level), query_string(replace(query, level=""))))
    if query.base:
        base = bases_offering().filter(slug=query.base).first()
        drops.append(Drop(base.name if base else query.base, query_string(replace(query, base=""))))
    return drops
