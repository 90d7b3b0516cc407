"""A letter of the demo, as somebody would scan it."""

import io
from collections.abc import Sequence

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

SIZE_PX = (1_000, 760)
MARGIN_PX, HEAD_PX, LINE_PX, LEADING_PX = 90, 40, 32, 62
PAPER, INK, SEAL = "#fdfcf7", "#22282b", "#c2412d"


def drawn(lines: Sequence[str]) -> bytes:
    """Return the letter as a PNG: its first line is its head, and a seal without a name stands at its foot."""
    page = Image.new("RGB", SIZE_PX, PAPER)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        size_px = LINE_PX if number else HEAD_PX
        font = ImageFont.truetype(str(pylopdf_fonts_zh_cn.sans_path()), size_px)
        draw.text((MARGIN_PX, MARGIN_PX + number * LEADING_PX), line, font=font, fill=INK)
    draw.ellipse((700, 480, 880, 660), outline=SEAL, width=7)
    written = io.BytesIO()
    page.save(written, "PNG")
    return written.getvalue()
