from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest
from django.db import IntegrityError, OperationalError

from learning.together import Gathering, SideThreads

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """Answers with the question doubled, once it may; refuses 13, and wants 99 asked alone."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.is_asked, self.may_answer = threading.Event(), threading.Event()
        self.fails_with: Exception | None = None

    def answer_all(self, questions: Sequence[int]) -> list[int | Exception | None]:
        self.calls.append(list(questions))
        self.is_asked.set()
        assert self.may_answer.wait(10)
        if self.fails_with is not None and 7 in questions:
            raise self.fails_with
        return [self._answer(question, is_alone=len(questions) == 1) for question in questions]

    def _answer(self, question: int, *, is_alone: bool) -> int | Exception | None:
        if question == 13:
            return KeyError(question)
        return None if question == 99 and not is_alone else 2 * question


@pytest.fixture
async def threads() -> AsyncIterator[SideThreads]:
    threads = SideThreads()
    yield threads
    await threads.close()


async def asked(threads: SideThreads, desk: Desk, *questions: int, about: int | None = None) -> list[object]:
    """Ask 1 first, and the rest while that is being answered; return what became of the rest."""
    gathering = Gathering(threads, desk.answer_all)
    first = asyncio.create_task(gathering.ask(1, 1))
    await asyncio.to_thread(desk.is_asked.wait, 10)
    rest = [asyncio.create_task(gathering.ask(about or question, question)) for question in questions]
    await asyncio.sleep(0)
    assert gathering.waiting_count == 1 + len(questions)
    desk.may_answer.set()
    assert await first == 2
    answers = await asyncio.gather(*rest, return_exceptions=True)
    assert gathering.waiting_count == 0
    return list(answers)


async def test_ask_shares_a_call_with_who_came_meanwhile(threads: SideThreads) -> None:
    desk = Desk()

    assert await asked(threads, desk, 2, 3, 4) == [4, 6, 8]
    assert desk.calls == [[1], [2, 3, 4]]


async def test_ask_raises_the_refusal_that_is_its_own(threads: SideThreads) -> None:
    answers = await asked(threads, Desk(), 2, 13, 4)

    assert [type(answer) for answer in answers] == [int, KeyError, int]


async def test_ask_never_puts_two_about_the_same_into_one_call(threads: SideThreads) -> None:
    desk = Desk()

    assert await asked(threads, desk, 2, 3, about=5) == [4, 6]
    assert desk.calls == [[1], [2], [3]]


async def test_ask_fills_no_call_beyond_its_measure(threads: SideThreads) -> None:
    desk = Desk()

    await asked(threads, desk, *range(100, 200))

    assert [len(call) for call in desk.calls] == [1, 64, 36]


async def test_ask_alone_where_company_is_refused(threads: SideThreads) -> None:
    desk = Desk()

    assert await asked(threads, desk, 2, 99) == [4, 198]
    assert desk.calls == [[1], [2, 99], [99]]


async def test_an_error_that_one_brings_about_harms_no_other(threads: SideThreads) -> None:
    desk = Desk()
    desk.fails_with = IntegrityError("a bad row")

    answers = await asked(threads, desk, 2, 7, 4)

    assert [type(answer) for answer in answers] == [int, IntegrityError, int]


async def test_a_database_that_is_away_is_told_to_all_and_asked_once(threads: SideThreads) -> None:
    desk = Desk()
    desk.fails_with = OperationalError("gone")

    answers = await asked(threads, desk, 2, 7)

    assert [type(answer) for answer in answers] == [OperationalError, OperationalError]
    assert desk.calls == [[1], [2, 7]]


async def test_who_has_gone_is_asked_for_no_more(threads: SideThreads) -> None:
    desk = Desk()
    gathering = Gathering(threads, desk.answer_all)
    first = asyncio.create_task(gathering.ask(1, 1))
    await asyncio.to_thread(desk.is_asked.wait, 10)
    gone, stays = (asyncio.create_task(gathering.ask(question, question)) for question in (2, 3))
    await asyncio.sleep(0)

    gone.cancel()
    desk.may_answer.set()

    assert (await first, await stays) == (2, 6)
    assert desk.calls == [[1], [3]]
