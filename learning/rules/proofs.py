"""Proofs: which files may be handed in as evidence, judged by their first and last bytes, never by name.

Knows bytes and words; what lies between is judged by `actions.proof_reading`, in a process of its own.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

#: The longest name that is kept, without its ending.
NAME_MAX_CHARACTERS: Final = 80


class ProofKind(StrEnum):
    """What a file is, and the ending of its name."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """What it is served as."""
        return {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}[self.value]

    @property
    def is_image(self) -> bool:
        """Whether a page may show it."""
        return self is not ProofKind.PDF


class ProofRefusal(StrEnum):
    """Why a file is not kept."""

    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    ALL_TOO_LARGE = "all_too_large"
    EMPTY = "empty"
    UNKNOWN_KIND = "unknown_kind"
    UNREADABLE = "unreadable"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    ENCRYPTED = "encrypted"
    ACTIVE = "active"
    HANDED_IN = "handed_in"
    TOO_OFTEN = "too_often"


_HEADS: Final = {
    ProofKind.PDF: re.compile(rb"%PDF-[12]\.\d[\r\n ]"),
    ProofKind.JPEG: re.compile(rb"\xff\xd8\xff"),
    ProofKind.PNG: re.compile(rb"\x89PNG\r\n\x1a\n"),
}
#: What no picture of a paper needs. Long enough never to occur by chance among compressed bytes.
_ACTIVE: Final = re.compile(rb"/(JavaScript|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)\b|/S\s*/Launch\b")
_NOT_IN_NAMES: Final = re.compile(r'[\\/:*?"<>|]')


def kind_of(content: bytes) -> ProofKind | None:
    """Return what the file is by its first bytes; None: nothing that is taken."""
    return next((kind for kind, head in _HEADS.items() if head.match(content)), None)


def pdf_refusal(content: bytes) -> ProofRefusal | None:
    """Say what is wrong with a PDF as bytes; a second file after its end may be anything."""
    if not content.rstrip(b"\0\t\r\n ").endswith(b"%%EOF"):
        return ProofRefusal.UNREADABLE
    return ProofRefusal.ACTIVE if _ACTIVE.search(content) else None


def shown_name(sent: str, kind: ProofKind) -> str:
    """Return the name as pages show it: no folders, no invisible characters, the ending of what it is."""
    plain = unicodedata.normalize("NFC", sent)
    plain = "".join(sign for sign in plain if sign == " " or unicodedata.category(sign)[0] not in "CZ")
    stem, dot, ending = _NOT_IN_NAMES.sub("_", plain.rpartition("/")[2]).rpartition(".")
    return f"{(stem if dot else ending)[:NAME_MAX_CHARACTERS].strip(' .') or 'proof'}.{kind.value}"
