"""What a player says in a test, and from when on."""

from dataclasses import dataclass
from typing import Any

NOON_MS = 1_795_060_800_000  # 2026-11-19 12:00 in Kaifeng, the tests' one clock value


@dataclass(frozen=True)
class Said:
    """A beat as a test says it."""

    sequence: int
    claims: Any
    played_ms: int
    state: str
    flags: int = 0
