"""The process clock of viewing time: the database's clock, carried by a clock that never steps.

The database is the authority (D5), but no beat can wait for a query. The clock starts at the
database's time and runs on CLOCK_BOOTTIME, which counts sleep and ignores changes of the wall
clock; `check` compares the two each minute and draws near by at most a second, so that a wall
clock set wrong for an hour neither gives nor takes an hour. It never goes backwards.
Source: TRACKING §1 F9, DESIGN D5.
"""

import logging
import threading
import time
from typing import Final

from learning.models.clock import database_now

logger = logging.getLogger(__name__)

_BOOTTIME: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_LARGEST_STEP_MS: Final = 1_000
_WORTH_SAYING_MS: Final = 500
_CHECK_EACH_MS: Final = 60_000
_NS_PER_MS: Final = 1_000_000


class ProcessClock:
    """Milliseconds since 1970 by the database's clock."""

    def __init__(self) -> None:
        """Leave the clock unset until `start` has asked the database."""
        self._lock = threading.Lock()
        #: What to add to CLOCK_BOOTTIME; None before the first look at the database.
        self.offset_ms: int | None = None
        #: When it was last compared, by CLOCK_BOOTTIME.
        self._checked_ms = 0
        self._last_ms = 0

    def start(self) -> None:
        """Set the clock by the database's. One query, in any thread; later calls do nothing."""
        with self._lock:
            if self.offset_ms is None:
                self._checked_ms = _boottime_ms()
                self.offset_ms = _database_ms() - self._checked_ms

    def keep(self) -> None:
        """Start the clock, or check it if that was not done for a minute: for whoever has no timer of their own."""
        self.start()
        with self._lock:
            if _boottime_ms() - self._checked_ms < _CHECK_EACH_MS:
                return
            # Noted first, so that of many threads one asks.
            self._checked_ms = _boottime_ms()
        self.check()

    def check(self) -> None:
        """Draw near to the database's clock, by a second at most. One query."""
        self.start()
        with self._lock:
            if self.offset_ms is None:
                return
            error_ms = _database_ms() - (_boottime_ms() + self.offset_ms)
            self.offset_ms += max(-_LARGEST_STEP_MS, min(_LARGEST_STEP_MS, error_ms))
        if abs(error_ms) > _WORTH_SAYING_MS:
            logger.warning("The process clock was %d ms off the database's clock", -error_ms)

    def now_ms(self) -> int:
        """Return the present time. Raises: RuntimeError before `start`."""
        if self.offset_ms is None:
            raise RuntimeError("The process clock was not started.")
        # Two threads may race here; the rule's own mark makes that harmless.
        self._last_ms = max(self._last_ms, _boottime_ms() + self.offset_ms)
        return self._last_ms


def _boottime_ms() -> int:
    return time.clock_gettime_ns(_BOOTTIME) // _NS_PER_MS


def _database_ms() -> int:
    return int(database_now().timestamp() * 1_000)


#: The one clock of this process.
process_clock = ProcessClock()
