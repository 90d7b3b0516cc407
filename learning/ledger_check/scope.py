"""What a run looks at: everything, one year, or what was written since the last clean run."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet

from learning.models import AuditLogEntry, LedgerLink, LedgerVerification

M = TypeVar("M", bound=Model)
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the ledger reached at one moment: its last link and its last line of the audit log."""

    link_number: int = 0
    link_head: str = GENESIS
    line_sequence: int = 0
    line_digest: str = GENESIS

    @classmethod
    def now(cls) -> "Mark":
        """Read how far the ledger reaches now."""
        link = LedgerLink.objects.order_by("-number").values_list("number", "head").first() or (0, GENESIS)
        line = AuditLogEntry.objects.order_by("-sequence").values_list("sequence", "digest").first() or (0, GENESIS)
        return cls(*link, *line)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows are recomputed.

    With `since`, those of the people whose chains have grown since that run; what nobody wrote to is
    left to the next full run.
    """

    year: int | None = None
    since: LedgerVerification | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self.year is None and self.since is None

    @property
    def after_link(self) -> int:
        """The last link that was looked at before."""
        return self.since.link_number if self.since else 0

    @property
    def after_line(self) -> int:
        """The last line of the audit log that was looked at before."""
        return self.since.line_sequence if self.since else 0

    def of(self, rows: QuerySet[M], *, person: str, year: str | None = "year") -> QuerySet[M]:
        """Keep the rows in scope; `person`, `year`: how a row names them."""
        if self.year is not None and year is not None:
            rows = rows.filter(**{year: self.year})
        if self.since is not None:
            grown = LedgerLink.objects.filter(number__gt=self.after_link).order_by()
            rows = rows.filter(**{f"{person}__in": grown.values("person_id")})
        return rows

    def lines(self, action: str, subjects: Iterable[str]) -> QuerySet[AuditLogEntry]:
        """Return the audit log's lines of an act, however old: on these subjects, or all where no run went before."""
        lines = AuditLogEntry.objects.filter(action=action)
        return lines if self.since is None else lines.filter(subject__in=list(subjects))

    def new_subjects(self, kind: str) -> set[int] | None:
        """Return the rows of a kind linked since; None: all. Older ones have their lines in the log before the mark."""
        if self.since is None:
            return None
        links = LedgerLink.objects.filter(number__gt=self.after_link, kind=kind)
        return set(links.values_list("subject_id", flat=True))
