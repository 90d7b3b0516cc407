"""Whether the process is up, and whether it can do its work."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

logger = logging.getLogger(__name__)
LAYER_TIMEOUT_S = 2


async def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process runs; asks nothing of others."""
    return HttpResponse("ok\n", content_type="text/plain")


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        message = "unapplied migrations"
        raise RuntimeError(message)


async def _channel_layer() -> None:
    layer = get_channel_layer()
    if layer is None:
        message = "no channel layer"
        raise RuntimeError(message)
    name = f"readyz.{uuid.uuid4().hex}"
    await layer.send(name, {"type": "ping"})
    await asyncio.wait_for(layer.receive(name), LAYER_TIMEOUT_S)


@never_cache
async def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database, its migrations and the channel layer are reachable, else 503.

    The body names what failed, never why: reasons go to the log.
    """
    probes: dict[str, Callable[[], Awaitable[None]]] = {
        "database": sync_to_async(_database),
        "migrations": sync_to_async(_migrations),
        "channel_layer": _channel_layer,
    }
    states: dict[str, str] = {}
    for name, probe in probes.items():
        try:
            await probe()
            states[name] = "ok"
        except Exception:  # any failure of a dependency means: not ready
            logger.exception("readiness probe failed: %s", name)
            states[name] = "failed"
    return JsonResponse(states, status=200 if set(states.values()) == {"ok"} else 503)
