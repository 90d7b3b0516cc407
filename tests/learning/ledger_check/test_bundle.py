"""The bundle of the ledger, and the verifier that stands alone: run as a stranger would, in a Python of its own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from learning.ledger_check import bundle
from learning.models import LedgerLink, LedgerRoot
from learning.rules.signatures import public_key
from tests.factories.learning import NOON
from tests.factories.years import Year
from tests.learning.ledger_check.strangers import Bundled, verify

pytestmark = pytest.mark.django_db


def test_verifier_takes_a_sound_bundle(bundled: Bundled) -> None:
    root_key, page_key = public_key(settings.ROOT_SIGNING_SEED), public_key(settings.SIGNING_SEED)
    kept = bundled.folder.with_name("kept.txt")
    kept.write_text("".join(f"{root.line()}\n" for root in LedgerRoot.objects.all()))

    code, words = verify(bundled.folder, "--key", root_key, "--page-key", page_key, "--roots", str(kept))

    assert (code, words.splitlines()[-1]) == (0, "All is well"), words
    assert words.startswith(f"{LedgerLink.objects.count()} links of 2 people, 4 daily roots; ")


def test_verifier_leaves_open_what_no_root_covers_yet(year: Year, tmp_path: Path) -> None:
    bundle.write(tmp_path / "bundle", year=None, now=NOON)

    code, words = verify(tmp_path / "bundle")

    assert (code, words.splitlines()[-1]) == (2, "Cannot be judged"), words
    assert "NOT JUDGED  the last 1 links: no daily root covers them yet" in words


@pytest.mark.parametrize("asked", [2026, 2025])
def test_a_year_leaves_the_rows_of_others_out(bundled: Bundled, tmp_path: Path, asked: int) -> None:
    bundle.write(tmp_path / "one", year=asked, now=NOON)

    code, words = verify(tmp_path / "one")

    assert code == 0, words
    left_out = f"{LedgerLink.objects.count()} links of other years than 2025: their rows are not here"
    assert (left_out in words) == (asked == 2025)


def test_bundle_is_the_same_bytes_twice(bundled: Bundled, tmp_path: Path) -> None:
    bundle.write(tmp_path / "again", year=None, now=NOON)

    for path in bundled.folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_bundle_needs_a_folder_of_its_own(bundled: Bundled) -> None:
    with pytest.raises(CommandError, match="is not empty"):
        call_command("export_ledger", str(bundled.folder))


def test_command_writes_the_bundle(bundled: Bundled, tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("export_ledger", str(tmp_path / "by-command"), "--year", "2026", stdout=out)

    assert out.getvalue().startswith(f"{LedgerLink.objects.count()} links written to ")
    assert verify(tmp_path / "by-command")[0] == 0


def test_verifier_says_when_there_is_nothing_to_judge(tmp_path: Path) -> None:
    code, words = verify(tmp_path / "nowhere")

    assert (code, words.startswith("Cannot be judged")) == (2, True)
