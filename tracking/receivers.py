"""What happens elsewhere and concerns open sockets: a sign-out closes them at once.

The group commit's round finds a lapsed session anyway; this is the quick hint.
"""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from learning.models import Person
from tracking.access import person_group, session_hash

logger = logging.getLogger(__name__)


@receiver(user_logged_out, dispatch_uid="tracking.close_sockets")
def close_sockets(request: HttpRequest | None, user: Person | None, **_kwargs: Any) -> None:
    """Tell the sockets of this login that it ended."""
    layer = get_channel_layer()
    if layer is None or user is None or request is None or request.session.session_key is None:
        return
    message = {"type": "person.signed_out", "person": user.pk, "session": session_hash(request.session.session_key)}
    try:
        async_to_sync(layer.group_send)(person_group(user.pk), message)
    except Exception:  # whatever the layer's driver raises; the group commit's round closes them too
        logger.warning("The channel layer is away", exc_info=True)
