"""Flag policies: drafted by one officer, issued as the next version by another, never edited.

Every act is a guarded write and a line of the audit log in one transaction. Who may act is the
door's question; that the issuer is a second person is asked here and by the database. What waits
for its audit is measured under the new version by the sweep (`flags`); what was raised stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from learning.actions import audit_log
from learning.actions.flags import PEERS_MAX
from learning.models import CreditScreening, FlagPolicy, FlagProposal, Organisation, Person
from learning.rules.flags import Terms
from learning.rules.flags.forecast import Measured, Outlook, forecast
from learning.rules.flags.thresholds import changed, faulty

State = FlagProposal.State
#: How many of the entries measured last a forecast looks at, and how far back.
LATEST_MAX, PERIOD = 5_000, timedelta(days=90)


class FlagPolicyRefusedError(RuntimeError):
    """The act does not apply as things stand; nothing was changed."""


class AlreadyWaiting(FlagPolicyRefusedError):
    """A proposal waits for a second officer: it is issued or withdrawn first."""


class NothingChanges(FlagPolicyRefusedError):
    """Every threshold is as it is in force."""


class StandsElsewhere(FlagPolicyRefusedError):
    """The proposal, or the version it was compared with, is no longer what it was: somebody was first."""


class SameOfficer(FlagPolicyRefusedError):
    """Who drafted a version does not issue it."""


class Faulty(FlagPolicyRefusedError):
    """Thresholds that cannot be set so."""

    def __init__(self, names: Iterable[str]) -> None:
        """Name them."""
        self.names = tuple(names)
        super().__init__(", ".join(self.names))


@dataclass(frozen=True, slots=True)
class Preview:
    """What other thresholds would do to the entries measured last; `since`: the oldest of them."""

    looked_at: int
    since: datetime | None
    outlooks: list[Outlook]


def preview(*, before: Terms, after: Terms, now: datetime) -> Preview:
    """Judge the entries that were measured last by both, each by its newest figures; one query, and never more rows."""
    latest = CreditScreening.objects.order_by("-pk").values_list("entry_id", "edition_id", "figures", "screened_at")
    newest: dict[int, tuple[Measured, datetime]] = {}
    for entry_id, edition_id, figures, screened_at in latest[:LATEST_MAX]:
        if screened_at >= now - PERIOD:
            newest.setdefault(entry_id, (Measured(edition_id, figures), screened_at))
    measured = [entry for entry, _at in newest.values()]
    return Preview(
        looked_at=len(measured),
        since=min((at for _entry, at in newest.values()), default=None),
        outlooks=forecast(measured, before, after, peers_max=PEERS_MAX),
    )


@transaction.atomic
def propose(
    *, terms: Terms, base: FlagPolicy, reason: str, office: Organisation, by: Person, now: datetime
) -> FlagProposal:
    """Draft the next version, compared with `base`, for a second officer to issue.

    Raises: Faulty; NothingChanges; StandsElsewhere, when `base` is no longer in force; AlreadyWaiting.
    """
    if names := list(faulty(terms)):
        raise Faulty(names)
    if not changed(base.as_terms(), terms):
        raise NothingChanges(base.version)
    if FlagPolicy.objects.in_force() != base:
        raise StandsElsewhere(base.version)
    facts = {"office": office, "base": base, "reason_text": reason, "drafted_by": by, "drafted_at": now}
    try:
        with transaction.atomic():
            proposal = FlagProposal.objects.create(**asdict(terms), **facts)
    except IntegrityError as waiting:
        raise AlreadyWaiting(base.version) from waiting
    _log("flag_policy.propose", proposal, office=office, by=by, now=now, terms=asdict(terms), reason=reason)
    return proposal


@transaction.atomic
def withdraw(*, proposal: FlagProposal, reason: str, office: Organisation, by: Person, now: datetime) -> None:
    """Give up a proposal, with a reason. Raises: StandsElsewhere, when it does not wait any more."""
    _end(proposal, state=State.WITHDRAWN, ended_by=by, ended_at=now, end_text=reason)
    _log("flag_policy.withdraw", proposal, office=office, by=by, now=now, reason=reason)


@transaction.atomic
def issue(*, proposal: FlagProposal, office: Organisation, by: Person, now: datetime) -> FlagPolicy:
    """Put the proposal in force as the next version, as the second officer.

    Raises: SameOfficer; StandsElsewhere.
    """
    if proposal.drafted_by_id == by.pk:
        raise SameOfficer(proposal.pk)
    if FlagPolicy.objects.in_force() != proposal.base:
        raise StandsElsewhere(proposal.pk)
    terms = asdict(proposal.as_terms())
    try:
        with transaction.atomic():
            policy = FlagPolicy.objects.create(**terms, version=proposal.base.version + 1, issued_at=now)
    except IntegrityError as first:
        raise StandsElsewhere(proposal.pk) from first
    _end(proposal, state=State.ISSUED, ended_by=by, ended_at=now, policy=policy)
    drafted = {"drafted_by": proposal.drafted_by_id, "reason": proposal.reason_text}
    _log("flag_policy.issue", proposal, office=office, by=by, now=now, version=policy.version, terms=terms, **drafted)
    return policy


def _end(proposal: FlagProposal, **columns: object) -> None:
    """End a proposal that waits. Raises: StandsElsewhere."""
    if FlagProposal.objects.waiting().filter(pk=proposal.pk).update(**columns) != 1:
        raise StandsElsewhere(proposal.pk)
    proposal.refresh_from_db()


def _log(
    action: str, proposal: FlagProposal, *, office: Organisation, by: Person, now: datetime, **facts: object
) -> None:
    audit_log.append(
        action=action,
        subject=f"flag_proposal:{proposal.pk}",
        actor=by,
        organisation=office,
        facts=facts,
        now=now,
    )
