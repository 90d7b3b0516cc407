"""A player that speaks by plain requests, and what its tests look at."""

from __future__ import annotations

import json
from typing import Any

from tests.factories.tracking import Learner
from tracking.models import Coverage, ViewingSession
from tracking.rules.chain import first_broken_index

API = "/api/track/v1/"


class Caller:
    """A player on a network that lets no socket through."""

    def __init__(self, at: Learner) -> None:
        self.at = at
        self.stamp: dict[str, Any] = {}
        self.sequence = 0
        self.status = 0

    def post(self, address: str, message: dict[str, Any] | str, **headers: str) -> Any:
        text = message if isinstance(message, str) else json.dumps(message)
        agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Edg/140"
        answer = self.at.client.post(
            f"{API}{address}", text, content_type="application/json", headers={"user-agent": agent} | headers
        )
        self.status = answer.status_code
        return answer

    def say(self, kind: str, **fields: Any) -> list[Any]:
        answer = self.post(kind, {"t": kind} | self.stamp | fields)
        assert answer["Content-Type"] == "application/json"
        return list(answer.json()["messages"])

    def open(self, **fields: Any) -> list[Any]:
        self.stamp = {}
        said = {"v": 1, "ticket": self.at.ticket(), "dev": "desk"} | fields
        messages = self.say("open", **said)
        if messages[-1]["t"] == "ok":
            self.stamp = {"tok": messages[-1]["tok"], "ep": messages[-1]["ep"]}
            self.sequence = messages[-1]["q"]
        return messages

    def beat(self, *runs: list[int], kind: str = "hb", **fields: Any) -> list[Any]:
        return self.say(kind, **self.claim(*runs, kind=kind) | fields)

    def claim(self, *runs: list[int], kind: str = "hb") -> dict[str, Any]:
        self.sequence += 1
        said = {"t": kind, "q": self.sequence, "c": list(runs), "pt": 3_600_000, "p": 0, "s": "p", "f": 0}
        return said | ({"why": "user"} if kind == "bye" else {})

    def beacon(self, *runs: list[int], kind: str = "hb", **fields: Any) -> int:
        text = json.dumps(self.claim(*runs, kind=kind) | self.stamp | fields)
        return self.at.client.post(f"{API}beacon", text, content_type="text/plain;charset=UTF-8").status_code

    def refused(self, messages: list[Any], code: str) -> bool:
        return [message["code"] for message in messages] == [code]


def confirmed_s(at: Learner) -> int:
    return Coverage.objects.held(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk).confirmed_s


def assert_every_chain_holds() -> None:
    for session in ViewingSession.objects.filter(ended_ms__isnull=False):
        lines = [entry.as_line(str(session.key)) for entry in session.entries.order_by("line_index")]
        assert first_broken_index(bytes.fromhex(session.header_digest), lines, last_head=bytes(session.head)) is None
