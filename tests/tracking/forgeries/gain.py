"""What a forger has gained in the end: asked of the database, never of the socket."""

from __future__ import annotations

import asyncio

from channels.db import database_sync_to_async as in_thread

from learning.models import Evidence
from tests.factories.tracking import Learner
from tracking import group_commit, ledger_check
from tracking.models import Coverage


async def settled() -> None:
    """Wait until everything said by those who have gone is written."""
    await asyncio.wait_for(group_commit.committer().finished(), 10)


async def held_s(at: Learner) -> int:
    """Return the seconds of the lesson that are credited."""
    seen = await in_thread(Coverage.objects.held)(enrolment_id=at.enrolment.pk, lesson_id=at.lesson.pk)
    return seen.confirmed_s


async def has_evidence() -> bool:
    """Say whether any lesson counts as watched."""
    return await in_thread(Evidence.objects.exists)()


async def ledger_faults() -> list[str]:
    """Return what the ledger does not bear out."""
    return await in_thread(lambda: list(ledger_check.differences()))()
