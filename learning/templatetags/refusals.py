"""Refusals in words: why a course would not count for this person, each with its rule.

Codes come from `learning.rules.eligibility`; this file turns them into words.
"""

from django import template
from django.utils.translation import gettext_lazy as _

from learning.rules.eligibility import SOURCES, Refusal

register = template.Library()

#: What it means for the reader, and what they can do.
TEXTS: dict[str, object] = {
    Refusal.NO_REQUIREMENT: _(
        "No yearly requirement applies to you, so hours from this course would not be recorded for you. "
        "Check your region and title level in your profile."
    ),
    Refusal.YEAR_CLOSED: _("This year has closed. The course would no longer count for it."),
    Refusal.NOT_OPEN: _("This course is not open to new learners. Those already enrolled can finish it."),
    Refusal.BASE_INACTIVE: _(
        "The base that gives this course is suspended or no longer recognised, so new enrolments would not count."
    ),
    Refusal.LEVEL_NOT_TARGETED: _("This professional course is not meant for your title level."),
    Refusal.PROMOTION_NEEDS_MUNICIPAL: _(
        "For the promotion you work towards, training has to be organised at municipal level or above. "
        "This is a county base's course. Choose the same subject at a municipal base."
    ),
    Refusal.COUNTY_BASE_LEVEL: _(
        "A county base teaches intermediate and junior titles. With a senior title, choose a municipal base's course."
    ),
    Refusal.COUNTY_BASE_REGION: _(
        "A county base teaches the professionals of its own county. You belong to another region; "
        "choose a base there or a municipal one."
    ),
    Refusal.ALREADY_ENROLLED: _("You already have a place in this course this year."),
    Refusal.TOPIC_TAKEN: _("You already study this public topic this year, and a topic counts once a year."),
    Refusal.COUNTS_ELSEWHERE: _(
        "You study this course this year towards another year already, and a course counts in one year only."
    ),
}

#: The rule's own words, where a regulation stands behind the refusal.
ARTICLES: dict[str, object] = {
    "R1": _("All professionals in service take part in continuing education each year."),
    "R3": _("Professional subjects are taught by level: senior, intermediate, junior."),
    "R16": _(
        "Promotion from intermediate to associate senior, and from associate to full senior, requires continuing "
        "education organised at municipal level or above."
    ),
    "R21": _("The hours of a year count for that year, up to its cut-off."),
    "R25": _("A county base mainly trains intermediate and junior professionals of its own county."),
}


@register.filter
def refusal_text(reason: str) -> object:
    """Say what the refusal means; an unknown code stands as it is."""
    return TEXTS.get(reason, reason)


@register.filter
def refusal_rule(reason: str) -> str:
    """Return the number of the refusing rule, such as R16; empty where none is a regulation's."""
    source = SOURCES.get(Refusal(reason), "")
    return source if source in ARTICLES else ""


@register.filter
def refusal_article(reason: str) -> object:
    """Return the words of the refusing rule."""
    return ARTICLES.get(refusal_rule(reason), "")
