"""The nouns of assessments. One file each; the database refuses what it can refuse."""

from assessments.models.answer import Answer
from assessments.models.attempt import Attempt
from assessments.models.question import Question

__all__ = ["Answer", "Attempt", "Question"]
