"""Notices told: one row a person and event, in the transaction of the act it is about.

Whoever takes a verdict or changes a page calls this room; who reads it where and by which
channel is nothing of the act's. Facts are copied, so that a notice is read without joins.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat, JSONObject

from learning.models import Certificate, CreditDecision, Membership, Notice, Organisation, Role
from learning.models.notice import NoticeQuerySet
from learning.rules.credit_states import Verdict
from learning.rules.notices import NoticeKind

#: The verdicts a learner is told of, each by a kind of the same name; the others only say that their hours go on.
TOLD: Final = frozenset({Verdict.RETURNED, Verdict.CONFIRMED, Verdict.REJECTED, Verdict.REVERSED})


def tell(notices: Iterable[Notice]) -> None:
    """Tell each, in few statements; who was told of the event before is passed over."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def tell_decisions(decisions: Iterable[CreditDecision]) -> None:
    """Tell of verdicts just taken: learners in one statement, whatever their number; auditors of what came back."""
    told = []
    for decision in decisions:
        if decision.verdict in TOLD:
            told.append(decision.pk)
        elif decision.verdict == Verdict.SENT_BACK:
            _tell_sent_back(decision)
    if told:
        # NB: copied by the database: a run of a hundred thousand pays for every row made here.
        Notice.objects.tell_selected(_to_learners(told))


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


def _to_learners(decision_ids: list[int]) -> QuerySet[Any, Any]:
    text = CharField()
    return (
        CreditDecision.objects.filter(pk__in=decision_ids)
        .order_by()
        .values_list(
            "entry__person_id",
            "verdict",
            Concat(Value("decision:"), Cast("pk", text), output_field=text),
            JSONObject(
                entry="entry_id",
                year="entry__year",
                title_zh="entry__title_zh",
                title_en="entry__title_en",
                centihours="entry__centihours",
                reason="reason_code",
                office_zh="organisation__name_zh",
                office_en="organisation__name_en",
            ),
            "decided_at",
        )
    )


def _tell_sent_back(decision: CreditDecision) -> None:
    """Tell the base's auditors that an entry is with them again."""
    entry, bureau = decision.entry, decision.organisation
    facts: dict[str, object] = {
        "entry": entry.pk,
        "slug": entry.auditor.slug,
        "title_zh": entry.title_zh,
        "title_en": entry.title_en,
        "centihours": entry.centihours,
        "reason": decision.reason_code,
        **(office_facts(bureau) if bureau else {}),
    }
    auditors = Membership.objects.filter(organisation=entry.auditor, role=Role.AUDITOR, person__is_active=True)
    tell_members(
        auditors.select_related("organisation").order_by("person_id"),
        kind=NoticeKind.SENT_BACK,
        source_key=f"decision:{decision.pk}",
        facts=facts,
        now=decision.decided_at,
    )


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
