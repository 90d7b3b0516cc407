"""Taking people's data out of the house: each file leaves a line in the audit log (RELIABILITY S19)."""

from collections.abc import Mapping
from datetime import datetime

from learning.actions import audit_log
from learning.models import AuditLogEntry, Organisation, Person


def note(
    *, what: str, kind: str, line_count: int, asked: Mapping[str, str], office: Organisation, by: Person, now: datetime
) -> AuditLogEntry:
    """Write down who took which people's data for which office, in what kind of file and how many lines of it.

    `asked`: how the list was narrowed, as the address said it.
    """
    facts = {"kind": kind, "lines": line_count, "asked": dict(asked)}
    return audit_log.append(action="export.people", subject=what, now=now, actor=by, organisation=office, facts=facts)
