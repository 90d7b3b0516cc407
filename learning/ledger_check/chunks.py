"""Lines of the audit log that stand for many acts: the chunks of runs, taken apart."""

from collections.abc import Iterator

from learning.ledger_check.scope import Scope
from learning.models import AuditLogEntry

#: What each kind of chunk decides. Written here a second time on purpose.
VERDICTS = {"credit.confirm_chunk": "confirmed", "credit.reverse_chunk": "reversed"}


def lines(scope: Scope) -> Iterator[AuditLogEntry]:
    """Yield the chunks' lines in scope, in the order of the log."""
    found = AuditLogEntry.objects.filter(action__in=VERDICTS, sequence__gt=scope.after_line)
    return found.order_by("sequence").iterator(chunk_size=100)
