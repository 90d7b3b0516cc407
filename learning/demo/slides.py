"""How a demo lecture looks: ground, presenter, cards, dial and progress line.

Knows shapes, colours and the font; nothing of sound, codecs or files. Drawn at the
mock-up's proportions (1600 by 900), so that one is a scaled copy of the other.
"""

import math
import zlib
from dataclasses import dataclass
from functools import cache

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

from learning.demo.script import LectureScript, Slide

WIDTH_PX, HEIGHT_PX = 1280, 720
Point = tuple[float, float]
Box = tuple[int, int, int, int]

# Pillow draws shapes without smoothing: draw them larger, then shrink.
SMOOTHING = 3

GROUND_TOP, GROUND_FOOT = "#18383a", "#0d1c22"
HILL_FAR, HILL_NEAR = "#123033", "#0f272b"
TEXT, TEXT_SOFT, TEXT_QUIET, MINT = "#eef3ef", "#c9d8d4", "#8ba6a4", "#8fc9c0"
CARD, CARD_SPOKEN = "#24393c", "#2c4f50"
TRACK, PLAYED = "#28494b", "#5fd0bd"
ACCENTS = ("#d0553a", "#d9a441", "#5fd0bd", "#7fa7e0")

MARGIN_PX = 88
CARD_WIDTH_PX, CARD_GAP_PX = 656, 16
CARDS_TOP_PX, CARDS_FOOT_PX = 250, 574  # captions have everything below to themselves
HEAD_WIDTH_PX = 196
LINE_TOP_PX, LINE_HEIGHT_PX = 712, 4
DIAL_CENTRE, DIAL_RADIUS_PX = (1166, 60), 20
DIAL_TURN_SECONDS = 4
SMALLEST_TEXT_PX = 16


@dataclass(frozen=True, slots=True)
class Presenter:
    """The colours of the person on the slide; each course has its own."""

    halo: str
    coat: str
    skin: str
    hair: str


PRESENTERS = (
    Presenter(halo="#3f3f48", coat="#a8616b", skin="#efc9a8", hair="#241f22"),
    Presenter(halo="#1f4a4b", coat="#2f9488", skin="#f0cfae", hair="#1a2328"),
    Presenter(halo="#23424f", coat="#4a78b0", skin="#e9c19c", hair="#2b2321"),
    Presenter(halo="#3a4441", coat="#b8743a", skin="#f2d3b6", hair="#20262b"),
    Presenter(halo="#2c4548", coat="#7d6a9c", skin="#eac6a3", hair="#171c20"),
)


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(pylopdf_fonts_zh_cn.sans_path()), size_px)


@cache
def stage(course_title_zh: str) -> Image.Image:
    """Return the empty stage of a course: ground, hills and its presenter."""
    picture = _ground()
    picture = picture.resize((WIDTH_PX * SMOOTHING, HEIGHT_PX * SMOOTHING))
    draw = ImageDraw.Draw(picture)
    _hill(draw, top_px=612, sway_px=58, turn=0.6, colour=HILL_FAR)
    _hill(draw, top_px=652, sway_px=36, turn=2.2, colour=HILL_NEAR)
    chosen = zlib.adler32(course_title_zh.encode()) % len(PRESENTERS)
    _presenter(draw, PRESENTERS[chosen])
    return picture.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS)


def still(script: LectureScript, slide_index: int, spoken_line: int | None) -> Image.Image:
    """Return one slide at rest, with the card being spoken about lit up."""
    slide = script.slides[slide_index]
    picture = stage(script.course_title_zh).copy()
    draw = ImageDraw.Draw(picture)
    _text(draw, (MARGIN_PX, 60), script.course_title_zh, 20, TEXT_QUIET)
    page = f"第 {script.number} 讲 · {script.title_zh}　{slide_index + 1} / {len(script.slides)}"
    _text(draw, (MARGIN_PX, 126), page, 24, MINT)
    _text(draw, (MARGIN_PX, 188), slide.title_zh, 50, TEXT, bold=True)
    for line_index, box in enumerate(card_boxes(slide)):
        accent = ACCENTS[line_index % len(ACCENTS)]
        picture.paste(_card(box, accent, is_spoken=line_index == spoken_line), box[:2])
        _write_card(draw, box, slide.lines_zh[line_index])
    return picture


