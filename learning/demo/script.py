"""A demo lecture as it is written down: slides, spoken sentences, cue times.

Knows text and whole milliseconds; nothing of pictures, sound or files.
"""

import hashlib
import html
import json
from dataclasses import asdict, dataclass
from typing import Literal

Language = Literal["zh", "en"]

# Raise it when a change in drawing, sound or encoding must remake the files on disk.
LOOK_VERSION = 1

# A cue leaves the screen a little before the next one, so that the eye sees the change.
CUE_GAP_MS = 120


@dataclass(frozen=True, slots=True)
class Slide:
    """One picture: a title and its cards, with one spoken sentence to each card.

    A Chinese line reads "head：rest"; the head is set bold. Without spoken
    sentences the lines themselves are the captions.
    """

    title_zh: str
    title_en: str
    lines_zh: tuple[str, ...]
    lines_en: tuple[str, ...]
    seconds: int
    said_zh: tuple[str, ...] = ()
    said_en: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a slide whose languages or sentences do not pair up."""
        counts = {len(self.lines_zh), len(self.lines_en)}
        counts |= {len(said) for said in (self.said_zh, self.said_en) if said}
        if counts == {0} or len(counts) != 1 or bool(self.said_zh) != bool(self.said_en):
            raise UnpairedLines(self.title_en)
        if self.seconds < 1:
            raise TooShort(self.title_en)

    def sentences(self, language: Language) -> tuple[str, ...]:
        """Return what is said, one sentence per card."""
        if language == "zh":
            return self.said_zh or self.lines_zh
        return self.said_en or self.lines_en


@dataclass(frozen=True, slots=True)
class LectureScript:
    """Everything that decides how a lecture looks and sounds; `key` names its files."""

    key: str
    course_title_zh: str
    number: int
    title_zh: str
    title_en: str
    slides: tuple[Slide, ...]

    @property
    def seconds(self) -> int:
        """Return the whole length of the lecture."""
        return sum(slide.seconds for slide in self.slides)

    @property
    def digest(self) -> str:
        """Return the fingerprint of the script and of the way it is drawn."""
        text = json.dumps([LOOK_VERSION, asdict(self)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: on screen from its start to its end, spoken at one card of one slide."""

    start_ms: int
    end_ms: int
    slide_index: int
    line_index: int
    text_zh: str
    text_en: str


class UnpairedLines(ValueError):
    """A slide has lines or sentences without a partner in the other language."""


class TooShort(ValueError):
    """A slide lasts less than one second."""


def cues(script: LectureScript) -> tuple[Cue, ...]:
    """Return the captions in order; they fill each slide, longer sentences longer.

    Both languages share one clock, set by the Chinese text.
    """
    found: list[Cue] = []
    slide_start_ms = 0
    for slide_index, slide in enumerate(script.slides):
        said_zh, said_en = slide.sentences("zh"), slide.sentences("en")
        weights = [len(text) + 4 for text in said_zh]
        slide_ms = slide.seconds * 1000
        for line_index, (text_zh, text_en) in enumerate(zip(said_zh, said_en, strict=True)):
            start_ms = slide_ms * sum(weights[:line_index]) // sum(weights)
            end_ms = slide_ms * sum(weights[: line_index + 1]) // sum(weights) - CUE_GAP_MS
            found.append(
                Cue(
                    start_ms=slide_start_ms + start_ms,
                    end_ms=slide_start_ms + end_ms,
                    slide_index=slide_index,
                    line_index=line_index,
                    text_zh=text_zh,
                    text_en=text_en,
                )
            )
        slide_start_ms += slide_ms
    return tuple(found)


def webvtt(script: LectureScript, language: Language) -> str:
    """Return the captions of one language as a WebVTT file.

    Source: W3C WebVTT, section 4 (cue text escapes & and <).
    """
    blocks = ["WEBVTT"]
    for number, cue in enumerate(cues(script), start=1):
        text = html.escape(cue.text_zh if language == "zh" else cue.text_en, quote=False)
        blocks.append(f"{number}\n{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}\n{text}")
    return "\n\n".join(blocks) + "\n"


def _stamp(at_ms: int) -> str:
    """Write a moment as hh:mm:ss.mmm."""
    seconds, rest_ms = divmod(at_ms, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}.{rest_ms:03d}"
