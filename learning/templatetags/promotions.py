"""Promotions in words: the tracks, and how a year stands."""

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from learning.rules.promotion import Standing, YearJudged
from learning.rules.requirements import PromotionTrack
from learning.templatetags.standing import Status

register = template.Library()

TRACKS: dict[str, object] = {
    PromotionTrack.JUNIOR_TO_INTERMEDIATE: _("from junior to intermediate"),
    PromotionTrack.INTERMEDIATE_TO_ASSOCIATE: _("from intermediate to associate senior"),
    PromotionTrack.ASSOCIATE_TO_FULL: _("from associate to full senior"),
}
STATUSES: dict[str, Status] = {
    Standing.CERTIFIED: Status("confirmed", "circle-check", pgettext_lazy("year", "in order")),
    Standing.AWAITS_CERTIFICATE: Status("pending", "clock", pgettext_lazy("year", "certificate to come")),
    Standing.TIER_TOO_LOW: Status("returned", "circle-alert", pgettext_lazy("year", "organiser’s level too low")),
    Standing.SHORT: Status("returned", "circle-alert", pgettext_lazy("year", "hours missing")),
    Standing.NO_RULE: Status("reversed", "circle", pgettext_lazy("year", "not kept here")),
}


@register.filter
def track_word(track: str) -> object:
    """Name a promotion."""
    return TRACKS.get(track, track)


@register.filter
def standing_status(judged: YearJudged) -> Status:
    """Return the badge of a year."""
    return STATUSES[judged.standing]
