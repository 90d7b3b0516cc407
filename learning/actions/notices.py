"""Notices told: one row a person and event, in the transaction of the act it is about.

Whoever takes a verdict or changes a page calls this room; who reads it where and by which
channel is nothing of the act's. Facts are copied, so that a notice is read without joins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from learning.models import Certificate, CreditDecision, Membership, Notice, Organisation, Person, Role
from learning.models.notice import NoticeQuerySet
from learning.rules.credit_states import Verdict
from learning.rules.notices import NoticeKind

#: What a learner is told of; the other verdicts only say that their hours go on.
TOLD: Final[dict[str, NoticeKind]] = {
    Verdict.RETURNED: NoticeKind.RETURNED,
    Verdict.CONFIRMED: NoticeKind.CONFIRMED,
    Verdict.REJECTED: NoticeKind.REJECTED,
    Verdict.REVERSED: NoticeKind.REVERSED,
}


def tell(notices: Iterable[Notice]) -> None:
    """Tell each, in few statements; who was told of the event before is passed over."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def tell_decisions(decisions: Iterable[CreditDecision]) -> None:
    """Tell of verdicts just taken; each comes with its `entry` and `organisation` read."""
    tell(notice for decision in decisions for notice in _of_decision(decision))


def tell_issued(pages: Iterable[Certificate]) -> None:
    """Tell the holders of new pages; each comes with its `book` and `issuer` read."""
    tell(_of_page(page, NoticeKind.ISSUED, now=page.issued_at) for page in pages)


def tell_replaced(page: Certificate, *, fresh: Certificate, reason: str, now: datetime) -> None:
    """Tell the holder that a newer page stands for this one."""
    tell([_of_page(page, NoticeKind.REPLACED, now=now, reason=reason, by_serial=fresh.serial)])


def tell_revoked(page: Certificate, *, reason: str, now: datetime) -> None:
    """Tell the holder that their page may no longer be used."""
    tell([_of_page(page, NoticeKind.REVOKED, now=now, reason=reason)])


def mark_read(notices: NoticeQuerySet, *, now: datetime) -> int:
    """Mark these as read; return how many were not. What was read before keeps its time."""
    return notices.unread().update(read_at=now)


def office_facts(office: Organisation) -> dict[str, str]:
    """Return an office's name as facts hold it."""
    return {"office_zh": office.name_zh, "office_en": office.name_en}


def _of_decision(decision: CreditDecision) -> Iterator[Notice]:
    entry, office = decision.entry, decision.organisation
    if office is None:
        return
    source_key = f"decision:{decision.pk}"
    facts = {
        "entry": entry.pk,
        "year": entry.year,
        "title_zh": entry.title_zh,
        "title_en": entry.title_en,
        "centihours": entry.centihours,
        "reason": decision.reason_code,
        **office_facts(office),
    }
    if decision.verdict == Verdict.SENT_BACK:
        facts["slug"] = entry.auditor.slug
        for person_id in _members(entry.auditor, Role.AUDITOR):
            yield _notice(
                person_id, NoticeKind.SENT_BACK, source_key, facts, now=decision.decided_at, office=entry.auditor
            )
    elif decision.verdict in TOLD:
        yield _notice(entry.person_id, TOLD[decision.verdict], source_key, facts, now=decision.decided_at)


def _members(office: Organisation, role: Role) -> list[int]:
    members = Person.objects.filter(memberships__organisation=office, memberships__role=role, is_active=True)
    return list(members.order_by("pk").values_list("pk", flat=True))


def _of_page(page: Certificate, kind: NoticeKind, *, now: datetime, **more: str) -> Notice:
    facts = {"serial": page.serial, "year": page.year, **office_facts(page.issuer), **more}
    return _notice(page.book.person_id, kind, f"page:{page.pk}:{kind}", facts, now=now)


def _notice(
    person_id: int,
    kind: NoticeKind,
    source_key: str,
    facts: dict[str, object],
    *,
    now: datetime,
    office: Organisation | None = None,
) -> Notice:
    return Notice(person_id=person_id, kind=kind, source_key=source_key, office=office, facts=facts, created_at=now)


def tell_members(
    members: Iterable[Membership], *, kind: NoticeKind, source_key: str, facts: dict[str, object], now: datetime
) -> None:
    """Tell those who act for an office of something there; each comes with its `organisation` read."""
    tell(_notice(member.person_id, kind, source_key, facts, now=now, office=member.organisation) for member in members)
