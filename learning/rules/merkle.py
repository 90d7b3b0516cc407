"""The tree over a day: its root, and the short proof that one leaf is in it.

Leaves and nodes are hashed apart, so that no node passes for a leaf. Knows bytes and digests;
nothing of days, keys or rows. Source: RFC 6962 §2.1, RFC 9162 §2.1, TRACKING §4.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"

#: The root of a tree without leaves. Source: RFC 6962 §2.1.
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes, in their order; holds as many hashes as the tree has levels."""
    whole: list[tuple[int, bytes]] = []
    for leaf in leaves:
        height, found = 0, leaf
        while whole and whole[-1][0] == height:
            found = node_hash(whole.pop()[1], found)
            height += 1
        whole.append((height, found))
    if not whole:
        return EMPTY_ROOT
    # What is left are whole trees, each lower than the one before it.
    root = whole.pop()[1]
    while whole:
        root = node_hash(whole.pop()[1], root)
    return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the siblings from one leaf up to the root.

    Raises: IndexError when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path = []
    for level in _levels(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index >>= 1
    return path


def is_included(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether the path leads from this leaf of a tree of `size` to the root."""
    if not 0 <= index < size:
        return False
    found, last, steps = leaf, size - 1, list(path)
    while last:
        # The last of an odd level has no sibling and goes up as it is.
        if index % 2 or index < last:
            if not steps:
                return False
            sibling = steps.pop(0)
            found = node_hash(sibling, found) if index % 2 else node_hash(found, sibling)
        index, last = index >> 1, last >> 1
    return not steps and found == root


def _levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the tree level by level, leaves first, the root alone on the last."""
    levels = [leaves]
    while len(level := levels[-1]) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        levels.append([*paired, level[-1]] if len(level) % 2 else paired)
    return levels
