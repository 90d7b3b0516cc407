"""Writing the audit log, in the transaction of the act (D9)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from learning.models import AuditLogEntry, Organisation, Person
from learning.models.audit_log import AuditLogHead
from learning.rules.digests import digest_of, instant


def facts_of(entry: AuditLogEntry) -> dict[str, object]:
    """Return what an entry's digest covers, the entry before it included."""
    return {
        "sequence": entry.sequence,
        "at": instant(entry.at),
        "actor": entry.actor_id,
        "organisation": entry.organisation_id,
        "action": entry.action,
        "subject": entry.subject,
        "facts": entry.facts,
        "previous": entry.previous_digest,
    }


def lock_head() -> AuditLogHead:
    """Return the head, locked until the transaction ends: it orders all acts one after the other.

    Nothing that another act may hold is waited for after it.
    """
    head, _made = AuditLogHead.objects.select_for_update().get_or_create(pk=1)
    return head


@transaction.atomic
def append(
    *,
    action: str,
    subject: str,
    now: datetime,
    actor: Person | None = None,
    organisation: Organisation | None = None,
    facts: Mapping[str, object] | None = None,
) -> AuditLogEntry:
    """Append one act to the chain.

    Call it last in the act: the head stays locked until the transaction ends.
    """
    head = lock_head()
    entry = line_after(
        head,
        action=action,
        subject=subject,
        now=now,
        actor_id=actor.pk if actor else None,
        organisation_id=organisation.pk if organisation else None,
        facts=facts,
    )
    entry.save()
    store_head(head)
    return entry


def line_after(
    head: AuditLogHead,
    *,
    action: str,
    subject: str,
    now: datetime,
    actor_id: int | None = None,
    organisation_id: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> AuditLogEntry:
    """Return the line of an act, not saved, and move the head in hand to it; the caller holds the head's lock."""
    entry = AuditLogEntry(
        sequence=head.sequence + 1,
        at=now,
        actor_id=actor_id,
        organisation_id=organisation_id,
        action=action,
        subject=subject,
        facts=dict(facts or {}),
        previous_digest=head.digest,
    )
    entry.digest = digest_of(facts_of(entry))
    head.sequence, head.digest = entry.sequence, entry.digest
    return entry


def store_head(head: AuditLogHead) -> None:
    """Write the head in hand down: the end of the chain."""
    AuditLogHead.objects.filter(pk=1).update(sequence=head.sequence, digest=head.digest)
