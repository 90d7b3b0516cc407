"""The history of one certificate page: read from its own row, its files and the run that ended it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from learning.models import Certificate, CertificateRun, CertificateRunItem, Person


class Event(StrEnum):
    """What can happen to a page."""

    ISSUED = "issued"
    SIGNED = "signed"
    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Step:
    """One event. `by`: the officer, where one acted; `text`: the office's own words."""

    event: Event
    at: datetime
    by: Person | None = None
    reason: object = ""
    text: str = ""


def history_of(page: Certificate) -> list[Step]:
    """Return what became of the page, oldest first."""
    steps = [Step(Event.ISSUED, page.issued_at, page.issued_by)]
    steps += [Step(Event.SIGNED, file.signed_at) for file in page.signed_pages.order_by("pk")]
    run = _ended_by(page) if page.state != Certificate.State.VALID else None
    by, text = (run.begun_by, run.reason_text) if run else (None, "")
    if page.replaced_at is not None:
        steps.append(Step(Event.REPLACED, page.replaced_at, by, page.get_replacement_reason_display(), text))
    if page.revoked_at is not None:
        steps.append(Step(Event.REVOKED, page.revoked_at, by, page.get_revocation_reason_display(), text))
    return sorted(steps, key=lambda step: step.at)


def _ended_by(page: Certificate) -> CertificateRun | None:
    items = CertificateRunItem.objects.filter(certificate=page, outcome=CertificateRunItem.Outcome.DONE)
    item = items.select_related("run__begun_by").first()
    return item.run if item else None
