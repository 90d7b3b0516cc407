"""The verifier beside what a stranger received before: the daily roots, each on its day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.factories import ledger
from tests.factories.ledger import World
from tests.tracking.audit.test_bundle import pack, read, verify
from tracking.audit import Scope, bundle

pytestmark = pytest.mark.django_db
LATER, EARLIER = "2026-11-20T00:00:00+00:00", "2026-11-18T00:00:00+00:00"


@pytest.mark.parametrize(("made_at", "is_missed"), [(LATER, True), (EARLIER, False)], ids=["later", "earlier"])
def test_verifier_names_roots_you_received_that_are_not_here(
    world: World, anchor_file: Path, tmp_path: Path, made_at: str, is_missed: bool
) -> None:
    """The ledger was cut off at a day, and its roots with it; what was signed after the bundle cannot be in it."""
    bundle.write(tmp_path / "bundle.zip", Scope(credit=world.credit.pk), now=ledger.NOW)
    files = read(tmp_path / "bundle.zip")
    files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | {"made_at": made_at})
    lines = files["roots.txt"].splitlines()
    for left in (0, 1):
        files["roots.txt"] = "".join(f"{line}\n" for line in lines[:left])
        files["anchors.json"] = json.dumps(json.loads(files["anchors.json"])[:left])

        path = pack(tmp_path / "cut.zip", files if left else _uncovered(files))
        _code, words = verify(path, "--roots", str(anchor_file))

        for line in lines[left:]:
            fault = f"DIFFERENCE  daily root {line.split('|')[2]}: you received it, and it is not here"
            assert (fault in words) is is_missed, words
        assert words.count("DIFFERENCE") == is_missed * len(lines[left:]), words


def _uncovered(files: dict[str, str]) -> dict[str, str]:
    seals = {key: seal | {"day": None} for key, seal in json.loads(files["seals.json"]).items()}
    return files | {"seals.json": json.dumps(seals)}
