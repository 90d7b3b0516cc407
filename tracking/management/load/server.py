"""The application under load: the product's own, and an echo beside it to compare with.

Served by the same command line as in production, with another module's name in it. The echo is what
this server can do at best with a message in and a message out. The protocol's limit of messages is
lifted here, when HOURBOOK_BENCH_MESSAGES_PER_S says so, and nowhere else: no settings know it.
The product is found by the name the server command gives it, as uvicorn finds it.
"""

import os
from typing import Any

from django.utils.module_loading import import_string

from learning.management.supervisor import APPLICATION
from tracking.management.load.wire import ECHO_PATH
from tracking.protocol import limits

_messages_per_s = int(os.environ.get("HOURBOOK_BENCH_MESSAGES_PER_S", "0"))
if _messages_per_s:
    vars(limits).update(MESSAGES_PER_S=_messages_per_s, MESSAGES_BURST=_messages_per_s)

product = import_string(APPLICATION.replace(":", "."))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the echo's path; leave everything else to the product."""
    if scope["type"] == "websocket" and scope["path"] == ECHO_PATH:
        await _echo(receive, send)
    else:
        await product(scope, receive, send)


async def _echo(receive: Any, send: Any) -> None:
    """Say back what was said."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})
