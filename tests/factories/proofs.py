"""Files as people, and others, send them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from learning.actions import proof_files
from learning.models import Evidence, Person, ProofDraft
from tests.factories.learning import NOON

Name = generic.pdf_name


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "white", **said: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, kind, **said)
    return written.getvalue()


def photograph() -> bytes:
    """A JPEG on its side that says where it was taken."""
    said = Image.Exif()
    said[0x0112] = 6
    said[0x010F] = "SECRET-CAMERA"
    said.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", (40, 30), exif=said, comment=b"SECRET-PLACE")


def pdf(pages: int = 1, *, root: dict[str, object] | None = None, password: str = "") -> bytes:
    """A PDF of empty pages; `root`: what its catalogue says beside them."""
    writer = PdfFileWriter()
    for _number in range(pages):
        contents = writer.add_object(generic.StreamObject(stream_data=b"q Q"))
        writer.insert_page(PageObject(contents=contents, media_box=(0, 0, 200, 200)))
    for key, value in (root or {}).items():
        writer.root[Name(key)] = value
    if password:
        writer.encrypt(owner_pass=password, user_pass=password)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def action(word: str, **more: object) -> generic.DictionaryObject:
    rows = {Name("/S"): Name(word)} | {Name(f"/{key}"): value for key, value in more.items()}
    return generic.DictionaryObject(rows)


def flood(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that claims to be enormous."""

    def part(word: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + word + data + struct.pack(">I", zlib.crc32(word + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 9)) + part(b"IEND", b"")


def draft(person: Person, content: bytes | None = None, *, asked: Evidence | None = None) -> ProofDraft:
    upload = proof_files.Upload("假条.png", content or picture())
    return proof_files.keep(person=person, year=2026, upload=upload, asked=asked, now=NOON)


def lying(root: Path) -> list[str]:
    """Return the files there are, by name."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
