"""A server process in the simulated world: the real consumers and the real group commit, and a sudden end.

A line is one socket: what is sent on it arrives in order, a little later, or never once it is cut.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tests.factories.tracking import Learner
from tracking.consumers import viewing_socket
from tracking.group_commit import GroupCommitter

#: The process whose code is running just now; a consumer's tasks and timers inherit it.
running: ContextVar[Node] = ContextVar("running")


class Line:
    """One socket, seen from the player's side."""

    def __init__(
        self, node: Node, at: Learner, hear: Callable[[dict[str, Any]], None], lag_s: Callable[[], float]
    ) -> None:
        self.node, self.hear, self.lag_s = node, hear, lag_s
        self.is_cut = False
        self.close_code: int | None = None
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._last_up_s = self._last_down_s = 0.0
        scope = {
            "type": "websocket",
            "subprotocols": ["trk.v1"],
            "headers": [],
            "user": at.person,
            "session": at.client.session,
        }
        self._inbox.put_nowait({"type": "websocket.connect"})
        node.serve(viewing_socket(scope, self._inbox.get, self._sent))

    def say(self, **message: Any) -> None:
        """Send a message; it arrives later, after those before it."""
        self._last_up_s = self._arrival_s(self._last_up_s)
        asyncio.get_running_loop().call_at(
            self._last_up_s, self._arrive, {"type": "websocket.receive", "text": json.dumps(message)}
        )

    def cut(self, *, noticed_after_s: float) -> None:
        """Lose the connection; the server notices when it does."""
        if not self.is_cut:
            self.is_cut = True
            asyncio.get_running_loop().call_later(
                noticed_after_s, self._inbox.put_nowait, {"type": "websocket.disconnect", "code": 1006}
            )

    def _arrival_s(self, last_s: float) -> float:
        return max(last_s, asyncio.get_running_loop().time() + self.lag_s())

    def _arrive(self, message: dict[str, Any]) -> None:
        if not self.is_cut:
            self._inbox.put_nowait(message)

    async def _sent(self, message: dict[str, Any]) -> None:
        self._last_down_s = self._arrival_s(self._last_down_s)
        asyncio.get_running_loop().call_at(self._last_down_s, self._deliver, message)

    def _deliver(self, message: dict[str, Any]) -> None:
        if self.is_cut:
            return
        if message["type"] == "websocket.send":
            self.hear(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.close_code = message["code"]
            self.cut(noticed_after_s=0.0)
            self.hear({"t": "closed", "code": self.close_code})


class Node:
    """One process. After `kill` nothing of it moves, and what it had not committed is gone."""

    def __init__(self) -> None:
        self.is_alive = True
        self.committer = GroupCommitter()
        self.lines: list[Line] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def serve(self, work: Any) -> None:
        token = running.set(self)
        task = asyncio.get_running_loop().create_task(work)
        running.reset(token)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def connect(self, at: Learner, hear: Callable[[dict[str, Any]], None], lag_s: Callable[[], float]) -> Line | None:
        """Return a new socket; None while the process is down."""
        if not self.is_alive:
            return None
        line = Line(self, at, hear, lag_s)
        self.lines.append(line)
        return line

    def kill(self) -> None:
        """End it as SIGKILL does: no farewell, no last write."""
        self.is_alive = False
        for line in self.lines:
            line.is_cut = True
        for task in self._tasks:
            task.cancel()
        if self.committer._task is not None:
            self.committer._task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None and self.is_alive:
            raise AssertionError("a consumer died") from task.exception()
