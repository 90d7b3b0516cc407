"""What happens elsewhere and concerns tracking.

A sign-out closes open sockets at once; the group commit's round finds a lapsed session anyway,
this is the quick hint (other reasons to close are told by learning). A migration leaves the
ledger's coming months made; the daily sweep keeps them so.
"""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.db import OperationalError
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.http import HttpRequest

from learning.models import Person
from learning.models.clock import database_now
from tracking.access import person_group, session_hash
from tracking.actions import partitions

logger = logging.getLogger(__name__)


@receiver(user_logged_out, dispatch_uid="tracking.close_sockets")
def close_sockets(request: HttpRequest | None, user: Person | None, **_kwargs: Any) -> None:
    """Tell the sockets of this login that it ended."""
    if user is None or request is None or request.session.session_key is None:
        return
    _tell(user.pk, {"type": "person.signed_out", "session": session_hash(request.session.session_key)})


def _tell(person_id: int, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(person_group(person_id), message | {"person": person_id})
    except Exception:  # whatever the layer's driver raises; the group commit's round closes them too
        logger.warning("The channel layer is away", exc_info=True)


@receiver(post_migrate, dispatch_uid="tracking.make_partitions")
def make_partitions(sender: AppConfig, **kwargs: Any) -> None:
    """Make the coming months' partitions after `migrate`; a mere flush, which names no plan, needs none."""
    if sender.label != "tracking" or "plan" not in kwargs:
        return
    try:
        partitions.make_ahead(now=database_now())
    except OperationalError:  # a lock was not to be had; the sweep has two months to get it
        logger.warning("The viewing ledger was too busy for its coming partitions", exc_info=True)
