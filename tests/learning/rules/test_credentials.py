from __future__ import annotations

from typing import Any

import pytest

from learning.rules.credentials import CONTEXTS, Place, claims_of, did_web
from learning.rules.status_lists import Purpose
from tests.factories.learning import NOON

LISTS = {purpose: f"https://hours.example/{purpose}.json" for purpose in Purpose}
FACTS: dict[str, Any] = {
    "serial": "410200-2026-00000001", "book": "41020000000001", "year": 2026, "holder_name": "陈慧",
    "holder_id_masked": "", "public_centihours": 2_600, "professional_centihours": 6_205,
    "required_total_centihours": 8_600, "required_public_centihours": 2_600,
    "required_professional_centihours": 0, "requirement": "2026-1", "requirement_id": 7, "hour_seconds": 2_700,
    "issuer_zh": "开封市人力资源和社会保障局",
}  # fmt: skip


def claims(**changes: Any) -> dict[str, Any]:
    return claims_of(
        FACTS | changes,
        digest="f00d",
        did="did:web:hours.example",
        check_url="https://hours.example/verify/C/",
        rules_url="https://hours.example/rules/2026/",
        issued_at=NOON,
        place=Place(LISTS, 77),
    )


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://hours.example", "did:web:hours.example:issuers:3"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000:issuers:3"),
    ],
)
def test_did_web_is_the_address(url: str, did: str) -> None:
    assert did_web(url, "issuers", "3") == did


@pytest.mark.parametrize(("centihours", "number"), [(6_200, 88), (6_250, 88.5), (6_205, 88.05)])
def test_hours_are_plain_numbers(centihours: int, number: float) -> None:
    assert claims(professional_centihours=centihours)["credentialSubject"]["creditsEarned"] == number


def test_subjects_are_told_apart() -> None:
    subject = claims()["credentialSubject"]

    assert [result["value"] for result in subject["result"]] == ["26.0", "62.05"]
    assert [asked["requiredValue"] for asked in subject["achievement"]["resultDescription"]] == ["26.0", "0.0"]
    assert [result["resultDescription"] for result in subject["result"]] == [
        asked["id"] for asked in subject["achievement"]["resultDescription"]
    ]


def test_holder_without_an_id_number_is_named_all_the_same() -> None:
    kinds = [item["identityType"] for item in claims()["credentialSubject"]["identifier"]]

    assert kinds == ["name", "ext:certificateBook"]


def test_each_list_is_named_with_one_place() -> None:
    entries = claims()["credentialStatus"]

    assert {entry["statusPurpose"]: entry["statusListCredential"] for entry in entries} == LISTS
    assert {entry["statusListIndex"] for entry in entries} == {"77"}
    assert [message["status"] for message in entries[1]["statusMessage"]] == ["0x0", "0x1"]


def test_context_is_of_one_fixed_version() -> None:
    assert claims()["@context"] == list(CONTEXTS)
