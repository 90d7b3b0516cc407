"""The figures of a run: what each phase counted and cost, and what follows from them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from learning.management.bench import Table

COLUMNS: Final = (
    "load", "history", "messages", "per_s", "server_us", "database_us", "server_cpus", "ack_p50_ms", "ack_p99_ms",
)  # fmt: skip
_MICROSECONDS: Final = 1e6


@dataclass(slots=True)
class Phase:
    """One kind of load: messages answered, time, processor time, and how long answers took."""

    load: str
    history: int
    messages: int = 0
    seconds: float = 0.0
    server_cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    #: How many answers took so many ms.
    latencies: Counter[int] = field(default_factory=Counter)

    @property
    def per_s(self) -> float:
        """Messages answered in a second."""
        return self.messages / self.seconds if self.seconds else 0.0

    @property
    def server_us(self) -> float:
        """Server processor time of a message."""
        return self.server_cpu_s / max(1, self.messages) * _MICROSECONDS

    @property
    def database_us(self) -> float:
        """Database processor time of a message."""
        return self.database_cpu_s / max(1, self.messages) * _MICROSECONDS

    @property
    def cost_us(self) -> float:
        """Processor time of a message, of server and database."""
        return self.server_us + self.database_us

    def percentile_ms(self, percent: int) -> int:
        """Return within how many ms so many percent of the answers came; 0 without answers."""
        left = -(-sum(self.latencies.values()) * percent // 100)
        for ms in sorted(self.latencies):
            left -= self.latencies[ms]
            if left <= 0:
                return ms
        return 0

    def row(self) -> tuple[str | int | float, ...]:
        """Return the phase as a row of the table."""
        return (
            self.load,
            self.history,
            self.messages,
            round(self.per_s),
            round(self.server_us, 1),
            round(self.database_us, 1),
            # Below one for each server process, the server was not saturated.
            round(self.server_cpu_s / self.seconds, 2) if self.seconds else 0.0,
            self.percentile_ms(50),
            self.percentile_ms(99),
        )


@dataclass(slots=True)
class Outcome:
    """All that a run found out."""

    phases: list[Phase] = field(default_factory=list)
    facts: dict[str, str | int | float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    sitting: int = 0
    servers_kib: int = 0
    clients_kib: int = 0

    def table(self, facts: dict[str, str | int | float]) -> Table:
        """Return the rows and, beneath them, what follows: ratios, memory, seconds missing."""
        echoes = [phase for phase in self.phases if phase.load == "echo"]
        beats = [phase for phase in self.phases if phase.load == "beats at saturation"]
        ratios: dict[str, str | int | float] = {
            "ratio": _share(beats[0].per_s, echoes[0].per_s),
            "cpu_ratio": _share(echoes[0].server_us, beats[0].server_us),
            "kib_per_connection": round(self.servers_kib / max(1, self.sitting), 1),
            "client_kib_per_connection": round(self.clients_kib / max(1, self.sitting), 1),
        }
        if len(beats) > 1:
            ratios |= {
                "cost_us_at_0": round(beats[0].cost_us, 1),
                f"cost_us_at_{beats[1].history}": round(beats[1].cost_us, 1),
                "history_cost_ratio": _share(beats[1].cost_us, beats[0].cost_us),
                # What became of the machine meanwhile: the echo knows of no ledger.
                "echo_cost_ratio": _share(echoes[1].cost_us, echoes[0].cost_us),
            }
        odd = {f"seen: {what}": count for what, count in sorted(self.counts.items())}
        return Table(COLUMNS, [phase.row() for phase in self.phases], facts | ratios | self.facts | odd)


def _share(part: float, whole: float) -> float:
    """Return a ratio; 0 where nothing was measured."""
    return round(part / whole, 3) if whole else 0.0
