"""Hints: whoever watches a long job's page hears that it moved, and reads it again.

A hint carries nothing but the name of the job. The channel layer may be empty or away:
pages ask by themselves too (D6).
"""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction


def group_of(kind: str, pk: int) -> str:
    """Return the name of the group that watches a job."""
    return f"job.{kind}.{pk}"


def tell(kind: str, pk: int) -> None:
    """Once the act is committed, tell who watches this job that it moved; a layer that is away stops nothing."""
    # NB: no partial: Django names a robust callback that fails by its __qualname__.
    transaction.on_commit(lambda: _send(group_of(kind, pk)), robust=True)


def _send(group: str) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(group, {"type": "job.moved"})
