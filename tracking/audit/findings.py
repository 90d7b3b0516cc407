"""What an audit reports: how much it looked at, every difference by the row's name, and plain facts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

_SHOWN_CHARACTERS: Final = 80
CLEAN, DIFFERENCES, NOT_JUDGED = 0, 1, 2


@dataclass(slots=True)
class Findings:
    """Gathers while the checks run.

    `unjudged` is what could not be looked at yet, or at all, such as a file that is away, which is
    named in `unread` too; `remarks` are facts a
    person may want to look into, never differences: networks without jitter exist.
    Source: TRACKING §7 question 6.
    """

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 differences, 2 cannot be judged."""
        if self.differences:
            return DIFFERENCES
        return NOT_JUDGED if self.unjudged else CLEAN

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

    def leave_unjudged(self, subject: str, why: str) -> None:
        """Note what could not be looked at."""
        self.unjudged.append(f"{subject}: {why}")

    def leave_unread(self, subject: str, reasons: Iterable[str]) -> None:
        """Note what must be there and cannot be read."""
        faults = [f"{subject}: {why}" for why in reasons]
        self.unread += faults
        self.unjudged += faults

    def remark(self, subject: str, fact: str) -> None:
        """Note a fact that is no difference."""
        self.remarks.append(f"{subject}: {fact}")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
