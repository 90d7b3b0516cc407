from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from learning.rules import data_integrity, signatures
from tests.factories.learning import NOON

DID = "did:web:hours.example"
SEED = "a seed"
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": DID,
    "credentialSubject": {"description": "学时"},
}


def secured(document: dict[str, Any], at: dt.datetime = NOON) -> dict[str, Any]:
    return data_integrity.secured(document, seed=SEED, did=DID, at=at)


def test_multikey_is_that_of_the_did_key_specification() -> None:
    public_key = "2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6"

    assert data_integrity.multikey(public_key) == "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def test_proof_names_its_key_and_its_time() -> None:
    proof = secured(DOCUMENT)["proof"]

    assert proof["verificationMethod"] == f"{DID}#{data_integrity.multikey(signatures.public_key(SEED))}"
    assert (proof["created"], proof["proofPurpose"]) == ("2026-11-19T04:00:00Z", "assertionMethod")


def test_same_document_key_and_second_give_the_same_proof() -> None:
    assert secured(DOCUMENT) == secured(dict(reversed(DOCUMENT.items())), NOON + dt.timedelta(milliseconds=900))


@pytest.mark.parametrize(
    "other",
    [
        DOCUMENT | {"credentialSubject": {"description": "学分"}},
        DOCUMENT | {"issuer": "did:web:elsewhere.example"},
        DOCUMENT | {"validFrom": "2026-11-19T04:00:00Z"},
    ],
    ids=["subject", "issuer", "time"],
)
def test_another_document_gives_another_proof(other: dict[str, Any]) -> None:
    assert secured(other)["proof"]["proofValue"] != secured(DOCUMENT)["proof"]["proofValue"]
