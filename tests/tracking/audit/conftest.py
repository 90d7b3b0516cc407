"""The ledger that the audit's tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from learning.models import Person
from tests.factories import ledger
from tests.factories.ledger import World


@pytest.fixture
def anchor_file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "anchors" / "roots.txt"
    settings.VIEWING_ANCHORS = {"file": {"path": str(path)}}
    return path


@pytest.fixture
def world(ada: Person, anchor_file: Path) -> World:
    return ledger.build(ada)
