"""Bundles: the file in which a month of viewing is kept outside of the database.

A zip of text blocks of up to 1,000 whole sessions (`rules.archived`) and a manifest with every
block's SHA-256, their root and the counts. The same sessions give the same bytes, so a bundle that
was lost can be written again and compared. Reads block by block: a month never stands in memory.
Knows the file; not which months are due. Source: TRACKING §4 Size.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from learning.rules.digests import canonical, digest_of_all
from tracking.rules.archived import ArchivedSession, MalformedBlockError, count_later, faults_of, read_sessions
from tracking.rules.chain import LedgerLine
from tracking.rules.months import Month

SESSIONS_A_BLOCK: Final = 1_000
_FORM: Final = "hourbook-viewing-archive-1"
_MANIFEST: Final = "manifest.json"
_MANIFEST_MAX_BYTES: Final = 64 << 20
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier day, and the day of writing would change the bytes
_READABLE: Final = 0o100644 << 16
#: What a damaged zip raises, depending on where it was hit.
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,  # and under it NotImplementedError, for a method of packing nobody knows
)


class BrokenBundleError(Exception):
    """The bundle is not what it was when it was written; says where."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block as the manifest names it; `first` and `last` are the numbers of its sessions."""

    name: str
    sha256: str
    bytes: int
    sessions: int
    lines: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds; `later_lines` of `lines` lie in the month after."""

    month: Month
    blocks: tuple[Block, ...]
    later_lines: int

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return sum(block.sessions for block in self.blocks)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return sum(block.lines for block in self.blocks)

    def encoded(self) -> bytes:
        """Return the manifest as it stands in the file; its SHA-256 is the bundle's digest."""
        return canonical(
            {
                "form": _FORM,
                "month": str(self.month),
                "from_ms": self.month.from_ms,
                "until_ms": self.month.until_ms,
                "sessions": self.sessions,
                "lines": self.lines,
                "later_lines": self.later_lines,
                "blocks": [asdict(block) for block in self.blocks],
                "root": digest_of_all(block.sha256 for block in self.blocks),
            }
        )

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest, in hexadecimal."""
        return hashlib.sha256(self.encoded()).hexdigest()

    @classmethod
    def decoded(cls, data: bytes) -> Manifest:
        """Read a manifest; what it writes again must be what was read. Raises: ValueError, TypeError, KeyError."""
        facts: dict[str, Any] = json.loads(data)
        blocks = tuple(Block(**block) for block in facts["blocks"])
        manifest = cls(Month.parse(facts["month"]), blocks, facts["later_lines"])
        if manifest.encoded() != data:
            raise ValueError(_MANIFEST)
        return manifest


def write_bundle(path: Path, month: Month, pages: Iterable[Sequence[ArchivedSession]]) -> Manifest:
    """Write a month's sessions, a page a block, and return the manifest."""
    blocks: list[Block] = []
    later_lines = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for number, page in enumerate(pages, 1):
            data = "".join(session.text() for session in page).encode()
            block = Block(
                name=f"blocks/{number:06}.txt",
                sha256=hashlib.sha256(data).hexdigest(),
                bytes=len(data),
                sessions=len(page),
                lines=sum(len(session.lines) for session in page),
                first=page[0].closing.number,
                last=page[-1].closing.number,
            )
            _put(file, block.name, data)
            blocks.append(block)
            later_lines += sum(count_later(session.lines, month) for session in page)
        manifest = Manifest(month, tuple(blocks), later_lines)
        _put(file, _MANIFEST, manifest.encoded())
    return manifest


class Bundle:
    """A bundle opened for reading."""

    def __init__(self, path: Path) -> None:
        """Open the file and read its manifest. Raises: BrokenBundleError."""
        self.path = path
        try:
            self._file = zipfile.ZipFile(path)
        except _UNREADABLE as error:
            raise BrokenBundleError(f"{path.name} cannot be opened: {error}") from error
        try:
            if self._file.getinfo(_MANIFEST).file_size > _MANIFEST_MAX_BYTES:
                raise ValueError(_MANIFEST)
            self.manifest = Manifest.decoded(self._file.read(_MANIFEST))
        except (*_UNREADABLE, TypeError) as error:
            self._file.close()
            raise BrokenBundleError(f"{path.name}: its manifest cannot be read") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, block: Block) -> tuple[ArchivedSession, ...]:
        """Return a block's sessions. Raises: BrokenBundleError, when a byte of it differs."""
        try:
            # The size is asked before the bytes are: a forged block could unpack to any length.
            is_long = self._file.getinfo(block.name).file_size != block.bytes
            data = b"" if is_long else self._file.read(block.name)
        except _UNREADABLE as error:
            raise BrokenBundleError(f"{self.path.name}: {block.name} cannot be read") from error
        if is_long or hashlib.sha256(data).hexdigest() != block.sha256:
            raise BrokenBundleError(f"{self.path.name}: {block.name} is not what the manifest says")
        try:
            return tuple(read_sessions(data.decode()))
        except (MalformedBlockError, UnicodeDecodeError) as error:
            raise BrokenBundleError(f"{self.path.name}: {block.name}: {error}") from error

    def faults(self) -> Iterator[str]:
        """Yield one sentence for everything that is wrong; nothing when every chain in the bundle holds."""
        month, last_number, later_lines = self.manifest.month, 0, 0
        names = sorted(self._file.namelist())
        if names != sorted([_MANIFEST, *(block.name for block in self.manifest.blocks)]):
            yield f"{self.path.name}: its files are not those of its manifest"
        for block in self.manifest.blocks:
            try:
                sessions = self.read(block)
            except BrokenBundleError as broken:
                yield str(broken)
                continue
            numbers = [session.closing.number for session in sessions]
            if numbers != sorted({*numbers}) or [*numbers[:1], *numbers[-1:]] != [block.first, block.last]:
                yield f"{self.path.name}: {block.name}: its sessions are not in their order"
            if numbers and numbers[0] <= last_number:
                yield f"{self.path.name}: {block.name}: its sessions do not follow those before"
            last_number = max([last_number, *numbers])
            if (len(sessions), sum(len(each.lines) for each in sessions)) != (block.sessions, block.lines):
                yield f"{self.path.name}: {block.name}: its counts are not the manifest's"
            for session in sessions:
                later_lines += count_later(session.lines, month)
                for fault in faults_of(session, month):
                    yield f"{self.path.name}: session {session.key}: {fault}"
        if later_lines != self.manifest.later_lines:
            yield f"{self.path.name}: {later_lines} lines lie in the next month, not {self.manifest.later_lines}"


def archived_lines(path: Path, session_key: str, *, number: int | None = None) -> list[LedgerLine]:
    """Return a session's lines from a bundle.

    With the session's row number one block is read, otherwise all up to the session's.
    Raises: BrokenBundleError, when what is read was altered, or the session is not there.
    """
    with Bundle(path) as bundle:
        for block in bundle.manifest.blocks:
            if number is not None and not block.first <= number <= block.last:
                continue
            for session in _sessions_of(path, path.stat().st_mtime_ns, block):
                if session.key == session_key:
                    return list(session.lines)
    raise BrokenBundleError(f"{path.name}: session {session_key} is not in it")


@lru_cache(maxsize=2)
def _sessions_of(path: Path, _changed_ns: int, block: Block) -> tuple[ArchivedSession, ...]:
    """Return a block's sessions; sessions are asked for in their order, so the last block is kept."""
    with Bundle(path) as bundle:
        return bundle.read(block)


def _put(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.external_attr, info.create_system = _READABLE, 3
    file.writestr(info, data, zipfile.ZIP_DEFLATED, 9)
