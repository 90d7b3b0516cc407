"""Sweeps of learning: read what is due, call one verb a row; safe to run twice.

The rows are the message: a lost task, or five at once, change nothing (D6).
"""

import logging
import time

from celery import shared_task

from learning.actions import (
    certificate_files,
    flags,
    ledger_roots,
    long_jobs,
    notice_deliveries,
    notice_plans,
    overdue_queues,
    proof_files,
    reminders,
    rule_moves,
    rule_sets,
    tallies,
    years,
)
from learning.models import Certificate, RuleSet
from learning.models.clock import database_now, local_date

logger = logging.getLogger(__name__)
BATCH_SIZE = 100
#: Batches of entries measured in one sweep; the rest waits for the next.
SCREEN_BATCHES = 20
#: Blocks of years one sweep moves; the next one goes on.
MOVES_MOST = 20
#: How long one sweep works on a run before others have their turn.
RUN_TURN_S = 20
#: How long one sweep lays out and sends messages.
DELIVERY_TURN_S = 20


@shared_task
def draw_due_certificates() -> None:
    """Draw every certificate that is due and has no PDF yet; one that fails waits, the rest go on."""
    now = database_now()
    for certificate in Certificate.objects.undrawn().filter(draw_after__lte=now)[:BATCH_SIZE]:
        try:
            certificate_files.draw(certificate=certificate, now=now)
        except Exception:  # a fault of one page must not stop the others; it is tried again later
            logger.exception("certificate %s was not drawn", certificate.serial)
            certificate_files.put_off(certificate=certificate, now=now)


@shared_task
def carry_on_certificate_runs() -> None:
    """Go on with every run over certificate pages."""
    _take_turns(long_jobs.CERTIFICATES)


@shared_task
def screen_due_entries() -> None:
    """Measure entries that wait for their audit, until none is due or this sweep's share is done."""
    for _batch in range(SCREEN_BATCHES):
        if flags.screen_due(now=database_now()) < flags.BATCH_SIZE:
            return


@shared_task
def bring_rules_into_force() -> None:
    """Let issued rules bind once their day has come, and move the open years under them."""
    now = database_now()
    for rule_set in RuleSet.objects.due(local_date(now)):
        try:
            rule_sets.come_into_force(rule_set=rule_set, now=now)
        except rule_sets.StandsElsewhere:
            logger.info("rule set %s was withdrawn or brought into force elsewhere", rule_set.pk)
    for rule_set in RuleSet.objects.filter(state=RuleSet.State.IN_FORCE, moved_at=None):
        moves = 0
        while moves < MOVES_MOST and rule_moves.move_block(rule_set=rule_set, now=now):
            moves += 1


@shared_task
def close_due_years() -> None:
    """Close the years that are over, and carry surplus into the next; a killed sweep goes on where it stopped."""
    now = database_now()
    for _block in range(MOVES_MOST):
        if not years.close_block(now=now):
            break
    years.close_with_surplus(now=now)


@shared_task
def throw_away_old_proofs() -> None:
    """Throw away files that were sent and never handed in."""
    proof_files.throw_away_old(now=database_now())


@shared_task
def confirm_running_runs() -> None:
    """Go on with every running confirmation run."""
    _take_turns(long_jobs.CONFIRMATIONS)


@shared_task
def reverse_running_runs() -> None:
    """Go on with every running reversal run."""
    _take_turns(long_jobs.REVERSALS)


def _take_turns(job: long_jobs.LongJob) -> None:
    """Go on with every due run of a kind for a while; what a killed worker left is simply next."""
    for run_id in list(job.due()):
        turn_over_s = time.monotonic() + RUN_TURN_S
        try:
            while job.step(run_id) and time.monotonic() < turn_over_s:
                pass
        except Exception:  # a fault of one run must not stop the others; the next sweep tries again
            logger.exception("%s %s did not go on", job.name, run_id)


@shared_task
def close_due_ledger_days() -> None:
    """Sign the roots of the ledger's days that are over, then leave every root where it is not yet."""
    now = database_now()
    ledger_roots.close_days(now=now)
    ledger_roots.anchor_roots(now=now)


@shared_task
def deliver_notices() -> None:
    """Lay out what was told into messages, then send what is due, for a while; the rest waits for the next sweep."""
    turn_over_s = time.monotonic() + DELIVERY_TURN_S

    def goes_on() -> bool:
        return time.monotonic() < turn_over_s

    while goes_on() and notice_plans.plan_next(now=database_now()) == notice_plans.BATCH_SIZE:
        pass
    notice_deliveries.send_due(now=database_now, goes_on=goes_on)


@shared_task
def remind_people_at_risk() -> None:
    """Tell everybody whose year is at risk, once a week each."""
    reminders.remind_at_risk(now=database_now())


@shared_task
def tell_overdue_queues() -> None:
    """Tell offices, once a week, of hours that wait longer than the rules leave them."""
    overdue_queues.tell_overdue_queues(now=database_now())


@shared_task
def count_due_years() -> None:
    """Count anew what the dashboards read, this year's people and the last's, where the last count has rested."""
    tallies.take_due(now=database_now())
