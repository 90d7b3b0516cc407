"""Credentials: a page's frozen facts in the words of Open Badges 3.0, not yet signed.

Says what the page says and nothing it does not: the full name and the masked ID
number of the print, hours by subject, the rule, the digest of the facts. Waived
hours count and are not earned. Knows
no database; whoever calls gives the addresses.

Source: Open Badges 3.0 §B.1 (AchievementCredential); W3C VC Data Model 2.0 §4;
Bitstring Status List v1.0 §2.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from learning.rules.data_integrity import Document, instant
from learning.rules.status_lists import Purpose

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
#: What the bit of the message list says. Verifiers show it; it fails no check.
MESSAGES = ("in use", "replaced by a newer page")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one credential's bit lies: the issuer's status lists by purpose, and the place in them."""

    lists: Mapping[Purpose, str]
    position: int


def did_web(base_url: str, *path: str) -> str:
    """Return the did:web that is found under an address of ours. Source: did:web method §3.1."""
    return ":".join(["did:web", quote(urlsplit(base_url).netloc, safe=""), *path])


def claims_of(
    facts: Mapping[str, Any],
    *,
    digest: str,
    did: str,
    check_url: str,
    rules_url: str,
    issued_at: datetime,
    place: Place,
) -> Document:
    """Return the credential of a page, without its proof."""
    return {
        "@context": list(CONTEXTS),
        "id": check_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"{facts['year']} 年度专业技术人员继续教育证书",
        "issuer": {"id": did, "type": ["Profile"], "name": facts["issuer_zh"]},
        "validFrom": instant(issued_at),
        "credentialSubject": _subject(facts, requirement=f"{rules_url}#requirement-{facts['requirement_id']}"),
        "evidence": [
            {
                "id": f"{check_url}#facts",
                "type": ["Evidence"],
                "name": facts["serial"],
                "description": f"SHA-256 of the signed facts: {digest}",
            },
            *_of_which(facts, check_url),
        ],
        "credentialStatus": [_status(purpose, place) for purpose in Purpose],
    }


def _subject(facts: Mapping[str, Any], *, requirement: str) -> Document:
    public, professional = facts["public_centihours"], facts["professional_centihours"]
    earned = public + professional - sum(_unstudied(facts, "waived"))
    identities = {
        "name": facts["holder_name"],
        "ext:nationalIdentityNumberMasked": facts["holder_id_masked"],
        "ext:certificateBook": facts["book"],
    }
    return {
        "type": ["AchievementSubject"],
        "identifier": [
            {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}
            for kind, value in identities.items()
            if value
        ],
        "licenseNumber": facts["serial"],
        "term": str(facts["year"]),
        "creditsEarned": _number(earned),
        "achievement": _achievement(facts, requirement),
        "result": [
            {"type": ["Result"], "resultDescription": f"{requirement}-{subject}", "value": _text(centihours)}
            for subject, centihours in (("public", public), ("professional", professional))
        ],
    }


def _unstudied(facts: Mapping[str, Any], word: str) -> tuple[int, int]:
    """Return what was waived or carried over, public and professional; a page from before knows of neither."""
    return facts.get(f"{word}_public_centihours", 0), facts.get(f"{word}_professional_centihours", 0)


def _of_which(facts: Mapping[str, Any], check_url: str) -> list[Document]:
    """Say beside the hours which of them nobody studied in the year."""
    words = {"waived": "经批准减免 Waived with approval", "carried": "上年结转 Carried over from the year before"}
    return [
        {
            "id": f"{check_url}#{word}",
            "type": ["Evidence"],
            "name": name,
            "description": f"公需 Public {_text(public)}, 专业 Professional {_text(professional)}",
        }
        for word, name in words.items()
        for public, professional in [_unstudied(facts, word)]
        if public + professional
    ]


def _achievement(facts: Mapping[str, Any], requirement: str) -> Document:
    least = {
        "public": ("公需科目学时 Public subjects, hours", facts["required_public_centihours"]),
        "professional": ("专业科目学时 Professional subjects, hours", facts["required_professional_centihours"]),
    }
    year, total = facts["year"], _text(facts["required_total_centihours"])
    return {
        "id": requirement,
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "name": f"{year} 年度专业技术人员继续教育合格 Continuing education of professionals, {year}: fulfilled",
        "description": f"规则 {facts['requirement']}；1 学时 {facts['hour_seconds']} 秒；基地审核，人社部门确认。",
        "criteria": {"narrative": f"{year} 年度学习合计不少于 {total} 学时，各科目不少于下列学时。"},
        "creditsAvailable": _number(facts["required_total_centihours"]),
        "resultDescription": [
            {
                "id": f"{requirement}-{subject}",
                "type": ["ResultDescription"],
                "name": name,
                "resultType": "ext:CreditHours",
                "requiredValue": _text(centihours),
            }
            for subject, (name, centihours) in least.items()
        ],
    }


def _status(purpose: Purpose, place: Place) -> Document:
    entry: Document = {
        "id": f"{place.lists[purpose]}#{place.position}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose.value,
        "statusListIndex": str(place.position),
        "statusListCredential": place.lists[purpose],
    }
    if purpose == Purpose.MESSAGE:
        messages = [{"status": f"0x{value}", "message": message} for value, message in enumerate(MESSAGES)]
        entry |= {"statusSize": 1, "statusMessage": messages}
    return entry


def _number(centihours: int) -> int | float:
    whole, rest = divmod(centihours, 100)
    return centihours / 100 if rest else whole


def _text(centihours: int) -> str:
    whole, rest = divmod(centihours, 100)
    return f"{whole}.{rest:02d}".removesuffix("0")
