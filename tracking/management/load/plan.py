"""What a run is to do, and what it will need: processes, memory, disk, time.

The estimates are for whoever starts a large run, and for the limit after which a run is given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Enough beats in flight to saturate, few enough to be answered within a second.
SATURATING_MAX: Final = 8_000
#: With more learners than this another server and another client share them, whatever the limit of files.
LEARNERS_A_PROCESS: Final = 17_000

# Measured on 2 cores, servers and load generator together; each rounded up.
_SERVER_KIB_A_LEARNER: Final = 56
_CLIENT_KIB_A_LEARNER: Final = 12
_KERNEL_KIB_A_LEARNER: Final = 12
_PROCESS_KIB: Final = 130 * 1_024
_DATABASE_KIB: Final = 1_500 * 1_024
_HISTORY_BYTES_AN_ENTRY: Final = 300
_SEEDED_PER_S: Final = 400
_OPENED_PER_S: Final = 60
_FILLED_PER_S: Final = 20_000
_STARTING_S: Final = 120
_KIB_PER_GIB: Final = 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for. `beat_s` None: no steady phase; `storm_window_s` None: no storm."""

    learners: int
    seconds: float
    beat_s: float | None
    storm_window_s: float | None
    history: int
    servers: int
    clients: int
    tickets: str
    within_s: float | None = None

    @property
    def saturating(self) -> int:
        """How many learners beat without a pause to saturate the server."""
        return min(self.learners, SATURATING_MAX)

    @property
    def needed_kib(self) -> int:
        """Memory of all processes, and of the kernel for their sockets."""
        a_learner = _SERVER_KIB_A_LEARNER + _CLIENT_KIB_A_LEARNER + _KERNEL_KIB_A_LEARNER
        return self.learners * a_learner + (self.servers + self.clients) * _PROCESS_KIB + _DATABASE_KIB

    @property
    def expected_s(self) -> float:
        """How long the run takes, roughly."""
        rounds_s = 2 * self.seconds + 10
        steady_s = 0.0 if self.beat_s is None else self.beat_s + self.seconds
        storm_s = 0.0 if self.storm_window_s is None else 2 * self.storm_window_s + self.seconds + 30
        history_s = self.history / _FILLED_PER_S + rounds_s if self.history else 0.0
        people_s = self.learners / _SEEDED_PER_S + self.learners / _OPENED_PER_S
        return _STARTING_S + people_s + rounds_s + history_s + steady_s + storm_s

    @property
    def limit_s(self) -> float:
        """After how long the run is given up."""
        return self.within_s if self.within_s is not None else 300 + 3 * self.expected_s

    def rows(self, *, sockets_max: int, available_kib: int) -> list[tuple[str, str | int | float]]:
        """Return the plan as a table's rows."""
        return [
            ("learners", self.learners),
            ("server processes", self.servers),
            ("client processes", self.clients),
            ("sockets of one process, at most", -(-self.learners // min(self.servers, self.clients))),
            ("sockets of one process, allowed", sockets_max),
            ("echoed to and saturated by", self.saturating),
            ("tickets", self.tickets),
            ("memory needed, GiB", round(self.needed_kib / _KIB_PER_GIB, 1)),
            ("memory available, GiB", round(available_kib / _KIB_PER_GIB, 1)),
            ("disk for the past, GiB", round(self.history * _HISTORY_BYTES_AN_ENTRY / 2**30, 1)),
            ("expected, s", round(self.expected_s)),
            ("given up after, s", round(self.limit_s)),
        ]
