"""Deployment checks: the learning record store can be used as configured, daily roots leave the house."""

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

_ANCHORS_MIN: Final = 2


@register(Tags.security, deploy=True)
def record_store_is_usable(**_context: Any) -> list[CheckMessage]:
    """Refuse an address without https, and one without its key."""
    # Not above: the store's HTTP library would slow every start.
    from tracking.actions.record_store import BadAddress, RecordStore  # noqa: PLC0415

    try:
        RecordStore.configured()
    except BadAddress as fault:
        return [Error(str(fault), id="hourbook.E010")]
    return []


@register(Tags.security, deploy=True)
def roots_are_anchored_outside(**_context: Any) -> list[CheckMessage]:
    """Warn where daily roots reach fewer than two places. Source: TRACKING §4."""
    if len(settings.ROOT_ANCHORS) >= _ANCHORS_MIN:
        return []
    return [
        Warning(
            "Daily roots are left in fewer than two places: set two of HOURBOOK_ANCHOR_FILE, "
            "HOURBOOK_ANCHOR_MAIL and HOURBOOK_ANCHOR_TIMESTAMP_URL.",
            id="hourbook.W010",
        )
    ]
