"""Long jobs: every kind of run there is, as a worker and a watching page know it.

Each kind gives two things: which runs a worker must go on with, and how to take one step of
one of them. A step commits what it did; it says whether there is more to do. A new kind is one
entry here: the sweep, the socket and the turn it gets follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from learning.actions import certificate_runs, confirmation_chunks, reversal_chunks
from learning.models import CertificateRun, ConfirmationRun, Person, ReversalRun
from learning.models.clock import database_now


@dataclass(frozen=True, slots=True)
class LongJob:
    """A kind of job. `name`: as pages, hints and the log call it."""

    name: str
    due: Callable[[], Iterable[int]]
    step: Callable[[int], bool]
    may_see: Callable[[Person, int], bool]


CONFIRMATIONS: Final = LongJob(
    ConfirmationRun.JOB,
    due=lambda: ConfirmationRun.objects.running().values_list("pk", flat=True),
    step=lambda pk: confirmation_chunks.confirm_next(pk, now=database_now()),
    may_see=lambda person, pk: ConfirmationRun.objects.visible_to(person).filter(pk=pk).exists(),
)
CERTIFICATES: Final = LongJob(
    CertificateRun.JOB,
    due=lambda: CertificateRun.objects.unfinished().values_list("pk", flat=True),
    step=certificate_runs.carry_on_by_id,
    may_see=lambda person, pk: CertificateRun.objects.visible_to(person).filter(pk=pk).exists(),
)
REVERSALS: Final = LongJob(
    ReversalRun.JOB,
    due=lambda: ReversalRun.objects.running().values_list("pk", flat=True),
    step=lambda pk: reversal_chunks.reverse_next(pk, now=database_now()),
    may_see=lambda person, pk: ReversalRun.objects.visible_to(person).filter(pk=pk).exists(),
)
JOBS: Final = {job.name: job for job in (CONFIRMATIONS, CERTIFICATES, REVERSALS)}
