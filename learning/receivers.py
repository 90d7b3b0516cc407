"""What ends all of a person's open sockets: a new password, deactivation, a changed role.

Signing out ends those of one login only, and is told by who owns the sockets.
The message is a hint: the consumer that receives it closes, and every door asks
again on the next request in any case (RELIABILITY S6).
"""

from typing import Any

from allauth.account.signals import password_changed
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from learning.models import Membership, Person

SIGNED_OUT = {"type": "person.signed_out"}
CHANGED = {"type": "person.changed"}


def person_group(person_id: int) -> str:
    """Return the channel-layer group that all of a person's sockets join."""
    return f"person.{person_id}"


def close_sockets(person_id: int, message: dict[str, str] = SIGNED_OUT) -> None:
    """Tell the person's sockets to close, once this transaction has committed."""

    def send() -> None:
        layer = get_channel_layer()
        if layer is not None:
            async_to_sync(layer.group_send)(person_group(person_id), {**message, "person": person_id})

    # robust: a silent channel layer must not undo the act.
    transaction.on_commit(send, robust=True)


@receiver(password_changed)
def on_password_changed(user: Person, **_kwargs: Any) -> None:
    """Close what was opened under the old password."""
    close_sockets(user.pk)


@receiver(post_save, sender=Person)
def on_person_saved(instance: Person, **_kwargs: Any) -> None:
    """Close the sockets of somebody who was deactivated."""
    if not instance.is_active:
        close_sockets(instance.pk)


@receiver([post_save, post_delete], sender=Membership)
def on_role_changed(instance: Membership, **_kwargs: Any) -> None:
    """Close the sockets of somebody whose role changed; they may come back at once, and are looked at anew."""
    close_sockets(instance.person_id, CHANGED)
