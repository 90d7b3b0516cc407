"""Where learners get their tickets: from the lecture's own view, or issued here by the same function.

The view costs the server more than the session it opens, and is no part of what is measured: a large
run issues them in the client's process, under the same key.
"""

import asyncio
import http.client
import json
from typing import TYPE_CHECKING, Any, Final

from learning.models import Enrolment, Lesson
from tracking import access
from tracking.actions import tickets
from tracking.management.load.seed import COURSE_KEY, LESSON_NUMBER

if TYPE_CHECKING:
    from tracking.management.load.learner import Learner

_CSRF: Final = "benchbenchbenchbenchbenchbench32"
_WITHIN_S: Final = 60
_AT_ONCE: Final = 4


class TicketOffice:
    """Gets one ticket at a time for one learner."""

    def __init__(self, facts: dict[str, Any]) -> None:
        """Remember which way."""
        self._facts = facts
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def ticket(self, learner: "Learner") -> str:
        """Return a fresh ticket."""
        if self._facts["tickets"] == "issued":
            place = access.Place(
                Enrolment(pk=learner.enrolment_id, person_id=learner.person_id), Lesson(pk=learner.lesson_id)
            )
            return tickets.issue(place, session_key=learner.session_key)
        async with self._gate:
            return await asyncio.to_thread(self._ask, learner)

    def _ask(self, learner: "Learner") -> str:
        """Ask the view, as the page's script does. Raises: OSError, when it does not answer 200."""
        facts = self._facts
        ports = facts["ports"]
        line = http.client.HTTPConnection("127.0.0.1", ports[learner.number % len(ports)], timeout=_WITHIN_S)
        cookies = f"{facts['session_cookie']}={learner.session_key}; {facts['csrf_cookie']}={_CSRF}"
        headers = {"Cookie": cookies, "X-CSRFToken": _CSRF, "Origin": facts["origin"], "Content-Length": "0"}
        try:
            line.request("POST", f"/learn/{COURSE_KEY}/{LESSON_NUMBER}/ticket/", headers=facts["headers"] | headers)
            answer = line.getresponse()
            body = answer.read()
            if answer.status != http.client.OK:
                raise OSError(answer.status, f"no ticket: {answer.status}")
            return str(json.loads(body)["ticket"])
        except http.client.HTTPException as error:
            raise OSError(0, type(error).__name__) from error
        finally:
            line.close()
