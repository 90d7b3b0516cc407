"""A learner under a rule that checks presence, and what a test asks of them."""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async as in_thread

from learning.models import Lesson
from tests.factories import tracking as make
from tests.factories.guards import rewrite_rules
from tests.factories.tracking import Learner
from tests.tracking.conftest import Player, StandingClock
from tracking.models import Coverage, ViewingEntry
from tracking.rules.viewing import SeenSeconds

CHECKED: dict[str, Any] = {"has_presence_checks": True, "check_min_s": 20, "check_max_s": 20, "check_answer_s": 60}


async def learner(*, seconds: int = 600, questions: list[dict[str, Any]] | None = None, **rule: Any) -> Learner:
    """A learner whose rule checks presence after 20 credited seconds."""

    def made() -> Learner:
        at = make.learner(seconds=seconds, questions=questions or [])
        rewrite_rules(**(CHECKED | rule))
        return at

    return await in_thread(made)()


async def watched(player: Player, clock: StandingClock, to_s: int, *, by_s: int | None = None) -> list[Any]:
    """Watch up to a second, and return what the server says to the beat: the ack, and perhaps a check."""
    clock.pass_s(by_s if by_s is not None else 30)
    await player.beat([0, to_s])
    said = [await player.hear()]
    if not await player.socket.receive_nothing(timeout=0.3):
        said.append(await player.hear())
    return said


async def kinds() -> list[str]:
    return await in_thread(lambda: list(ViewingEntry.objects.order_by("pk").values_list("kind", flat=True)))()


async def held(at: Learner, lesson: Lesson | None = None) -> SeenSeconds:
    lesson_id = (lesson or at.lesson).pk
    return await in_thread(Coverage.objects.held)(enrolment_id=at.enrolment.pk, lesson_id=lesson_id)
