from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.factories import ledger
from tests.factories.ledger import World
from tracking.audit import Findings, roots

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


class Counted(set[int]):
    """Says how often it was gone through."""

    walks = 0

    def __iter__(self) -> Iterator[int]:
        self.walks += 1
        return super().__iter__()


def test_audit_goes_once_through_the_seals_asked_about_however_many_days_there_are(world: World) -> None:
    """Millions of seals, thousands of roots: not each with each."""
    numbers = Counted({1, 2, 9_999})
    found = Findings()

    roots.check(found, numbers=numbers, now_ms=int(ledger.NOW.timestamp() * 1_000))

    assert (found.counts["daily roots"], numbers.walks) == (2, 1)
