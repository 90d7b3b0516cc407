"""A loop that never waits: when nothing is ready, time jumps to the next timer.

Work for a thread is done at once, in the loop's own thread, and its result arrives a little later:
in between the process may die, which is how a commit comes to be whose acknowledgement never left.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class Stuck(AssertionError):
    """Nothing is ready and no timer runs: somebody waits for what never comes."""


class _Selector(selectors.SelectSelector):
    """Lets time pass instead of waiting."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise Stuck
        self.loop.passed_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a clock of its own. `before_work` may refuse work, or fail it after it was done."""

    def __init__(self) -> None:
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self
        self.passed_s = 0.0
        self.never_fails: list[Callable[..., Any]] = []
        self.work_takes_s: Callable[[], float] = lambda: 0.005
        self.judge_work: Callable[[Callable[[], Any]], Any] = lambda work: work()

    def time(self) -> float:
        return self.passed_s

    def run_in_executor(  # type: ignore[override]  # the stub's TypeVarTuple says no more
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do the work now, and hand over its result later."""
        result: asyncio.Future[Any] = self.create_future()
        try:
            value = func(*args) if func in self.never_fails else self.judge_work(lambda: func(*args))
        except Exception as error:  # noqa: BLE001 -- whatever it was goes to whoever asked
            self.call_later(self.work_takes_s(), _settle, result, None, error)
        else:
            self.call_later(self.work_takes_s(), _settle, result, value, None)
        return result


def _settle(result: asyncio.Future[Any], value: Any, error: Exception | None) -> None:
    if result.done():
        return
    if error is None:
        result.set_result(value)
    else:
        result.set_exception(error)
