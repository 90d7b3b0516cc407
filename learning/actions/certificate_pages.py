"""Drawing certificates: the frozen facts as a tagged PDF with a QR code.

Draws from the facts alone, so the same page comes out byte for byte whenever it
is drawn; signing and storing it is `certificate_files`' work. A page with a
character the fonts lack is refused, never printed with a gap. Source: D10,
RELIABILITY §4 (tagged PDF), PDF/UA-1, PDF/A-3a.
"""

import json
import logging
import threading
import unicodedata
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pylopdf_fonts_zh_cn as fonts
import segno
import typst
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from fontTools.ttLib import TTFont

from learning.models import Certificate
from learning.rules import seals
from learning.rules.digests import canonical

logger = logging.getLogger(__name__)
TEMPLATE = Path(__file__).resolve().parent.parent / "typst" / "certificate.typ"
#: Unicode's categories of what no font draws: joiners and direction marks, and breaks of every kind.
SHAPELESS, BREAKS = "Cf", frozenset({"Cc", "Zl", "Zp"})
FONT_FILES = (fonts.serif_path(), fonts.sans_path())
# NB: a Compiler used by two threads raises "Already borrowed".
_of_thread = threading.local()


class NotDrawable(Exception):
    """The fonts lack characters of the page; `characters` are they."""

    def __init__(self, characters: str) -> None:
        """Keep the characters, in order of appearance."""
        super().__init__(characters)
        self.characters = characters


def verify_url(certificate: Certificate) -> str:
    """Return the public address at which anyone checks the page (the QR code's content)."""
    with translation.override("zh-hans"):
        return f"{settings.WAGTAILADMIN_BASE_URL}{reverse('learning:verify-code', args=[certificate.code])}"


def qr_path(certificate: Certificate) -> tuple[int, str]:
    """Return the QR code of the check address: its side in modules, and SVG path data of the dark ones."""
    rows = [bytes(row) for row in segno.make(verify_url(certificate), error="m", micro=False).matrix]
    steps: list[str] = []
    for y, row in enumerate(rows):
        start = row.find(1)
        while start >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            steps.append(f"M{start} {y}h{end - start}v1h-{end - start}z")
            start = row.find(1, end)
    return len(rows), "".join(steps)


def _qr_svg(certificate: Certificate) -> str:
    side, path = qr_path(certificate)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path fill="#18232e" d="{path}"/></svg>'
    )


def path_of(certificate: Certificate) -> Path:
    """Return where the PDF lies once it is drawn."""
    return Path(settings.MEDIA_ROOT) / certificate.pdf_name


def draw_again(*, certificate: Certificate, now: datetime) -> None:
    """Have a page drawn and signed anew whose file was lost or swapped; what it says stays the same."""
    logger.error("certificate %s: %s was lost or is not the file that was signed", certificate, certificate.pdf_name)
    lost = Certificate.objects.filter(pk=certificate.pk, pdf_name=certificate.pdf_name)
    lost.update(pdf_name="", draw_after=now)


def render(certificate: Certificate) -> bytes:
    """Return the PDF: PDF/A-3a and PDF/UA-1, not signed yet, the same bytes for the same facts.

    Raises: NotDrawable, when a character has no glyph.
    """
    data = _data(certificate)
    lacking = missing_characters("".join(_texts(data["facts"])) + "".join(data["seal"]))
    if lacking:
        raise NotDrawable(lacking)
    pdf = _compiler().compile(
        format="pdf",
        pdf_standards=["a-3a", "ua-1"],
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=certificate.issued_at.replace(microsecond=0),
    )
    if not isinstance(pdf, bytes):
        raise TypeError(type(pdf))
    return pdf


def missing_characters(text: str) -> str:
    """Return each character no font has a glyph for, once, in order of appearance."""
    glyphs = _glyphs()
    return "".join(character for character in dict.fromkeys(text) if ord(character) not in glyphs)


def _data(certificate: Certificate) -> dict[str, Any]:
    facts = _printed(certificate.facts)
    zone = ZoneInfo(settings.TIME_ZONE)
    issued = certificate.issued_at.astimezone(zone)
    credential = {"facts": certificate.facts, "digest": certificate.digest, "signature": certificate.signature}
    address = verify_url(certificate)
    return {
        "facts": facts,
        "entries": [
            {**entry, "earned_on": datetime.fromisoformat(entry["earned_at"]).astimezone(zone).date().isoformat()}
            for entry in facts["entries"]
        ],
        "issued": {"year": issued.year, "month": issued.month, "day": issued.day},
        "seal": seals.columns(facts["issuer_zh"]),
        "qr": _qr_svg(certificate),
        "verify_url": address,
        "verify_place": address.split("://", 1)[1].removesuffix(f"/{certificate.code}/"),
        "digest": certificate.digest,
        "signature": certificate.signature,
        "credential": canonical(credential).decode(),
    }


def _printed(fact: Any) -> Any:
    """Return the facts as paper shows them: marks without a shape, pasted along with a title, leave no gap."""
    if isinstance(fact, str):
        kinds = ((character, unicodedata.category(character)) for character in fact)
        return "".join(" " if kind in BREAKS else character for character, kind in kinds if kind != SHAPELESS)
    if isinstance(fact, dict):
        return {name: _printed(value) for name, value in fact.items()}
    if isinstance(fact, list):
        return [_printed(value) for value in fact]
    return fact


def _texts(fact: object) -> list[str]:
    """Return every text among the facts, however deep."""
    if isinstance(fact, str):
        return [fact]
    if isinstance(fact, dict):
        return [text for value in fact.values() for text in _texts(value)]
    if isinstance(fact, list):
        return [text for value in fact for text in _texts(value)]
    return []


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    found: set[int] = set()
    for path in FONT_FILES:
        with TTFont(path, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


def _compiler() -> typst.Compiler:
    if not hasattr(_of_thread, "compiler"):
        _of_thread.compiler = typst.Compiler(
            str(TEMPLATE),
            root=str(TEMPLATE.parent),
            font_paths=[str(path.parent) for path in FONT_FILES[:1]],
            ignore_system_fonts=True,
        )
    compiler: typst.Compiler = _of_thread.compiler
    return compiler
