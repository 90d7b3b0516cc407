"""Check codes: what is printed on a certificate, typed by a stranger, and read aloud.

Sixteen characters, the last a check character, so that a typing mistake is told
from a certificate that does not exist without asking the database. Knows
nothing of certificates.

Source: the check character is that of ISO/IEC 7064's hybrid systems, for an
alphabet of 30 (MOD 31,30); UX screen 6 (no 0 O 1 I).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Without 0 O 1 I L U, so that a code survives being read aloud and typed.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
GROUP_LENGTH = 4
#: 15 random characters of 30: 73 bits.
RANDOM_LENGTH = LENGTH - 1

#: What a character that never occurs is mistaken for.
LOOK_ALIKES = {"0": "DQ", "O": "DQ", "1": "7T", "I": "7T", "L": "7T", "U": "V"}
#: A code as it is printed, alone or in whatever was pasted along with it: an address, the words beside it.
_PRINTED = re.compile(rf"(?<![A-Z0-9-])[{ALPHABET}]{{4}}(?:-[{ALPHABET}]{{4}}){{3}}(?![A-Z0-9-])")
_JOINERS = frozenset(" \t\r\n-_.·—–‐‑‒−―_/")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, cleaned. `foreign`: places of characters no code has."""

    text: str
    foreign: tuple[int, ...]
    suggestion: str

    @property
    def is_wellformed(self) -> bool:
        """Whether a certificate could have this code."""
        return len(self.text) == LENGTH and not self.foreign and check_character(self.text[:-1]) == self.text[-1]

    @property
    def code(self) -> str:
        """The text grouped as codes are printed."""
        return grouped(self.text)


def fresh(choose: Callable[[Sequence[str]], str]) -> str:
    """Return a new grouped code; `choose` is a cryptographic choice of one character."""
    body = "".join(choose(ALPHABET) for _place in range(RANDOM_LENGTH))
    return grouped(body + check_character(body))


def grouped(text: str) -> str:
    """Put a hyphen after every fourth character."""
    return "-".join(text[start : start + GROUP_LENGTH] for start in range(0, len(text), GROUP_LENGTH))


def check_character(body: str) -> str:
    """Return the character that closes the code: any one wrong character shows.

    Raises: ValueError, when a character is not in the alphabet.
    """
    modulus = len(ALPHABET)
    state = modulus
    for character in body:
        total = (state + ALPHABET.index(character)) % modulus or modulus
        state = total * 2 % (modulus + 1)
    return ALPHABET[(1 - state) % modulus]


def read(typed: str) -> Typed:
    """Clean what was typed: lower case, full-width forms, spaces, hyphens and words around it do not matter."""
    wide = unicodedata.normalize("NFKC", typed).upper()
    printed = _PRINTED.search(wide)
    text = "".join(character for character in (printed[0] if printed else wide) if character not in _JOINERS)
    text = text[: LENGTH * 2]
    foreign = tuple(place for place, character in enumerate(text) if character not in ALPHABET)
    return Typed(text, foreign, _suggestion(text, foreign))


def _suggestion(text: str, foreign: tuple[int, ...]) -> str:
    """Return the grouped code that one look-alike would make right, or nothing."""
    if len(text) != LENGTH or len(foreign) != 1:
        return ""
    (place,) = foreign
    for candidate in LOOK_ALIKES.get(text[place], ""):
        mended = text[:place] + candidate + text[place + 1 :]
        if check_character(mended[:-1]) == mended[-1]:
            return grouped(mended)
    return ""
