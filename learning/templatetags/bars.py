"""Hour bars and the ring: centihours become lengths of SVG, and nothing else.

Order everywhere: confirmed before pending, professional before public in sums.
"""

from __future__ import annotations

from dataclasses import dataclass

from django import template

from learning.rules.requirements import Totals

register = template.Library()

#: Between two parts, in per cent: a hair of surface, so that parts read in greyscale.
GAP = 0.15
#: The least that is still seen: a tenth of an hour among a hundred.
THINNEST = 0.1
RING_GAP, DASH, DASH_GAP = 0.5, 0.72, 0.44


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in per cent of its length, as text for attributes."""

    fill: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Arc:
    """A part of the ring, whose circumference is 100."""

    style: str
    dashes: str
    offset: str


def segments(parts: list[tuple[str, int]], whole: int) -> list[Segment]:
    """Lay the parts one after the other; what exceeds the whole is scaled, never hidden."""
    held = sum(value for _fill, value in parts)
    scale = 100 / max(whole, held, 1)
    found: list[Segment] = []
    at = 0.0
    for fill, value in parts:
        if value <= 0:
            continue
        width = value * scale
        start = min(at + (GAP if found else 0), 100 - THINNEST)
        found.append(Segment(fill, f"{start:.3f}", f"{max(at + width - start, THINNEST):.3f}"))
        at += width
    return found


@register.simple_tag
def total_segments(confirmed: Totals, pending: Totals, whole: int) -> list[Segment]:
    """Return the bar of the whole year."""
    return segments(
        [
            ("f-prof", confirmed.professional_centihours),
            ("f-pub", confirmed.public_centihours),
            ("f-prof-wait", pending.professional_centihours),
            ("f-pub-wait", pending.public_centihours),
        ],
        whole,
    )


@register.simple_tag
def subject_segments(fill: str, confirmed: int, pending: int, whole: int) -> list[Segment]:
    """Return the bar of one subject; `fill`: f-pub or f-prof."""
    return segments([(fill, confirmed), (f"{fill}-wait", pending)], whole)


@register.simple_tag
def ring_arcs(confirmed: Totals, pending: Totals, whole: int) -> list[Arc]:
    """Return the ring: solid for confirmed, dashed for pending."""
    parts = [
        ("a", confirmed.professional_centihours, False),
        ("b", confirmed.public_centihours, False),
        ("c", pending.professional_centihours, True),
        ("d", pending.public_centihours, True),
    ]
    scale = 100 / max(whole, confirmed.total_centihours + pending.total_centihours, 1)
    arcs: list[Arc] = []
    at = 0.0
    for style, value, is_dashed in parts:
        if value <= 0:
            continue
        length = max(value * scale - RING_GAP, 0.3)
        arcs.append(Arc(style, _dashes(length) if is_dashed else f"{length:.3f} 100", f"{-at:.3f}"))
        at += value * scale
    return arcs


def _dashes(length: float) -> str:
    """Fill a length with short dashes; the last gap runs on to the end of the circle."""
    count = max(int((length + DASH_GAP) / (DASH + DASH_GAP)), 1)
    dash = min(DASH, length)
    return " ".join([f"{dash:.2f} {DASH_GAP}"] * (count - 1) + [f"{dash:.2f} 100"])


@register.filter
def fill_of(is_public_subject: bool) -> str:
    """Return the fill of a subject's bars."""
    return "f-pub" if is_public_subject else "f-prof"
