"""Those who sit at the other end: one honest viewer, and one who tries everything.

The honest one does what the page's modules do: plays at 1x, claims what is not acknowledged,
believes only acknowledgements, comes back with what is pending. The other says whatever might
earn a second. Neither knows the server's state. Source: TRACKING §1, §2.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from tests.factories.tracking import Learner
from tests.tracking.simulator.node import Line, Node
from tracking.rules.runs import MAX_RUNS, mask_of_runs, runs_of_mask

BEAT_S = 15.0
ACK_WITHIN_S = 10.0
STOP_AFTER_S = 240.0
NodeOf = Callable[[], Node]


class Viewer:
    """An honest viewer of one lesson; `watch` returns when every second is acknowledged."""

    def __init__(self, at: Learner, node_of: NodeOf, chance: random.Random, lag_s: Callable[[], float]) -> None:
        self.at, self.node_of, self.chance, self.lag_s = at, node_of, chance, lag_s
        self.duration_s = at.lesson.duration_s
        self.device = f"viewer-{chance.randrange(10**9)}"
        self.line: Line | None = None
        self.session: str | None = None
        self.acked = self.pending = 0
        self.most_confirmed_s = 0
        self.previous: dict[str, Any] | None = None
        self.sent: dict[int, int] = {}
        self.position_s = self.sequence = 0
        self.played_s = 0.0
        self.heard_at_s = self.next_beat_s = self.retry_at_s = self.sent_at_s = 0.0
        self.is_open = self.is_final = False
        self.offline_until_s = self.paused_until_s = 0.0
        self.check: tuple[str, float] | None = None
        self.minds_checks = True

    @property
    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def everything(self) -> int:
        return (1 << self.duration_s) - 1

    async def watch(self, *, give_up_s: float) -> None:
        while self.acked != self.everything and self.now_s < give_up_s:
            await asyncio.sleep(1.0)
            self._live_a_second()

    # The world's doings ---------------------------------------------------------------

    def lose_the_net(self, for_s: float) -> None:
        self.offline_until_s = max(self.offline_until_s, self.now_s + for_s)
        self._drop()

    def crash(self) -> None:
        """The browser dies and is opened again: what was kept on disk is handed over as `prev`."""
        self._drop()
        if self.session is not None and self.pending:
            self.previous = {"sid": self.session, "c": runs_of_mask(self.pending)[:MAX_RUNS]}
        self.session, self.pending, self.played_s, self.check = None, 0, 0.0, None

    # One second -----------------------------------------------------------------------

    def _live_a_second(self) -> None:
        now_s = self.now_s
        if self.line is not None and self.line.is_cut and not self.is_final:
            self._drop()
        if self.sent and now_s - self.sent_at_s > ACK_WITHIN_S:
            self._drop()
        if self.line is None and now_s >= max(self.retry_at_s, self.offline_until_s):
            self._connect()
        self._play()
        if self.is_open and not self.sent and now_s >= self.next_beat_s:
            self._beat()
        if self.check is not None and self.is_open and now_s >= self.check[1]:
            self._say(t="ans", id=self.check[0], v="here", ms=1_000)
            self.check = (self.check[0], now_s + 20)

    def _play(self) -> None:
        now_s = self.now_s
        is_cut_off = now_s - self.heard_at_s > STOP_AFTER_S
        if now_s < self.paused_until_s or (is_cut_off and not self.is_open) or self.session is None:
            return
        if self.position_s >= self.duration_s:
            if not self.pending:
                missing = self.everything & ~self.acked
                self.position_s = (missing & -missing).bit_length() - 1 if missing else self.duration_s
            return
        if not self.acked >> self.position_s & 1:
            self.pending |= 1 << self.position_s
        self.position_s += 1
        self.played_s += 1

    def _connect(self) -> None:
        line = self.node_of().connect(self.at, self._hear, self.lag_s)
        self.retry_at_s = self.now_s + self.chance.uniform(0, 8)
        if line is None:
            return
        self.line, self.is_final = line, False
        self.sent_at_s = self.now_s
        self.sent = {-1: 0}
        self._open()

    def _open(self) -> None:
        assert self.line is not None
        self.line.say(
            t="open",
            v=1,
            ticket=self.at.ticket(),
            dev=self.device,
            take=True,
            resume=self.session,
            prev=None if self.session else self.previous,
        )

    def _beat(self) -> None:
        self.sequence += 1
        claims = runs_of_mask(self.pending)[:MAX_RUNS]
        state = "p" if self.now_s >= self.paused_until_s else "i"
        self._say(
            t="hb", q=self.sequence, c=claims, pt=int(self.played_s * 1_000), p=min(self.position_s, self.duration_s),
            s=state, f=0,
        )  # fmt: skip
        self.sent[self.sequence] = mask_of_runs(claims)
        self.sent_at_s = self.now_s
        pause_s = 2.0 if self.position_s >= self.duration_s else BEAT_S * self.chance.uniform(0.9, 1.1)
        self.next_beat_s = self.now_s + pause_s

    def _say(self, **message: Any) -> None:
        if self.line is not None:
            self.line.say(**message)

    def _drop(self) -> None:
        if self.line is not None:
            self.line.cut(noticed_after_s=self.chance.choice([0.0, 0.5, 30.0, 90.0]))
        self.line, self.is_open, self.sent = None, False, {}
        self.retry_at_s = self.now_s + self.chance.uniform(0, 3)

    # What is heard --------------------------------------------------------------------

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message["t"]
        self.heard_at_s = self.now_s if kind in ("ok", "ack") else self.heard_at_s
        if kind == "ok":
            self._opened(message)
        elif kind == "ack":
            self._acked(message)
        elif kind == "chk" and self.minds_checks:
            self.check = (message["id"], self.now_s + self.chance.uniform(1, 50))
        elif kind == "chkr":
            self.check = None if message["ok"] else self.check
        elif kind == "err" and message["code"] == "session_ended" and not message["fatal"]:
            self.previous = {"sid": self.session, "c": runs_of_mask(self.pending)[:MAX_RUNS]} if self.pending else None
            self.session, self.pending, self.played_s = None, 0, 0.0
            self._open()
        elif kind == "closed" and message["code"] in (4410, 1000):
            self.session = None

    def _opened(self, message: dict[str, Any]) -> None:
        is_resumed = message["sid"] == self.session
        self.session, self.sequence, self.is_open, self.sent = message["sid"], message["q"], True, {}
        self.acked = mask_of_runs(tuple(run) for run in message["have"])
        self._note_confirmed(message["n"])
        provisional = mask_of_runs(tuple(run) for run in message["prov"])
        self.previous = None
        self.pending &= ~(self.acked | provisional)
        if not is_resumed:
            self.played_s = 0.0
            self.position_s = message["pos"]
        self.next_beat_s = self.now_s

    def _acked(self, message: dict[str, Any]) -> None:
        deferred = mask_of_runs(tuple(run) for run in message.get("rem", ()))
        for sequence in [q for q in self.sent if q <= message["q"]]:
            settled = self.sent.pop(sequence) & ~deferred
            self.pending &= ~settled
            if not message.get("v"):
                self.acked |= settled
        self._note_confirmed(message["n"])

    def _note_confirmed(self, confirmed_s: int) -> None:
        assert confirmed_s >= self.most_confirmed_s, "confirmed seconds were taken away"
        self.most_confirmed_s = confirmed_s


class Cheat:
    """One who claims what was never played; the seed decides how."""

    def __init__(self, at: Learner, node_of: NodeOf, chance: random.Random, lag_s: Callable[[], float]) -> None:
        self.at, self.node_of, self.chance, self.lag_s = at, node_of, chance, lag_s
        self.lines: list[Line] = []
        self.sessions: list[str] = []
        self.checks: list[str] = []
        self.last: dict[str, Any] | None = None
        self.most_confirmed_s = 0
        self.sequence = 0

    async def cheat(self, *, until_s: float) -> None:
        while asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(self.chance.choice([0.15, 0.4, 1.1, 3.0, 15.0, 40.0]))
            self.chance.choice([self._open, self._open, self._claim, self._claim, self._claim, self._replay,
                                self._answer, self._bye, self._vanish])()  # fmt: skip

    def _open(self) -> None:
        line = self.node_of().connect(self.at, self._hear, self.lag_s)
        if line is None:
            return
        self.lines = [*self.lines[-2:], line]
        old = self.chance.choice([None, *self.sessions[-3:]])
        is_resume = self.chance.random() < 0.4
        line.say(
            t="open", v=1, ticket=self.at.ticket(), dev=self.chance.choice("ab"), take=self.chance.random() < 0.7,
            resume=old if is_resume else None,
            prev={"sid": old, "c": self._runs()} if old and not is_resume else None,
        )  # fmt: skip

    def _claim(self) -> None:
        self.sequence += self.chance.choice([-1, 0, 1, 1, 1, 5])
        self.last = {
            "t": "hb", "q": max(0, self.sequence), "c": self._runs(), "pt": self.chance.choice([0, 5_000, 10**9]),
            "p": 0, "s": self.chance.choice("pihw"), "f": self.chance.randrange(128),
        }  # fmt: skip
        self._say(**self.last)

    def _replay(self) -> None:
        if self.last is not None:
            for _time in range(3):
                self._say(**self.last)

    def _answer(self) -> None:
        key = self.chance.choice(["guess", *self.checks[-2:]])
        self._say(t="ans", id=key, v="here", ms=1)

    def _bye(self) -> None:
        if self.last is not None:
            self._say(**(self.last | {"t": "bye", "why": "user", "q": self.sequence + 1}))

    def _vanish(self) -> None:
        if self.lines:
            self.lines.pop(0).cut(noticed_after_s=self.chance.choice([0.0, 60.0]))

    def _runs(self) -> list[tuple[int, int]]:
        duration_s = self.at.lesson.duration_s
        if self.chance.random() < 0.4:
            return [(0, duration_s)]
        starts = [self.chance.randrange(duration_s) for _ in range(self.chance.randrange(1, 4))]
        return [(start, min(duration_s, start + self.chance.randrange(1, 40))) for start in starts]

    def _say(self, **message: Any) -> None:
        if self.lines:
            self.chance.choice(self.lines).say(**message)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["t"] == "ok":
            self.sessions.append(message["sid"])
            self.sequence = message["q"]
        elif message["t"] == "chk":
            self.checks.append(message["id"])
        if message["t"] in ("ok", "ack"):
            assert message["n"] >= self.most_confirmed_s, "confirmed seconds were taken away"
            self.most_confirmed_s = message["n"]
