"""The whole application with a counter at its parser: what uvicorn serves in a fuzz run, and only there.

The pace at which a socket may speak is raised here, or a closed socket would be all that is fuzzed.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

from learning.asgi import application as whole_application
from tests.tracking.fuzz.target import BURST_VARIABLE, COUNTS_PATH
from tracking import protocol
from tracking.protocol import limits

_parse = protocol.parse
_counts: Counter[str] = Counter()


def _counted(raw: bytes | str) -> protocol.Message:
    """Parse as ever, and note what came of it."""
    try:
        said = _parse(raw)
    except protocol.MalformedMessage as malformed:
        _counts[malformed.code.value] += 1
        raise
    except BaseException:
        _counts["UNHANDLED"] += 1
        raise
    _counts[type(said).__name__] += 1
    return said


protocol.parse = _counted
limits.MESSAGES_BURST = int(os.environ[BURST_VARIABLE])  # type: ignore[misc]  # final everywhere else


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve the application, and the counts at an address of their own."""
    if scope["type"] != "http" or scope["path"] != COUNTS_PATH:
        await whole_application(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(_counts).encode()})
