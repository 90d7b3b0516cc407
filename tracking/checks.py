"""A deployment check: the learning record store, if there is one, can be used as configured."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register


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