def card_boxes(slide: Slide) -> tuple[Box, ...]:
    """Return where each card stands; four cards are lower than three."""
    count = len(slide.lines_zh)
    room_px = CARDS_FOOT_PX - CARDS_TOP_PX - CARD_GAP_PX * (count - 1)
    height_px = min(room_px // count, 92)
    tops = (CARDS_TOP_PX + at * (height_px + CARD_GAP_PX) for at in range(count))
    return tuple((MARGIN_PX, top, MARGIN_PX + CARD_WIDTH_PX, top + height_px) for top in tops)


def draw_moment(picture: Image.Image, script: LectureScript, at_ms: int) -> None:
    """Draw onto a still what moves: the dial, the clock and the progress line."""
    draw = ImageDraw.Draw(picture)
    total_ms = script.seconds * 1000
    turn = at_ms % (DIAL_TURN_SECONDS * 1000) / (DIAL_TURN_SECONDS * 1000)
    corner = (DIAL_CENTRE[0] - DIAL_RADIUS_PX, DIAL_CENTRE[1] - DIAL_RADIUS_PX)
    box = (*corner, corner[0] + 2 * DIAL_RADIUS_PX, corner[1] + 2 * DIAL_RADIUS_PX)
    picture.paste(_dial(picture.crop(box), turn), corner)
    clock = f"{_minutes(at_ms)} / {_minutes(total_ms)}"
    draw.text((DIAL_CENTRE[0] - 36, 60), clock, fill=TEXT_SOFT, font=_font(20), anchor="rm")
    _progress(draw, script, at_ms)


def _progress(draw: ImageDraw.ImageDraw, script: LectureScript, at_ms: int) -> None:
    """Draw the thin line at the foot, parted where the slides part."""
    total_ms = script.seconds * 1000
    foot_px = LINE_TOP_PX + LINE_HEIGHT_PX - 1
    start_ms = 0
    for slide in script.slides:
        end_ms = start_ms + slide.seconds * 1000
        left_px = WIDTH_PX * start_ms // total_ms + 2
        right_px = WIDTH_PX * end_ms // total_ms - 2
        draw.rectangle((left_px, LINE_TOP_PX, right_px, foot_px), fill=TRACK)
        reach_px = min(WIDTH_PX * at_ms // total_ms, right_px)
        if reach_px > left_px:
            draw.rectangle((left_px, LINE_TOP_PX, reach_px, foot_px), fill=PLAYED)
        start_ms = end_ms


def _dial(under: Image.Image, turn: float) -> Image.Image:
    """Return the dial with its hand at `turn` of a full round, drawn over `under`."""
    side_px = under.width
    large = under.resize((side_px * SMOOTHING, side_px * SMOOTHING))
    draw = ImageDraw.Draw(large)
    edge, middle = side_px * SMOOTHING - 1, side_px * SMOOTHING / 2
    draw.ellipse((1, 1, edge - 1, edge - 1), fill=CARD, outline=TRACK, width=2 * SMOOTHING)
    end = turn * 360 - 90
    draw.arc((1, 1, edge - 1, edge - 1), -90, end, fill=PLAYED, width=2 * SMOOTHING)
    reach = middle * 0.62
    angle = math.radians(end)
    tip = (middle + reach * math.cos(angle), middle + reach * math.sin(angle))
    draw.line(((middle, middle), tip), fill=TEXT, width=2 * SMOOTHING)
    dot = 2.5 * SMOOTHING
    draw.ellipse((middle - dot, middle - dot, middle + dot, middle + dot), fill=TEXT)
    return large.resize((side_px, side_px), Image.Resampling.LANCZOS)


@cache
def _card(box: Box, accent: str, *, is_spoken: bool) -> Image.Image:
    """Return an empty card cut out of the ground it stands on."""
    width_px, height_px = box[2] - box[0], box[3] - box[1]
    large = _ground().crop(box).resize((width_px * SMOOTHING, height_px * SMOOTHING))
    draw = ImageDraw.Draw(large)
    frame = (0, 0, width_px * SMOOTHING - 1, height_px * SMOOTHING - 1)
    fill, line_px = (CARD_SPOKEN, 3) if is_spoken else (CARD, 2)
    draw.rounded_rectangle(frame, 11 * SMOOTHING, fill, accent, line_px * SMOOTHING)
    if is_spoken:
        inset_px, middle_px = 15 * SMOOTHING, height_px * SMOOTHING // 2
        mark = (inset_px, middle_px - 14 * SMOOTHING, 19 * SMOOTHING, middle_px + 14 * SMOOTHING)
        draw.rounded_rectangle(mark, 2 * SMOOTHING, accent)
    return large.resize((width_px, height_px), Image.Resampling.LANCZOS)


def _write_card(draw: ImageDraw.ImageDraw, box: Box, line: str) -> None:
    """Write a line onto its card: bold head, softer rest, shrunk until it fits."""
    left_px, middle_px = box[0] + 34, (box[1] + box[3]) // 2
    right_px = box[2] - 20
    head, colon, rest = line.partition("：")
    if not colon:
        size_px = _fitting(line, 28, right_px - left_px)
        _text(draw, (left_px, middle_px), line, size_px, TEXT)
        return
    size_px = _fitting(head, 30, HEAD_WIDTH_PX - 24)
    _text(draw, (left_px, middle_px), head, size_px, TEXT, bold=True)
    rest_px = left_px + HEAD_WIDTH_PX
    _text(draw, (rest_px, middle_px), rest, _fitting(rest, 28, right_px - rest_px), TEXT_SOFT)


def _text(draw: ImageDraw.ImageDraw, at: Point, text: str, size_px: int, colour: str, *, bold: bool = False) -> None:
    """Write a line, centred on `at` vertically; the font has one weight, so bold is stroked."""
    stroke_px = size_px / 45 if bold else 0
    draw.text(at, text, fill=colour, font=_font(size_px), anchor="lm", stroke_width=stroke_px)


def _fitting(text: str, size_px: int, width_px: int) -> int:
    """Return the largest size, not above `size_px`, at which the text is narrow enough."""
    while size_px > SMALLEST_TEXT_PX and _font(size_px).getlength(text) > width_px:
        size_px -= 1
    return size_px


@cache
def _ground() -> Image.Image:
    """Return the bare diagonal gradient."""
    across = Image.linear_gradient("L").rotate(90).resize((WIDTH_PX, HEIGHT_PX))
    down = Image.linear_gradient("L").resize((WIDTH_PX, HEIGHT_PX))
    top = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), GROUND_TOP)
    foot = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), GROUND_FOOT)
    return Image.composite(foot, top, Image.blend(across, down, 0.5))


