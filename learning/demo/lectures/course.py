"""A demo course as it is written down: what a catalogue shows, and its lectures.

Knows text only; the teachers are invented.
"""

from dataclasses import dataclass
from typing import Literal

from learning.demo.script import LectureScript, Slide

# One card of a slide: line zh, line en, spoken sentence zh, spoken sentence en.
Card = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who gives the course."""

    name_zh: str
    name_en: str
    title_zh: str
    title_en: str


@dataclass(frozen=True, slots=True)
class DemoCourse:
    """A course with its lectures in order; `subject` is the kind of credit it earns."""

    slug: str
    title_zh: str
    title_en: str
    subject: Literal["public", "professional"]
    summary_zh: str
    summary_en: str
    will_learn_zh: tuple[str, ...]
    will_learn_en: tuple[str, ...]
    teacher: Teacher
    lectures: tuple[LectureScript, ...]

    @property
    def seconds(self) -> int:
        """Return how long all its lectures last."""
        return sum(lecture.seconds for lecture in self.lectures)


def slide(seconds: int, title_zh: str, title_en: str, *cards: Card) -> Slide:
    """Return a slide from its cards, each with what is said at it."""
    lines_zh, lines_en, said_zh, said_en = zip(*cards, strict=True)
    return Slide(title_zh, title_en, lines_zh, lines_en, seconds, said_zh, said_en)
