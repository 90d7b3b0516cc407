"""One run, phase after phase: echo and saturation in turn, the steady beat, the storm, the last word.

Echo and beats are measured in alternating rounds of one run, so that their ratio means something on
a machine that others use too. Says where it is on stderr.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from learning.management.stage import CannotStage, Stage
from tracking.management.load import processes
from tracking.management.load.figures import Outcome, Phase
from tracking.management.load.learner import USUAL_BEAT_S
from tracking.management.load.plan import Plan
from tracking.management.load.processes import Clients, Servers

_ROUND_S: Final = 5.0
# As many as make the servers open for several in one go, as they do after a storm.
_OPEN_AT_ONCE: Final = 96
_OPEN_WITHIN_S: Final = 120.0
_PARTINGS_PER_S: Final = 2_000
_AFTER_STORM_S: Final = 30.0
_WELL_PERCENT: Final = 99


class Run:
    """The leader's hands on the processes of one run."""

    def __init__(self, plan: Plan, stage: Stage, servers: Servers, clients: Clients) -> None:
        """Take over what has been started."""
        self.plan, self.stage, self.servers, self.clients = plan, stage, servers, clients
        self.outcome = Outcome()
        #: Lines of the past in the ledger now.
        self.history = 0

    def go(self) -> Outcome:
        """Run every phase that was asked for."""
        group = self.plan.saturating
        self._open_echoes(group)
        self._open(group)
        self._rounds(group)
        if self.plan.history:
            self.history = self._fill()
            self._rounds(group)
        self.clients.ask("close_echoes")
        self._open(self.plan.learners)
        if self.plan.beat_s is not None:
            self._steady()
        if self.plan.storm_window_s is not None:
            self._storm()
        self._last_word()
        return self.outcome

    # The phases ---------------------------------------------------------------------

    def _open_echoes(self, count: int) -> None:
        tell(f"connecting {count:,} sockets to the echo")
        self.clients.ask("open_echoes", count=self._share(count))
        self.clients.ask("echo", seconds=0.5)

    def _fill(self) -> int:
        """Give the ledger a past; return of how many lines."""
        tell(f"filling the ledger with {self.plan.history:,} lines of sessions gone by")
        began_s = time.monotonic()
        filled = json.loads(processes.job(self.stage, "history", str(self.plan.history)).splitlines()[-1])
        took_s = time.monotonic() - began_s
        tell(f"{filled['entries']:,} lines of {filled['learners']:,} learners in {took_s:.0f} s")
        self.outcome.facts |= {f"history_{name}": value for name, value in filled.items()}
        self.outcome.facts["history_fill_s"] = round(took_s)
        return int(filled["entries"])

    def _open(self, count: int) -> None:
        """Let so many learners sit, and note what each costs in memory and time."""
        if count <= self.outcome.sitting:
            return
        share = self._share(count)
        servers_kib, clients_kib = self.servers.rss_kib(), self.clients.rss_kib()
        started_s, cpu_s = time.monotonic(), self.servers.cpu_s()
        sitting = sum(
            answer["open"]
            for answer in self.clients.ask(
                "open", count=share, at_once=max(2, _OPEN_AT_ONCE // len(self.clients)), patience_s=_OPEN_WITHIN_S
            )
        )
        took_s = time.monotonic() - started_s
        came = max(1, sitting - self.outcome.sitting)
        self.outcome.sitting = sitting
        self.outcome.servers_kib += self.servers.rss_kib() - servers_kib
        self.outcome.clients_kib += self.clients.rss_kib() - clients_kib
        cost_us = (self.servers.cpu_s() - cpu_s) / came * 1e6
        tell(f"{sitting:,} learners sit ({came / took_s:,.0f} a second, {cost_us:,.0f} µs of server each)")
        self.outcome.facts |= {
            "ramp_s": round(took_s, 1),
            "opens_per_s": round(came / took_s),
            "open_us": round(cost_us),
        }
        if sitting < count:
            raise CannotStage(f"Only {sitting} of {count} learners could sit.")

    def _rounds(self, group: int) -> None:
        """Measure echo and saturation in turn; the first pair warms up."""
        echo, beats = Phase("echo", self.history), Phase("beats at saturation", self.history)
        rounds = max(1, round(self.plan.seconds / _ROUND_S))
        seconds = self.plan.seconds / rounds
        self.clients.ask("saturate", seconds=min(1.0, seconds))
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}: echo, then beats by {group:,} learners, {seconds:.0f} s each")
            with self._measured(echo):
                answers = self.clients.ask("echo", seconds=seconds)
                echo.messages += sum(answer["messages"] for answer in answers)
            with self._measured(beats):
                self._count(beats, self.clients.ask("saturate", seconds=seconds))
            ratio = beats.per_s / max(1.0, echo.per_s)
            tell(f"  so far {echo.per_s:,.0f} echoes/s, {beats.per_s:,.0f} beats/s, ratio {ratio:.2f}")
        self.outcome.phases += [echo, beats]

    def _steady(self) -> None:
        phase = Phase(f"a beat each {self.plan.beat_s:g} s", self.history)
        # One round of beats, until each has a place of its own in it.
        self.clients.ask("pace", seconds=min(self.plan.beat_s or 0, self.plan.seconds))
        tell(f"{self.outcome.sitting:,} learners beat each {self.plan.beat_s:g} s, for {self.plan.seconds:g} s")
        with self._measured(phase):
            self._count(phase, self.clients.ask("pace", seconds=self.plan.seconds))
        self.outcome.phases.append(phase)

    def _storm(self) -> None:
        """Kill the servers under load and start them again; everybody comes back within the drain's span."""
        window_s = self.plan.storm_window_s or 0
        self.clients.ask("brace", drain_s=window_s)
        tell(f"killing the servers; {self.outcome.sitting:,} learners come back within {window_s:g} s and a little")
        self.servers.kill()
        killed_s = time.monotonic()
        self.servers.start()
        started_cpu_s = self.servers.cpu_s()
        tell(f"the servers are up again after {time.monotonic() - killed_s:.1f} s")
        answers = self.clients.ask("returned", within_s=6 * window_s + 60)
        arrivals = sorted(at - killed_s for answer in answers for at in answer["arrivals"])
        back = sum(answer["open"] for answer in answers)
        enough = -(-self.outcome.sitting * _WELL_PERCENT // 100)
        self.outcome.facts |= {
            "storm_window_s": window_s,
            "storm_back": back,
            # -1: never.
            "storm_99_percent_back_s": round(arrivals[enough - 1], 1) if len(arrivals) >= enough else -1,
            "storm_open_us": round((self.servers.cpu_s() - started_cpu_s) / max(1, len(arrivals)) * 1e6),
        }
        phase = Phase("beats after the storm", self.history)
        with self._measured(phase):
            self._count(phase, self.clients.ask("pace", seconds=min(_AFTER_STORM_S, self.plan.seconds)))
        self.outcome.phases.append(phase)
        tell(f"{back:,} are back, 99 % of them after {self.outcome.facts['storm_99_percent_back_s']} s")

    def _last_word(self) -> None:
        """Let everybody part, kill the servers, and ask the database."""
        tell("everybody parts")
        results = [str(self.stage.folder / f"acked-{number}.txt") for number in range(len(self.clients))]
        seconds = max(1.0, self.outcome.sitting / _PARTINGS_PER_S)
        answers = self.clients.ask("settle", [{"results": path} for path in results], seconds=seconds)
        for answer in answers:
            self.outcome.counts.update(answer["counts"])
        self.clients.close()
        self.servers.kill()
        tell("asking the database")
        self.outcome.facts |= json.loads(processes.job(self.stage, "audit", *results).splitlines()[-1])

    # Small things -------------------------------------------------------------------

    @contextmanager
    def _measured(self, phase: Phase) -> Iterator[None]:
        """Add the body's time and processor time to the phase."""
        began_s, server_s, database_s = time.monotonic(), self.servers.cpu_s(), self._database_cpu_s()
        yield
        phase.seconds += time.monotonic() - began_s
        phase.server_cpu_s += self.servers.cpu_s() - server_s
        phase.database_cpu_s += self._database_cpu_s() - database_s

    def _count(self, phase: Phase, answers: list[dict[str, Any]]) -> None:
        for answer in answers:
            phase.messages += answer["acked"]
            phase.latencies.update(dict(answer["latencies"]))

    def _database_cpu_s(self) -> float:
        return processes.cpu_s(processes.family(self.stage.database_pid))

    def _share(self, count: int) -> int:
        """Return what each client takes of so many."""
        return -(-count // len(self.clients))


def tell(words: str) -> None:
    """Say where the run is, and when in UTC."""
    sys.stderr.write(f"{time.strftime('%H:%M:%SZ', time.gmtime())} {words}\n")
    sys.stderr.flush()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give the body up after so long, or when this process is told to end; what it has begun is ended by itself.

    Raises: CannotStage. Outside the main thread, where no signal can be caught, nothing is watched.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(number: int, _frame: FrameType | None) -> None:
        what = f"It was not done after {seconds:,.0f} s" if number == signal.SIGALRM else "It was told to end"
        raise CannotStage(f"{what}; the last line above says where it was. Give --within-s for more time.")

    before = {number: signal.signal(number, give_up) for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP)}
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def run(plan: Plan, stage: Stage, *, messages_per_s: int) -> Outcome:
    """Seed the database, start the processes and run; every process is ended whatever happens."""
    tell(f"migrating and seeding {stage.vendor} with {plan.learners:,} learners")
    cast = stage.folder / "cast.txt"
    processes.job(stage, "seed", str(plan.learners), str(cast))
    servers = Servers(stage, plan.servers, messages_per_s=messages_per_s)
    clients: Clients | None = None
    try:
        servers.start()
        facts = {
            "cast": str(cast),
            "ports": servers.ports,
            "beat_s": plan.beat_s or USUAL_BEAT_S,
            "tickets": plan.tickets,
            "origin": stage.origin,
            "headers": stage.headers,
            "session_cookie": stage.session_cookie,
            "csrf_cookie": stage.csrf_cookie,
        }
        clients = Clients(stage, facts, plan.clients)
        return Run(plan, stage, servers, clients).go()
    finally:
        if clients is not None:
            clients.close()
        servers.kill()
