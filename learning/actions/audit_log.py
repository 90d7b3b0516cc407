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
    entry = AuditLogEntry(
        sequence=head.sequence + 1,
        at=now,
        actor=actor,
        organisation=organisation,
        action=action,
        subject=subject,
        facts=dict(facts or {}),
        previous_digest=head.digest,
    )
    entry.digest = digest_of(facts_of(entry))
    entry.save()
    AuditLogHead.objects.filter(pk=1).update(sequence=entry.sequence, digest=entry.digest)
    return entry
