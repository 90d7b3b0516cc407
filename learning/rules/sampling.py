"""Sampling: how many entries of a run an officer looks at, and which, from a seed anyone can check.

The seed is drawn and its digest logged before anybody sees the sample; afterwards the
seed is shown, and whoever has it and the number of entries finds the same positions.

Source: DESIGN §3 (min(30, 5 %)), UX screen 9 (drawn by the server, a failed sample widens).
"""

import hashlib
from itertools import count as numbers

SAMPLE_MAX = 30
SAMPLE_PERCENT = 5
#: A failed sample is looked at once more, together with as many again.
WIDENED_TIMES = 2


def sample_size(count: int) -> int:
    """Return how many of `count` entries are looked at: 5 % rounded up, 30 at most."""
    return min(SAMPLE_MAX, -(-count * SAMPLE_PERCENT // 100))


def widened_size(count: int) -> int:
    """Return how many are looked at in all after a failed sample."""
    return min(count, sample_size(count) * WIDENED_TIMES)


def seed_digest(seed: str) -> str:
    """Return what is shown before the draw: it binds the seed and does not tell it."""
    return hashlib.sha256(f"hourbook sample seed\n{seed}".encode()).hexdigest()


def drawn_positions(seed: str, *, count: int, size: int) -> list[int]:
    """Return `size` different positions of 1..count, in the order drawn; a longer draw begins with a shorter one.

    Raises: ValueError, when more are asked for than there are.
    """
    if size > count:
        raise ValueError(f"{size} of {count}")
    drawn: list[int] = []
    for number in numbers():
        if len(drawn) == size:
            break
        value = int.from_bytes(hashlib.sha256(f"hourbook sample\n{seed}\n{number}".encode()).digest())
        position = value % count + 1
        if position not in drawn:
            drawn.append(position)
    return drawn
