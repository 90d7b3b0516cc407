from __future__ import annotations

from learning.rules import signatures
from learning.rules.digests import digest_of

DIGEST = digest_of({"a": 1})


def test_sign_is_genuine_under_its_own_key() -> None:
    signature = signatures.sign(DIGEST, seed="one")

    assert signatures.is_genuine(signature, digest=DIGEST, public_keys=[signatures.public_key("one")])


def test_is_genuine_refuses_another_key_digest_or_text() -> None:
    signature = signatures.sign(DIGEST, seed="one")
    key = signatures.public_key("one")

    assert not signatures.is_genuine(signature, digest=DIGEST, public_keys=[signatures.public_key("two")])
    assert not signatures.is_genuine(signature, digest=digest_of({"a": 2}), public_keys=[key])
    assert not signatures.is_genuine("zz", digest=DIGEST, public_keys=[key])
    assert not signatures.is_genuine("", digest=DIGEST, public_keys=[key])


def test_is_genuine_accepts_a_retired_key() -> None:
    signature = signatures.sign(DIGEST, seed="old")
    keys = [signatures.public_key("new"), signatures.public_key("old")]

    assert signatures.is_genuine(signature, digest=DIGEST, public_keys=keys)
