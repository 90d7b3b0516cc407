"""What a check reports: how much it looked at, and every difference by name."""

from collections import Counter
from dataclasses import dataclass, field

SHOWN_CHARACTERS = 80


@dataclass(slots=True)
class Findings:
    """Gathers counts and differences while the checks run."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def looked_at(self, what: str, number: int = 1) -> None:
        """Count rows that were recomputed."""
        self.counts[what] += number

    def compare(self, subject: str, what: str, *, stored: object, expected: object) -> None:
        """Note a difference unless the stored value is the recomputed one."""
        if stored != expected:
            self.note(subject, f"{what} is {_short(stored)}, expected {_short(expected)}")

    def require(self, subject: str, fault: str, *, holds: bool) -> None:
        """Note the fault unless the condition holds."""
        if not holds:
            self.note(subject, fault)

    def note(self, subject: str, fault: str) -> None:
        """Note one difference."""
        self.differences.append(f"{subject}: {fault}")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
