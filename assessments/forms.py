"""What a learner's browser says to the exam room, parsed once into a frozen message.

Knows both wires: JSON from the page's module, a plain form without it.
"""

import json
from dataclasses import dataclass

from django.http import QueryDict

MOST_CHOICES = 8
MOST_REVISION = 2**31 - 1


class Malformed(ValueError):
    """The message is not one that our pages send."""


@dataclass(frozen=True, slots=True)
class AnswerSent:
    """One answer as sent. `attempt_number` keeps a forgotten tab out of a resit."""

    attempt_number: int
    position: int
    choices: tuple[str, ...]
    is_flagged: bool
    revision: int

    @classmethod
    def from_json(cls, body: bytes) -> "AnswerSent":
        """Parse the module's message. Raises: Malformed."""
        try:
            facts = json.loads(body)
        except (ValueError, RecursionError):
            raise Malformed("not JSON") from None
        if not isinstance(facts, dict):
            raise Malformed("not an object")
        flagged = facts.get("flagged")
        choices = facts.get("choices")
        if not isinstance(flagged, bool) or not isinstance(choices, list):
            raise Malformed("flagged or choices")
        return cls(
            attempt_number=_whole(facts.get("attempt")),
            position=_whole(facts.get("position")),
            choices=_letters(choices),
            is_flagged=flagged,
            revision=_whole(facts.get("revision")),
        )

    @classmethod
    def from_form(cls, form: QueryDict) -> "AnswerSent":
        """Parse the plain form: `flag` pressed turns the flag, which `flagged` carries. Raises: Malformed."""
        was_flagged = form.get("flagged") == "1"
        return cls(
            attempt_number=_number(form.get("attempt")),
            position=_number(form.get("position")),
            choices=_letters(form.getlist("answer")),
            is_flagged=was_flagged != ("flag" in form),
            revision=_number(form.get("revision")),
        )


def _whole(value: object) -> int:
    # NB: True is an int to Python, and a float would slip through int().
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_REVISION:
        raise Malformed("not a whole number")
    return value


def _number(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit():
        raise Malformed("not a whole number")
    return _whole(int(text[:11]))


def _letters(values: list[object] | list[str]) -> tuple[str, ...]:
    if len(values) > MOST_CHOICES or any(not isinstance(value, str) or len(value) != 1 for value in values):
        raise Malformed("not letters")
    return tuple(str(value) for value in values)