def _hill(draw: ImageDraw.ImageDraw, *, top_px: int, sway_px: int, turn: float, colour: str) -> None:
    """Draw one soft ridge across the foot of the stage."""
    steps = range(0, WIDTH_PX + 1, 4)
    ridge = [(x, top_px + sway_px * math.sin(turn + x / 210) * 0.7) for x in steps]
    outline = [*ridge, (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX)]
    draw.polygon([(x * SMOOTHING, y * SMOOTHING) for x, y in outline], fill=colour)


def _presenter(draw: ImageDraw.ImageDraw, colours: Presenter) -> None:
    """Draw the presenter; the numbers are the mock-up's, on its 1600 by 900 sheet."""
    scale = WIDTH_PX * SMOOTHING / 1600

    def sized(points: list[Point]) -> list[Point]:
        return [(x * scale, y * scale) for x, y in points]

    def disc(x: float, y: float, radius: float, colour: str) -> None:
        corners = sized([(x - radius, y - radius), (x + radius, y + radius)])
        draw.ellipse((*corners[0], *corners[1]), fill=colour)

    disc(1290, 470, 196, colours.halo)
    shoulders = _curve((1120, 640), (1146, 542), (1216, 500), (1290, 500))
    shoulders += _curve((1290, 500), (1364, 500), (1434, 542), (1460, 640))
    shoulders += _curve((1460, 640), (1410, 660), (1350, 670), (1290, 670))
    shoulders += _curve((1290, 670), (1230, 670), (1170, 660), (1120, 640))
    draw.polygon(sized(shoulders), fill=colours.coat)
    disc(1290, 420, 78, colours.skin)
    hair = _curve((1210, 410), (1204, 338), (1242, 298), (1294, 298))
    hair += _curve((1294, 298), (1346, 298), (1386, 334), (1378, 402))
    hair += _curve((1378, 402), (1358, 368), (1318, 352), (1286, 352))
    hair += _curve((1286, 352), (1252, 352), (1224, 374), (1210, 410))
    draw.polygon(sized(hair), fill=colours.hair)
    collar: list[Point] = [(1252, 512), (1290, 556), (1328, 512), (1346, 526), (1290, 614)]
    draw.polygon(sized([*collar, (1234, 526)]), fill="#fffefb")


def _curve(start: Point, pull_out: Point, pull_in: Point, end: Point) -> list[Point]:
    """Return a cubic Bézier curve as points."""
    points: list[Point] = []
    for step in range(25):
        t = step / 24
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        corners = tuple(zip((start, pull_out, pull_in, end), weights, strict=True))
        x = sum(point[0] * weight for point, weight in corners)
        y = sum(point[1] * weight for point, weight in corners)
        points.append((x, y))
    return points


def _minutes(at_ms: int) -> str:
    """Write a moment as m:ss."""
    minutes, seconds = divmod(at_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"
