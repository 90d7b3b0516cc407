from __future__ import annotations

import pytest

from tests.factories import ledger
from tests.factories.ledger import World

pytestmark = pytest.mark.django_db


def test_audit_finds_nothing_in_sound_data(world: World) -> None:
    found = ledger.findings()

    assert (found.differences, found.unjudged, found.exit_code) == ([], [], 0)
    assert {what: found.counts[what] for what in ("viewing sessions", "seals", "daily roots", "anchors")} == {
        "viewing sessions": 7,
        "seals": 6,
        "daily roots": 2,
        "anchors": 2,
    }
