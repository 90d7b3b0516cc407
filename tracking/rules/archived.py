"""Archived sessions: the text in which a session is kept outside of the database, and read back.

    trk1|<session>|header|…            the canonical header; its SHA-256 is the chain's first head
    trk1|<session>|<index>|<kind>|…    the canonical lines, one after the other
    arc1|<session>|end|<number>|<opened>|<ended>|<reason>|<sealed>|<new_s>|<lines>|<head>
    arc1|<session>|seal|<number>|<digest>|<lines>|<new_s>|<record>|<given>   where it has a seal

What `trk1` begins is hashed as it stands, so `sha256sum` and patience are enough to check a
chain. Knows text; nothing of files or rows. Source: TRACKING §4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tracking.rules.chain import RULE_VERSION, LedgerLine, LineKind, SessionHeader, first_broken_index, header_head
from tracking.rules.months import Month

FORM: Final = "arc1"
_HEADER_PARTS: Final = 8
_LINE_PARTS: Final = 13
_END_PARTS: Final = 11
_SEAL_PARTS: Final = 9


class MalformedBlockError(ValueError):
    """A line of a block is not what stands there in a bundle of ours."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a session ended; `number` is its row's, `head` its chain's end in hexadecimal."""

    number: int
    opened_ms: int
    ended_ms: int
    reason: str
    sealed_ms: int
    new_s: int
    line_count: int
    head: str


@dataclass(frozen=True, slots=True)
class ArchivedSeal:
    """The session's seal, as the daily root covers it."""

    number: int
    digest: str
    line_count: int
    new_s: int
    record_digest: str
    given_ms: int


@dataclass(frozen=True, slots=True)
class ArchivedSession:
    """One sealed session with its whole ledger."""

    header: SessionHeader
    lines: tuple[LedgerLine, ...]
    closing: Closing
    seal: ArchivedSeal | None = None

    @property
    def key(self) -> str:
        """The session's key."""
        return self.header.session_key

    def text(self) -> str:
        """Return the session's part of a block."""
        end, seal = self.closing, self.seal
        parts = [self.header.text(), *(line.text() for line in self.lines)]
        parts.append(
            f"{FORM}|{self.key}|end|{end.number}|{end.opened_ms}|{end.ended_ms}|{end.reason}|{end.sealed_ms}"
            f"|{end.new_s}|{end.line_count}|{end.head}"
        )
        if seal is not None:
            parts.append(
                f"{FORM}|{self.key}|seal|{seal.number}|{seal.digest}|{seal.line_count}|{seal.new_s}"
                f"|{seal.record_digest}|{seal.given_ms}"
            )
        return "".join(f"{part}\n" for part in parts)


def read_sessions(text: str) -> Iterator[ArchivedSession]:
    """Read a block. Raises: MalformedBlockError, naming the line."""
    group: list[str] = []
    for number, row in enumerate(text.splitlines(), 1):
        try:
            if _is_header(row) and group:
                yield _session(group)
                group = []
        except (ValueError, IndexError) as error:
            raise MalformedBlockError(f"the session before line {number} cannot be read") from error
        group.append(row)
    try:
        if group:
            yield _session(group)
    except (ValueError, IndexError) as error:
        raise MalformedBlockError("the last session cannot be read") from error


def faults_of(session: ArchivedSession, month: Month) -> Iterator[str]:
    """Say what is wrong with an archived session; nothing when its chain and its sums hold."""
    end, lines, seal = session.closing, session.lines, session.seal
    if not month.from_ms <= end.opened_ms < month.until_ms:
        yield f"it was not opened in {month}"
    if len(lines) != end.line_count:
        yield f"{len(lines)} lines are kept, it ended with {end.line_count}"
    broken = first_broken_index(header_head(session.header), lines, last_head=bytes.fromhex(end.head))
    if broken is not None:
        yield f"its chain breaks at line {broken} or before"
    if sum(line.new_s for line in lines if line.kind in (LineKind.SEGMENT, LineKind.LATE)) != end.new_s:
        yield f"its lines do not add up to {end.new_s} s"
    if any(line.session_key != session.key for line in lines):
        yield "a line is another session's"
    if any(not end.opened_ms <= line.start_ms <= line.end_ms <= end.ended_ms for line in lines):
        yield "a line lies outside of its time"
    if end.ended_ms >= month.plus(1).until_ms:
        yield "it outlasted the month after"
    if seal is not None and (seal.digest, seal.line_count, seal.new_s) != (end.head, end.line_count, end.new_s):
        yield "its seal is not that of its chain"


def count_later(lines: Iterable[LedgerLine], month: Month) -> int:
    """Return how many lines lie in the month after: a session over midnight stays whole."""
    return sum(line.start_ms >= month.until_ms for line in lines)


def _is_header(row: str) -> bool:
    parts = row.split("|")
    return parts[0] == RULE_VERSION and parts[2] == "header"


def _session(rows: list[str]) -> ArchivedSession:
    """Read one session's rows: header, lines, end, and a seal or none."""
    head = _parts(rows[0], RULE_VERSION, "header", _HEADER_PARTS)
    header = SessionHeader(head[1], head[3], head[4], int(head[5]), head[6], head[7])
    at = next((index for index, row in enumerate(rows) if row.startswith(f"{FORM}|")), len(rows))
    end = _parts(rows[at], FORM, "end", _END_PARTS)
    seal = _parts(rows[at + 1], FORM, "seal", _SEAL_PARTS) if len(rows) > at + 1 else None
    session = ArchivedSession(
        header,
        tuple(_line(row) for row in rows[1:at]),
        Closing(int(end[3]), int(end[4]), int(end[5]), end[6], int(end[7]), int(end[8]), int(end[9]), end[10]),
        ArchivedSeal(int(seal[3]), seal[4], int(seal[5]), int(seal[6]), seal[7], int(seal[8])) if seal else None,
    )
    # NB: what is written again must be what was read, or two texts would pass for one session.
    bytes.fromhex(session.closing.head)
    if session.text() != "".join(f"{row}\n" for row in rows):
        raise ValueError(session.key)
    return session


def _parts(row: str, form: str, word: str, count: int) -> list[str]:
    parts = row.split("|")
    if (parts[0], parts[2], len(parts)) != (form, word, count):
        raise ValueError(row)
    return parts


def _line(row: str) -> LedgerLine:
    parts = row.split("|")
    if len(parts) != _LINE_PARTS:
        raise ValueError(row)
    return LedgerLine(parts[1], int(parts[2]), LineKind(parts[3]), *(int(part) for part in parts[4:]))
