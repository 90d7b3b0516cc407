"""The words of a lecture: its caption file read into cues, for the page's transcript.

Knows the WebVTT that our lectures carry (times and plain text); nothing of coverage or players.
A file that cannot be read gives no transcript: the lecture can still be watched.
"""

import html
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.utils._os import safe_join

from learning.models import Lesson

_TIMES = re.compile(r"(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})\s+-->\s+(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Cue:
    """One sentence of a lecture, from the second at which it begins; its end is exclusive."""

    start_ms: int
    end_ms: int
    text: str

    @property
    def start_s(self) -> int:
        """The whole second to seek to."""
        return self.start_ms // 1_000


def transcript(lesson: Lesson, language: str) -> tuple[str, list[Cue]]:
    """Return the language of the transcript and its cues: the one asked for, else Chinese."""
    if language.startswith("en") and lesson.captions_en_name:
        found = _read(lesson.captions_en_name)
        if found:
            return "en", found
    return "zh-Hans", _read(lesson.captions_zh_name)


def cues(text: str) -> list[Cue]:
    """Return the cues of a WebVTT file, in order; what is not a cue is passed over."""
    found: list[Cue] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = block.strip().split("\n")
        for index, line in enumerate(lines):
            times = _TIMES.search(line)
            if times:
                words = " ".join(part.strip() for part in lines[index + 1 :])
                plain = html.unescape(_TAG.sub("", words)).strip()
                if plain:
                    found.append(Cue(_ms(*times.groups()[:4]), _ms(*times.groups()[4:]), plain))
                break
    return found


def _read(name: str) -> list[Cue]:
    try:
        return cues(Path(safe_join(settings.MEDIA_ROOT, name)).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SuspiciousFileOperation):
        return []


def _ms(hours: str | None, minutes: str | None, seconds: str | None, thousandths: str | None) -> int:
    whole_s = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole_s * 1_000 + int(thousandths or 0)
