"""The tree over a day, against a brute force written from RFC 6962's definition, and the RFC's own vectors."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rules.merkle import EMPTY_ROOT, inclusion_proof, is_included, leaf_hash, node_hash, root_of

#: certificate-transparency's reference test data: leaves, and the root over the first n of them.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def brute_force(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    cut = max(power for power in (1 << bit for bit in range(12)) if power < len(leaves))
    return node_hash(brute_force(leaves[:cut]), brute_force(leaves[cut:]))


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_root_is_that_of_the_reference_data(size: int, root: str) -> None:
    assert root_of([leaf_hash(bytes.fromhex(data)) for data in INPUTS[:size]]).hex() == root


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70))
def test_root_and_every_proof_agree_with_the_definition(data: list[bytes]) -> None:
    leaves = [leaf_hash(each) for each in data]
    root = brute_force(leaves)

    assert root_of(leaves) == root
    for index, leaf in enumerate(leaves):
        path = inclusion_proof(leaves, index)
        assert is_included(leaf, index=index, size=len(leaves), path=path, root=root)


@given(st.integers(1, 40), st.data())
def test_proof_of_anything_else_is_refused(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path, root, leaf = inclusion_proof(leaves, index), root_of(leaves), leaves[index]

    assert not is_included(leaf_hash(b"another"), index=index, size=size, path=path, root=root)
    assert not is_included(leaf, index=index, size=size, path=[*path, root], root=root)
    assert not is_included(leaf, index=index, size=size, path=path, root=leaf_hash(b"another"))
    assert not is_included(leaf, index=size, size=size, path=path, root=root)
    for other in set(range(size)) - {index}:
        assert not is_included(leaf, index=other, size=size, path=path, root=root)
    for at in range(len(path)):
        assert not is_included(leaf, index=index, size=size, path=path[:at] + path[at + 1 :], root=root)


@pytest.mark.parametrize("index", [-1, 3])
def test_proof_of_no_leaf_is_an_error(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof([leaf_hash(b"a")] * 3, index)
