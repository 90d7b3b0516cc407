"""Source keys: what an entry was earned by, as one word; unique within a person's year.

The same evidence counts once at a time. After a reversal it may be judged again, and the
entry that then stands for it has the next key: "course:safety", "course:safety#2", "…#3".
"""

#: Stands between a key and its number, and nowhere else in it.
AGAIN = "#"


def next_key(key: str) -> str:
    """Return the key of the entry that follows the one with this key."""
    first, _mark, number = key.partition(AGAIN)
    return f"{first}{AGAIN}{int(number or 1) + 1}"
