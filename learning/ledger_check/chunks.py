"""Lines of the audit log that stand for many acts: the chunks of confirmation runs, taken apart."""

from collections.abc import Iterator

from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry

#: Written here a second time on purpose.
CHUNK = "credit.confirm_chunk"


def lines(scope: Scope) -> Iterator[AuditLogEntry]:
    """Yield the chunks' lines in scope, in the order of the log."""
    found = AuditLogEntry.objects.filter(action=CHUNK, sequence__gt=scope.after_line)
    return found.order_by("sequence").iterator(chunk_size=100)
