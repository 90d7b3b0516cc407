from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from learning.actions.anchors import facts_of
from learning.models import LedgerAnchor, LedgerRoot
from learning.rules.digests import digest_of
from tests.factories import timestamps
from tests.factories.timestamps import Authority
from tests.factories.years import Year
from tests.learning.ledger_check.hands import differences

pytestmark = pytest.mark.django_db


def make(folder: Path, name: str) -> Authority:
    try:
        return timestamps.make(folder, name)
    except timestamps.MissingOpenssl as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))


def stamped(root: LedgerRoot, stated: LedgerRoot, by: Authority) -> LedgerAnchor:
    """Leave a root with an authority, that stamps what is `stated`."""
    question = TimestampRequestBuilder().data(stated.facts().text().encode()).hash_algorithm(HashAlgorithm.SHA256)
    receipt = base64.b64encode(by.stamp(question.build().as_bytes())).decode()
    anchor = LedgerAnchor(root=root, backend="timestamp", receipt=receipt, anchored_ms=root.signed_ms)
    anchor.digest = digest_of(facts_of(anchor))
    anchor.save()
    return anchor


def test_names_a_stamp_that_the_authority_did_not_make(year: Year, tmp_path: Path, settings: Any) -> None:
    """Whoever makes the ledger anew, with its receipts, has no key of the authority's."""
    authority, stranger = make(tmp_path / "authority", "Authority"), make(tmp_path / "stranger", "Stranger")
    first, second, third = LedgerRoot.objects.order_by("day")[:3]
    stamped(first, first, authority)
    stamped(second, second, stranger)
    stamped(third, first, authority)
    settings.ROOT_ANCHORS |= {"timestamp": {"url": "https://stamps.test/", "certificate": str(authority.certificate)}}

    found = [each for each in differences() if each.startswith("ledger anchor")]

    assert found[0].startswith(f"ledger anchor 'timestamp' of {second.day}: its time stamp is not genuine")
    assert found[1:] == [f"ledger anchor 'timestamp' of {third.day}: it stamps something else"]
