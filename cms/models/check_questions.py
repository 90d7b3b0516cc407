"""Questions for presence checks: what a lecture's editor writes, and what the edition keeps of it.

A question belongs to a moment of its lecture and is asked only of those who have watched it. Knows
shapes and words; when one is asked is `tracking`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

_TEXT_MAX: Final = 200
_OPTION_MAX: Final = 120
_OPTIONS_MIN: Final = 2
_OPTIONS_MAX: Final = 6
_LONGEST_S: Final = 86_400


class OptionBlock(blocks.StructBlock):
    """One answer to choose from."""

    text_zh = blocks.CharBlock(label=_("Chinese"), max_length=_OPTION_MAX)
    text_en = blocks.CharBlock(label=_("English"), max_length=_OPTION_MAX)
    is_right = blocks.BooleanBlock(label=_("This is the right answer"), required=False)


class CheckQuestionBlock(blocks.StructBlock):
    """One question about the lecture."""

    text_zh = blocks.CharBlock(label=_("Question (Chinese)"), max_length=_TEXT_MAX)
    text_en = blocks.CharBlock(label=_("Question (English)"), max_length=_TEXT_MAX)
    after_s = blocks.IntegerBlock(
        label=_("Ask after this second"),
        min_value=0,
        max_value=_LONGEST_S,
        default=0,
        help_text=_("Only of learners who have watched the second before it."),
    )
    options = blocks.ListBlock(OptionBlock(), label=_("Answers"), min_num=_OPTIONS_MIN, max_num=_OPTIONS_MAX)

    class Meta:
        icon = "help"
        label = _("Question")

    def clean(self, value: Mapping[str, Any]) -> Any:
        """Return the cleaned question. Raises: StructBlockValidationError unless one answer is right and all differ."""
        cleaned = super().clean(value)
        options = list(cleaned["options"])
        problem = None
        if sum(bool(option["is_right"]) for option in options) != 1:
            problem = _("Mark exactly one answer as right.")
        elif any(len({option[name] for option in options}) < len(options) for name in ("text_zh", "text_en")):
            problem = _("Two answers read the same.")
        if problem is not None:
            raise StructBlockValidationError(block_errors={"options": ValidationError(problem)})
        return cleaned


def facts_of_questions(stream: Iterable[Any]) -> tuple[dict[str, object], ...]:
    """Return a lecture's questions as its edition keeps them."""
    return tuple(_facts(child.value) for child in stream)


def _facts(question: Mapping[str, Any]) -> dict[str, object]:
    options = list(question["options"])
    return {
        "text_zh": question["text_zh"],
        "text_en": question["text_en"],
        "after_s": question["after_s"],
        "options_zh": [option["text_zh"] for option in options],
        "options_en": [option["text_en"] for option in options],
        "right": next(number for number, option in enumerate(options) if option["is_right"]),
    }
