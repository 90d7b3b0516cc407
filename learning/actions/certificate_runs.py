"""Runs: many certificate pages issued, replaced or revoked in one officer's act.

Beginning a run writes down what was asked; the sweep carries it on, one page a
transaction. Whoever dies in between leaves the rest waiting, and nothing is
done twice: the item is taken by guarded update beside the page it concerns.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import TextChoices

from learning.access import may_confirm_for
from learning.actions import audit_log, certificates, job_hints, records
from learning.models import (
    AnnualRecord,
    Certificate,
    CertificateRun,
    CertificateRunItem,
    Organisation,
    Person,
)
from learning.models.clock import database_now

logger = logging.getLogger(__name__)
#: Pages of one step; whoever watches hears of each step.
CHUNK_SIZE = 200
INSERT_SIZE = 1_000

Kind, Outcome, Why = CertificateRun.Kind, CertificateRunItem.Outcome, CertificateRunItem.Why
REASONS: dict[CertificateRun.Kind, type[TextChoices]] = {
    Kind.REISSUE: Certificate.ReplacementReason,
    Kind.REVOKE: Certificate.RevocationReason,
}


class RunRefused(Exception):
    """Nothing was begun."""


class NothingDue(RunRefused):
    """Every year this bureau confirmed has its page."""


class UnderWay(RunRefused):
    """The bureau's pages are being issued already."""


class NoReason(RunRefused):
    """A page is not replaced or revoked without a class of reason and words for its holder."""


class NotValid(RunRefused):
    """A page is not this bureau's, or is replaced or revoked already."""


