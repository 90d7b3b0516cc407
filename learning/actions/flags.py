"""Flags: raised beside entries that wait, and looked at when an office decides. No hour is changed by any of it.

An entry is measured once under each policy while it waits for its audit; what was raised stays, so that
the bureau sees what the base saw. Measuring holds no lock that a decision waits for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from learning.actions import audit_log, credits, studies
from learning.models import (
    CreditDecision,
    CreditEntry,
    CreditFlag,
    CreditFlagLook,
    CreditScreening,
    FlagPolicy,
    Person,
)
from learning.rules.credit_states import State
from learning.rules.flags import Case, Flag, FlagCode, Terms, figures_of, flags_of, usuals_of

#: Entries measured in one transaction, and how many of a course's latest figures say what is usual.
BATCH_SIZE, PEERS_MAX = 50, 100


class FlagsDiffer(credits.DecisionRefusedError):
    """The flags on the entry are not those that were read: nothing was decided."""


@transaction.atomic
def screen_due(*, now: datetime, entry_ids: Collection[int] | None = None) -> int:
    """Measure what waits for an audit and was not yet measured under the policy in force; return how many.

    `entry_ids`: only these. At most `BATCH_SIZE`, the oldest first; a second call goes on.
    """
    policy = FlagPolicy.objects.in_force()
    if policy is None:
        return 0
    waiting = CreditEntry.objects.unscreened(policy).filter(standing__state=State.EARNED)
    if entry_ids is not None:
        waiting = waiting.filter(pk__in=entry_ids)
    entries = list(waiting.select_related("person", "enrolment").order_by("pk")[:BATCH_SIZE])
    if not entries:
        return 0
    cases = studies.cases_of(entries)
    _write(entries, cases, policy, now)
    return len(entries)


def approve(
    *, entry: CreditEntry, by: Person, words: str, codes: Collection[str], now: datetime, seen: int | None = None
) -> CreditDecision:
    """Audit an entry whose flags, `codes`, were read; the office's words say why the hours stand.

    Raises: FlagsDiffer; and what `credits.approve` refuses.
    """
    with transaction.atomic():
        decision = credits.approve(entry=entry, by=by, now=now, seen=seen, reason_text=words)
        _look(decision, codes)
    return decision


def return_to_learner(
    *, entry: CreditEntry, by: Person, reason_code: str, reason_text: str, now: datetime, seen: int | None = None
) -> CreditDecision:
    """Return an entry to its learner; the flags on it are thereby asked about."""
    with transaction.atomic():
        decision = credits.return_to_learner(
            entry=entry, by=by, reason_code=reason_code, reason_text=reason_text, now=now, seen=seen
        )
        _look(decision)
    return decision


def _look(decision: CreditDecision, codes: Collection[str] | None = None) -> None:
    """Note which flags the decision was taken with; `codes`: those that were read, which must be all."""
    raised = list(CreditFlag.objects.filter(entry_id=decision.entry_id))
    if codes is not None and {flag.code for flag in raised} != set(codes):
        raise FlagsDiffer(decision.entry_id)
    CreditFlagLook.objects.bulk_create(CreditFlagLook(flag=flag, decision=decision) for flag in raised)


def _write(entries: list[CreditEntry], cases: dict[int, Case], policy: FlagPolicy, now: datetime) -> None:
    """Store what was measured and raised; of two sweeps at once, the first one's stands."""
    terms = policy.as_terms()
    figures = {entry.pk: figures_of(cases[entry.pk], terms) for entry in entries}
    CreditScreening.objects.bulk_create(
        (
            CreditScreening(
                entry=entry,
                policy=policy,
                edition_id=_edition_id(entry),
                figures=figures[entry.pk],
                screened_at=now,
            )
            for entry in entries
        ),
        ignore_conflicts=True,
    )
    # After writing, so that of many who finish together each is compared with the others.
    usuals = {edition_id: _usuals(edition_id, terms) for edition_id in {_edition_id(entry) for entry in entries}}
    raised = [
        (entry.pk, flag) for entry in entries for flag in flags_of(cases[entry.pk], usuals[_edition_id(entry)], terms)
    ]
    found = sorted([*raised, *_companions(raised, cases)], key=lambda item: (item[0], item[1].code))
    rows = [_row(entry_id, flag, policy, now) for entry_id, flag in found]
    CreditFlag.objects.bulk_create(rows, ignore_conflicts=True)
    # Asked anew: an entry may have been flagged by another sweep meanwhile, which has told of it.
    told = CreditFlag.objects.filter(entry__in={row.entry_id for row in rows}, computed_at=now).order_by("pk")
    if facts := [[flag.entry_id, flag.code] for flag in told]:
        audit_log.append(action="credit.flag", subject=f"flag_policy:{policy.version}", facts={"flags": facts}, now=now)


def _row(entry_id: int, flag: Flag, policy: FlagPolicy, now: datetime) -> CreditFlag:
    facts = {"figure": flag.figure, **({} if flag.usual is None else {"usual": flag.usual}), **flag.beside}
    return CreditFlag(entry_id=entry_id, code=flag.code, policy=policy, facts=facts, computed_at=now)


def _companions(raised: Iterable[tuple[int, Flag]], cases: dict[int, Case]) -> list[tuple[int, Flag]]:
    """Raise the network's flag for all who share it and still wait: the first to sit were measured alone."""
    by_enrolment: dict[int, Flag] = {}
    for entry_id, flag in raised:
        sitting = cases[entry_id].study.sitting
        if flag.code == FlagCode.SAME_NETWORK and sitting is not None:
            by_enrolment |= dict.fromkeys(sitting.network_enrolment_ids, flag)
    if not by_enrolment:
        return []
    waiting = CreditEntry.objects.filter(enrolment__in=by_enrolment, standing__state=State.EARNED)
    waiting = waiting.exclude(flags__code=FlagCode.SAME_NETWORK).exclude(pk__in=[entry_id for entry_id, _ in raised])
    return [(pk, by_enrolment[enrolment_id]) for pk, enrolment_id in waiting.values_list("pk", "enrolment_id")]


def _edition_id(entry: CreditEntry) -> int | None:
    return entry.enrolment.edition_id if entry.enrolment else None


def _usuals(edition_id: int | None, terms: Terms) -> dict[FlagCode, int]:
    """Return what is usual on a course, from those measured last; nothing for what is no course."""
    if edition_id is None:
        return {}
    latest = CreditScreening.objects.filter(edition_id=edition_id).order_by("-pk")
    return usuals_of(latest.values_list("figures", flat=True)[:PEERS_MAX], terms)
