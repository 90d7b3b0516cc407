"""Rows that are written once.

The triggers of migration 0002 are the guard; this base gives a readable
refusal before the database has to.
"""

from typing import Any, NoReturn

from django.db import models


class AppendOnlyError(RuntimeError):
    """A row that is evidence was about to be changed; write a new one instead."""


class AppendOnlyModel(models.Model):
    """A row that can be inserted and read, never changed, never deleted."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raises: AppendOnlyError, when it exists already."""
        if not self._state.adding:
            raise AppendOnlyError(repr(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse. Raises: AppendOnlyError, always."""
        raise AppendOnlyError(repr(self))
