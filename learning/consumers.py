"""The socket door of long jobs: a page hears that its job moved, and nothing else.

Origin and login are looked at before (learning.asgi). Whether the login stands and the job may be
seen is asked when the socket opens and again at every hint: what was taken away ends at once.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from learning.access import persons_by_login
from learning.actions.job_hints import group_of
from learning.actions.long_jobs import JOBS
from learning.models import Person

SIGNED_OUT: Final = 4401
NOT_THERE: Final = 4404
NOT_SPOKEN_TO: Final = 4400
#: What fits the key of any table.
_DIGITS_MAX: Final = 18


class JobConsumer(AsyncJsonWebsocketConsumer):
    """One page watching one job: `?job=kind/number`."""

    person: Person | None = None
    kind, pk = "", 0

    async def connect(self) -> None:
        """Take the page in, when it is somebody's who may see the job; from then on it misses nothing."""
        refusal = await self._refusal()
        if refusal is None:
            # NB: before it is told that it is connected: what moves from then on is heard.
            await self.channel_layer.group_add(group_of(self.kind, self.pk), self.channel_name)
        await self.accept()
        if refusal is not None:
            await self.close(refusal)

    async def _refusal(self) -> int | None:
        """Read who asks for which job; return the code of why not."""
        user = self.scope.get("user")
        if not isinstance(user, Person):
            return SIGNED_OUT
        asked = parse_qs(self.scope["query_string"].decode("latin-1")).get("job", [""])[0]
        self.person, (self.kind, _slash, last) = user, asked.partition("/")
        self.pk = int(last) if last.isascii() and last.isdigit() and len(last) <= _DIGITS_MAX else 0
        return await database_sync_to_async(self._why_not)()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.pk:
            await self.channel_layer.group_discard(group_of(self.kind, self.pk), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Close: a page has nothing to say here."""
        await self.close(NOT_SPOKEN_TO)

    async def job_moved(self, event: dict[str, Any]) -> None:
        """Pass the hint on, to who is still signed in and may still see the job."""
        refusal = await database_sync_to_async(self._why_not)()
        if refusal is None:
            await self.send_json({"t": "moved"})
        else:
            await self.close(refusal)

    def _why_not(self) -> int | None:
        """Return the code of why nothing may be told, or None."""
        login = self.scope["session"].session_key or ""
        if self.person is None or persons_by_login([login]).get(login) != self.person:
            return SIGNED_OUT
        job = JOBS.get(self.kind)
        return None if job is not None and self.pk and job.may_see(self.person, self.pk) else NOT_THERE
