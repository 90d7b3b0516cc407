"""Gathering: who asks the same while the last answer is being found is answered together.

Whoever comes alone is answered at once; while many come, those of a tenth of a second share a
call. After a storm a hundred thousand players come at once, and what each costs alone is what they wait for.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db import InterfaceError, OperationalError

from learning.together.side_threads import SideThreads

#: From the beginning of one call to the next, at least.
_PACE_S: Final = 0.1
#: So that nobody waits long for the others of a call.
_TOGETHER_MAX: Final = 64
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class _Asked(Generic[_Question, _Answer]):
    """A question, whom it is about, and where its answer is waited for."""

    about: Hashable
    question: _Question
    answer: asyncio.Future[_Answer]


class Gathering(Generic[_Question, _Answer]):
    """Questions of one event loop, answered by one call for many in a side thread.

    The call returns an answer for each question: what it is, or the refusal that it is, or None
    for one that has to be asked alone. No two questions of a call are about the same.
    """

    def __init__(
        self, threads: SideThreads, answer_all: Callable[[Sequence[_Question]], Sequence[_Answer | Exception | None]]
    ) -> None:
        """Nobody asks."""
        #: How many wait for their answers.
        self.waiting_count = 0
        self._threads = threads
        self._answer_all = answer_all
        self._asked: list[_Asked[_Question, _Answer]] = []
        self._task: asyncio.Task[None] | None = None
        self._called_s = -_PACE_S
        self._alone: set[asyncio.Task[None]] = set()

    async def ask(self, about: Hashable, question: _Question) -> _Answer:
        """Return the answer, or raise the refusal, or whatever kept it from being found."""
        answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(about, question, answer))
        self.waiting_count += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            return await answer
        finally:
            self.waiting_count -= 1

    async def _run(self) -> None:
        """Answer, until nobody asks."""
        loop = asyncio.get_running_loop()
        try:
            while self._asked:
                await asyncio.sleep(self._called_s + _PACE_S - loop.time())
                self._called_s = loop.time()
                await self._answer(self._take())
        finally:
            self._task = None

    def _take(self) -> list[_Asked[_Question, _Answer]]:
        """Take those to be answered together; who has gone is asked for no more."""
        taken: dict[Hashable, _Asked[_Question, _Answer]] = {}
        left = []
        for asked in self._asked:
            if asked.answer.done():
                continue
            if asked.about in taken or len(taken) == _TOGETHER_MAX:
                left.append(asked)
            else:
                taken[asked.about] = asked
        self._asked = left
        return list(taken.values())

    async def _answer(self, together: Sequence[_Asked[_Question, _Answer]]) -> None:
        """Answer these by one call; what one of them brings about must not be the others' harm."""
        if not together:
            return
        questions = [asked.question for asked in together]
        answers: Sequence[_Answer | Exception | None]
        try:
            answers = await self._threads.run(lambda: self._answer_all(questions))
        except Exception as error:  # noqa: BLE001 -- whatever it was goes to whoever asked
            is_away = isinstance(error, (OperationalError, InterfaceError))
            answers = [error if is_away or len(together) == 1 else None] * len(together)
        for asked, answer in zip(together, answers, strict=True):
            if asked.answer.done():
                continue
            if answer is None:
                self._begin(self._answer([asked]))
            elif isinstance(answer, Exception):
                asked.answer.set_exception(answer)
            else:
                asked.answer.set_result(answer)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside: the others go on."""
        self._alone.add(task := asyncio.create_task(work))
        task.add_done_callback(self._alone.discard)
