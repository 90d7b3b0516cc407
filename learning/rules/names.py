"""Names before strangers: masked for reading, compared without being shown.

Source: UX screen 6 (names masked unless the visitor types the full name).
"""

import unicodedata


def masked(name: str) -> str:
    """Return the first character and one star, whatever the length."""
    return f"{name[:1]}*" if name else ""


def is_same(typed: str, *names: str) -> bool:
    """Say whether the typed name is one of the names; case, width, spaces and middle dots do not matter."""
    given = _plain(typed)
    return bool(given) and any(given == _plain(name) for name in names)


def _plain(name: str) -> str:
    wide = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in wide if character.isalnum())
