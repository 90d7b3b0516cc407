"""One moment: whatever is read inside stands as it stood when reading began, while others go on writing.

For those who compare rows with one another. Knows transactions; nothing of what is read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """Read one state of the database; inside a transaction that is open already, whatever that one sees.

    Nobody waits for it. NB: as long as it lasts, PostgreSQL keeps the rows that were replaced since.
    """
    if connection.in_atomic_block:
        yield
        return
    with _begun():
        yield


@contextmanager
def _begun() -> Iterator[None]:
    own: Any = connection
    if own.vendor == "postgresql":
        with transaction.atomic():
            with own.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
        return
    # SQLite's transactions begin with the right to write here, which would keep all others waiting.
    own.ensure_connection()
    usual, own.transaction_mode = own.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            yield
    finally:
        own.transaction_mode = usual