class _Left(Exception):
    """The page stays as it is; everything of this item is undone."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@transaction.atomic
def begin_issue(*, bureau: Organisation, by: Person, now: datetime) -> CertificateRun:
    """Begin to issue a page for every met year of the bureau that has none.

    Raises: NothingDue; UnderWay.
    """
    try:
        with transaction.atomic():
            run = CertificateRun.objects.create(bureau=bureau, kind=Kind.ISSUE, begun_by=by, begun_at=now)
    except IntegrityError as taken:
        raise UnderWay(bureau.pk) from taken
    due = AnnualRecord.objects.due_for_page(bureau).order_by("pk").values_list("pk", flat=True)
    items = [CertificateRunItem(run=run, record_id=record) for record in due.iterator(chunk_size=INSERT_SIZE)]
    if not items:
        raise NothingDue(bureau.pk)
    return _begun(run, items)


@transaction.atomic
def begin_change(
    *,
    kind: CertificateRun.Kind,
    pages: Collection[Certificate],
    reason: str,
    text: str,
    bureau: Organisation,
    by: Person,
    now: datetime,
) -> CertificateRun:
    """Begin to replace or revoke valid pages of the bureau. `text`: words their holders will read.

    Raises: NoReason; NotValid, when one of the pages cannot be changed: then none is.
    """
    if kind not in REASONS or reason not in REASONS[kind] or not text.strip():
        raise NoReason(reason)
    for page in pages:
        if page.issuer_id != bureau.pk or page.state != Certificate.State.VALID:
            raise NotValid(page.serial)
    if not pages:
        raise NothingDue(bureau.pk)
    # First the years: a page that ends now, by another act, must not wait for these items while we wait for the log.
    years = AnnualRecord.objects.filter(certificates__in=[page.pk for page in pages])
    records.lock_years(keys=set(years.values_list("person_id", "year")))
    run = CertificateRun.objects.create(
        bureau=bureau, kind=kind, reason=reason, reason_text=text.strip(), begun_by=by, begun_at=now
    )
    items = [CertificateRunItem(run=run, record_id=page.record_id, certificate=page) for page in pages]
    return _begun(run, items)


def _begun(run: CertificateRun, items: list[CertificateRunItem]) -> CertificateRun:
    CertificateRunItem.objects.bulk_create(items, batch_size=INSERT_SIZE)
    facts = {"count": len(items), "reason": run.reason, "text": run.reason_text}
    _log(run, "begin", facts=facts, now=run.begun_at, actor=run.begun_by)
    return run


def carry_on_by_id(run_id: int) -> bool:
    """Carry on a run that may be finished meanwhile; True when there is more to do."""
    run = CertificateRun.objects.unfinished().select_related("bureau", "begun_by").filter(pk=run_id).first()
    return run is not None and carry_on(run=run)


def carry_on(*, run: CertificateRun, most: int = CHUNK_SIZE) -> bool:
    """Decide the next waiting pages of a run; the last one finishes it. True when there is more to do.

    An officer's role that was taken ends at once: what waits then is left.
    """
    if not may_confirm_for(run.begun_by, run.bureau):
        run.items.filter(outcome=Outcome.WAITING).update(outcome=Outcome.LEFT, why=Why.OFFICER_LEFT)
    waiting = run.items.filter(outcome=Outcome.WAITING).select_related("record__person", "certificate").order_by("pk")
    for item in waiting[:most]:
        try:
            _decide(run, item, now=database_now())
        except _Left as left:
            _leave(item, left.why)
        except DatabaseError:
            raise  # the database's own trouble passes; the next sweep tries again
        except Exception:  # a fault of one page must not stop the others
            logger.exception("run %s left the year %s", run.pk, item.record_id)
            _leave(item, Why.FAILED)
    is_over = _finish(run, now=database_now())
    job_hints.tell(CertificateRun.JOB, run.pk)
    return not is_over


@transaction.atomic
def _decide(run: CertificateRun, item: CertificateRunItem, *, now: datetime) -> None:
    """Take the item and act on its page, both or neither. Raises: _Left."""
    items = CertificateRunItem.objects.filter(pk=item.pk)
    if items.filter(outcome=Outcome.WAITING).update(outcome=Outcome.DONE) != 1:
        return
    if item.record.person_id == run.begun_by_id:
        raise _Left(Why.OWN)
    items.update(result=_act(run, item, now=now))


def _act(run: CertificateRun, item: CertificateRunItem, *, now: datetime) -> Certificate | None:
    """Do what the run asks; return the page that was issued, if one was. Raises: _Left."""
    if run.kind == Kind.ISSUE:
        record = item.record
        fresh = certificates.issue_if_due(
            person=record.person, year=record.year, bureau=run.bureau, by=run.begun_by, now=now
        )
        if fresh is None:
            raise _Left(Why.NO_LONGER_DUE)
        return fresh
    if item.certificate is None:
        raise _Left(Why.FAILED)
    change = certificates.reissue if run.kind == Kind.REISSUE else certificates.revoke
    try:
        return change(certificate=item.certificate, by=run.begun_by, reason=run.reason, text=run.reason_text, now=now)
    except certificates.NotValid as refusal:
        raise _Left(Why.NO_LONGER_DUE) from refusal


def _leave(item: CertificateRunItem, why: str) -> None:
    CertificateRunItem.objects.filter(pk=item.pk, outcome=Outcome.WAITING).update(outcome=Outcome.LEFT, why=why)


@transaction.atomic
def _finish(run: CertificateRun, *, now: datetime) -> bool:
    """Close a run nothing of which waits any more; the call that does it writes the receipt's line."""
    if run.items.filter(outcome=Outcome.WAITING).exists():
        return False
    if CertificateRun.objects.unfinished().filter(pk=run.pk).update(finished_at=now) != 1:
        return True
    done, left = (run.items.filter(outcome=outcome).count() for outcome in (Outcome.DONE, Outcome.LEFT))
    _log(run, "finish", facts={"done": done, "left": left}, now=now)
    return True


def _log(
    run: CertificateRun, step: str, *, facts: dict[str, object], now: datetime, actor: Person | None = None
) -> None:
    audit_log.append(
        action=f"certificate_run.{step}",
        subject=f"certificate_run:{run.pk}",
        actor=actor,
        organisation=run.bureau,
        facts={"kind": run.kind, **facts},
        now=now,
    )
