"""The ledger that the audit's tests look at: built once a module, inside a transaction that is taken back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from tests.factories import clock, ledger
from tests.factories import learning as make
from tests.factories.ledger import World

Anchored = tuple[World, Path]


def anchors(path: Path) -> dict[str, Any]:
    return {"file": {"path": str(path)}}


@pytest.fixture(scope="module")
def anchored(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Anchored]:
    """The ledger, and the file in which its roots were left."""
    path = tmp_path_factory.mktemp("anchors") / "roots.txt"
    with (
        django_db_blocker.unblock(),
        override_settings(ROOT_ANCHORS=anchors(path)),
        clock.standing(make.NOON),
        transaction.atomic(),
    ):
        yield ledger.build(make.PersonFactory()), path
        transaction.set_rollback(True)


@pytest.fixture
def anchor_file(anchored: Anchored, tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "anchors" / "roots.txt"
    path.parent.mkdir()
    shutil.copyfile(anchored[1], path)
    settings.ROOT_ANCHORS = anchors(path)
    return path


@pytest.fixture
def world(db: None, anchored: Anchored, anchor_file: Path) -> World:
    return anchored[0]
