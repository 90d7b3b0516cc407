"""Draining: a process that will end sends its players elsewhere, and takes nobody new.

SIGUSR1 begins it: every player is told to come back within two minutes, each at a moment of its
own; the process serves those who are still here until it is stopped. A new handshake is refused
with 503, which a proxy takes to the next node. Source: TRACKING §1 F11, §2 `drain`.
"""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

logger = logging.getLogger(__name__)

_SIGNAL: Final = signal.SIGUSR1
_begun = threading.Event()


def is_draining() -> bool:
    """Say whether this process takes nobody new."""
    return _begun.is_set()


def drain_on_signal(tell_players: Callable[[], None]) -> None:
    """Begin at the signal. Outside the main thread, where no signal can be caught, nothing is done."""

    def begin(_number: int, _frame: FrameType | None) -> None:
        if not _begun.is_set():
            _begun.set()
            logger.warning("Draining: players are sent elsewhere, nobody new is taken")
            tell_players()

    if threading.current_thread() is threading.main_thread():
        signal.signal(_SIGNAL, begin)
