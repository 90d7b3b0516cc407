"""Certificates on a page: facts in the reader's language, the seal, the QR code."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from learning.actions import certificate_pages
from learning.models import AnnualRecord, Certificate
from learning.rules import names, seals
from learning.rules.requirements import Totals
from learning.templatetags.hours import level_word

register = template.Library()

#: The seal's box in SVG units, and the room its rim takes.
SEAL_WIDTH, SEAL_HEIGHT, SEAL_RIM = 124, 138, 8


@dataclass(frozen=True, slots=True)
class SealCharacter:
    """One character of the seal and where its foot stands, in SVG units."""

    text: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal mark: `size` of its characters, and each of them."""

    size: str
    characters: list[SealCharacter]


@register.filter
def fact(facts: Mapping[str, str], name: str) -> str:
    """Show a fact that is frozen in two languages in the active one."""
    english = facts.get(f"{name}_en", "")
    if english and (get_language() or "").startswith("en"):
        return english
    return facts.get(f"{name}_zh", "")


@register.filter
def holder(facts: Mapping[str, str]) -> str:
    """Show the holder's name as this page's readers write it."""
    english = facts.get("holder_name_en", "")
    return english if english and (get_language() or "").startswith("en") else facts.get("holder_name", "")


@register.filter
def masked_holder(facts: Mapping[str, str]) -> str:
    """Show the holder's name with only its first character legible, always as in the register."""
    return names.masked(facts.get("holder_name", ""))


@register.filter
def unstudied(said: Mapping[str, int] | AnnualRecord | None, word: str) -> Totals:
    """Return what was waived or carried over, of a page's facts or a record; pages from before say nothing of it."""
    if isinstance(said, AnnualRecord):
        return said.waived if word == "waived" else said.carried
    facts = said or {}
    return Totals(facts.get(f"{word}_public_centihours", 0), facts.get(f"{word}_professional_centihours", 0))


@register.filter
def standing_of(facts: Mapping[str, str]) -> str:
    """Say what the holder is: title, level and, where known, whom they work for."""
    words = {
        "employer": fact(facts, "employer"),
        "title": fact(facts, "title"),
        "level": level_word(facts["title_level"]),
    }
    if words["employer"]:
        return _("%(title)s (%(level)s) of %(employer)s") % words
    return _("%(title)s (%(level)s)") % words


@register.simple_tag
def seal_of(issuer_zh: str) -> Seal:
    """Lay out the issuer's seal mark, columns from the right."""
    columns = seals.columns(issuer_zh)
    rows = len(columns[0])
    width = (SEAL_WIDTH - 2 * SEAL_RIM) / len(columns)
    height = (SEAL_HEIGHT - 2 * SEAL_RIM) / rows
    size = min(width, height) * 0.9
    return Seal(
        size=f"{size:.1f}",
        characters=[
            SealCharacter(
                text=character,
                x=f"{SEAL_WIDTH - SEAL_RIM - width * (column + 0.5):.1f}",
                y=f"{SEAL_RIM + height * (row + 0.5) + size * 0.36:.1f}",
            )
            for column, text in enumerate(columns)
            for row, character in enumerate(text)
        ],
    )


@register.simple_tag
def qr_of(certificate: Certificate) -> dict[str, object]:
    """Return the QR code's side in modules and its path."""
    side, path = certificate_pages.qr_path(certificate)
    return {"side": side, "path": path}


@register.simple_tag
def verify_url_of(certificate: Certificate) -> str:
    """Return the public address that checks this page."""
    return certificate_pages.verify_url(certificate)
