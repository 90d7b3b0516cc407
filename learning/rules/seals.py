"""The seal mark's layout: an issuer's name in columns, right to left, as seals are cut."""

import math

#: The usual short forms on seals, longest first.
SHORT_FORMS = (("人力资源和社会保障", "人社"), ("专业技术人员", ""))
CLOSING = "继续教育之章"


def columns(issuer_zh: str) -> tuple[str, ...]:
    """Return the columns of the seal, the first to read first (drawn rightmost)."""
    text = issuer_zh
    for long, short in SHORT_FORMS:
        text = text.replace(long, short)
    text += CLOSING
    # A little taller than wide, like the seals of offices: 12 characters make 3 columns of 4.
    rows = math.ceil(math.sqrt(len(text)) * 1.1)
    return tuple(text[start : start + rows] for start in range(0, len(text), rows))
