"""Two languages on one row: which of them to show.

Knows the pair of fields `<name>_zh`, `<name>_en`; nothing of catalogues.
"""

from django.db import models
from django.utils.translation import get_language


def localized(row: models.Model, name: str) -> str:
    """Return `<name>_en` when English is active and filled, else `<name>_zh`."""
    english = str(getattr(row, f"{name}_en"))
    if english and (get_language() or "").startswith("en"):
        return english
    return str(getattr(row, f"{name}_zh"))
