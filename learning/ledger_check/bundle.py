"""The bundle: the ledger as a stranger needs it to judge it again, offline, with no code of ours running.

Every link with the row it holds fast, daily roots, anchors, keys, the verifier and how to use it.
Exported as it stands, right or wrong: the verifier judges. Source: docs/decisions/0012.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from learning.ledger_check import certificates, signed_days
from learning.ledger_check.canonical import utc
from learning.ledger_check.kinds import KINDS, Kind
from learning.models import LedgerAnchor, LedgerLink, LedgerRoot

FORMAT: Final = "hourbook-ledger-1"
_PACKED: Final = ("verify.py", "README.en.md", "README.zh.md")
_CHUNK: Final = 1_000


class FolderNotEmpty(Exception):
    """A bundle is written into a folder of its own."""


def write(folder: Path, *, year: int | None, now: datetime) -> int:
    """Write the bundle; return the number of links in it. With `year`, rows of other years are left out.

    Raises: FolderNotEmpty; OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderNotEmpty(folder)
    digests: dict[str, str] = {}
    # Roots first: a day signed while this runs would cover links that were not written yet.
    _put(
        folder,
        "roots.txt",
        (signed_days.line_of(root) for root in LedgerRoot.objects.order_by("day").iterator()),
        digests,
    )
    _put(folder, "anchors.jsonl", _anchors(), digests)
    count = _put(folder, "ledger.jsonl", _ledger(year), digests)
    _put(folder, "keys.json", [_text(_keys())], digests)
    for name in _PACKED:
        text = files("learning.ledger_check").joinpath(name).read_text(encoding="utf-8")
        _put(folder, name, text.rstrip("\n").split("\n"), digests)
    manifest = {"format": FORMAT, "written_at": utc(now), "year": year, "links": count, "files": digests}
    (folder / "manifest.json").write_text(_text(manifest) + "\n", encoding="utf-8")
    return count


def _put(folder: Path, name: str, lines: Iterable[str], digests: dict[str, str]) -> int:
    """Write one file line by line, note its digest, return the number of lines."""
    count, hashed = 0, hashlib.sha256()
    with (folder / name).open("wb") as file:
        for count, line in enumerate(lines, start=1):  # noqa: B007 -- the last one is the answer
            data = line.encode() + b"\n"
            hashed.update(data)
            file.write(data)
    digests[name] = hashed.hexdigest()
    return count


def _ledger(year: int | None) -> Iterator[str]:
    chunk: list[LedgerLink] = []
    for link in LedgerLink.objects.order_by("number").iterator(_CHUNK):
        chunk.append(link)
        if len(chunk) == _CHUNK:
            yield from _told(chunk, year)
            chunk = []
    yield from _told(chunk, year)


def _told(chunk: list[LedgerLink], year: int | None) -> Iterator[str]:
    rows = {
        name: kind.rows().in_bulk([link.subject_id for link in chunk if link.kind == name])
        for name, kind in KINDS.items()
    }
    for link in chunk:
        told: dict[str, Any] = {
            "number": link.number,
            "person": link.person_id or 0,
            "sequence": link.sequence,
            "kind": link.kind,
            "subject": link.subject_id,
            "digest": link.digest,
            "linked_ms": link.linked_ms,
            "head": link.head,
        }
        row = rows.get(link.kind, {}).get(link.subject_id)
        if row is not None:
            told |= _row_of(KINDS[link.kind], row, year)
        yield _text(told)


def _row_of(kind: Kind, row: Any, year: int | None) -> dict[str, Any]:
    """Return what a link holds fast; of another year than asked for the year alone, so that no row seems gone."""
    of_year = kind.year_of(row)
    if year not in {None, of_year}:
        return {"year": of_year}
    told: dict[str, Any] = {"row": kind.facts_of(row)}
    return told if kind.words_of is None else told | {"facts": kind.words_of(row)}


def _anchors() -> Iterator[str]:
    for anchor in LedgerAnchor.objects.order_by("root_id", "backend").iterator():
        yield _text({"day": anchor.root_id.isoformat(), "backend": anchor.backend, "receipt": anchor.receipt})


def _keys() -> dict[str, list[str]]:
    """Return the public keys that may have signed: of roots, of certificates."""
    pages = [key.public_bytes_raw().hex() for key in certificates.trusted_keys()]
    return {"roots": sorted(signed_days.known_keys()), "certificates": sorted(pages)}


def _text(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
