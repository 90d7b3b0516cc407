"""The bundle of the ledger, and the verifier that stands alone: run as a stranger would, in a Python of its own."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from learning.actions import ledger_roots
from learning.ledger_check import bundle
from learning.models import LedgerLink, LedgerRoot
from learning.rules.ledger_chain import GENESIS
from learning.rules.signatures import public_key, sign
from tests.factories.learning import NOON
from tests.factories.years import Year
from tests.learning.ledger_check.conftest import DAY

pytestmark = pytest.mark.django_db

VERIFIER = Path(bundle.__file__).with_name("verify.py")
Links = list[dict[str, Any]]


def verify(folder: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-I", str(VERIFIER), str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    assert done.stderr == ""
    return done.returncode, done.stdout


@dataclass(frozen=True)
class Bundled:
    folder: Path

    def tampered(self, change: Callable[[Links], object], *, manifest: bool = True) -> tuple[int, str]:
        """Change the links of a copy; with a manifest that fits, as a forger would."""
        forged = self.folder.with_name("forged")
        shutil.copytree(self.folder, forged)
        links = [json.loads(line) for line in (forged / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]
        change(links)
        (forged / "ledger.jsonl").write_text("".join(json.dumps(link) + "\n" for link in links), encoding="utf-8")
        if manifest:
            fit(forged)
        return verify(forged)


def fit(folder: Path) -> None:
    """Write the manifest's digests anew."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def bundled(year: Year, tmp_path: Path) -> Bundled:
    ledger_roots.close_days(now=NOON + DAY)
    ledger_roots.anchor_roots(now=NOON + DAY)
    bundle.write(tmp_path / "bundle", year=None, now=NOON)
    return Bundled(tmp_path / "bundle")


def of_kind(links: Links, kind: str) -> dict[str, Any]:
    return next(link for link in links if link["kind"] == kind)


def heads_made_anew(links: Links) -> None:
    """Hash every row, text and head again, as who holds the database can."""
    ends: dict[int, str] = {}
    for link in links:
        text = json.dumps(link["row"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        link["digest"] = hashlib.sha256(text.encode()).hexdigest()
        words = ("number", "person", "sequence", "kind", "subject", "digest", "linked_ms")
        line = "|".join(["led1", *(str(link[word]) for word in words)])
        before = bytes.fromhex(ends.get(link["person"], GENESIS))
        link["head"] = ends[link["person"]] = hashlib.sha256(before + line.encode()).hexdigest()


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


def test_verifier_names_a_file_that_differs_from_the_manifest(bundled: Bundled) -> None:
    code, words = bundled.tampered(lambda links: links[0].update(linked_ms=1), manifest=False)

    assert (code, "DIFFERENCE  ledger.jsonl: not as the manifest says" in words) == (1, True)


@pytest.mark.parametrize("kind", ["entry", "decision", "issue", "replacement", "revocation"])
def test_verifier_names_a_row_whatever_field_of_it_is_altered(bundled: Bundled, kind: str) -> None:
    lines = (bundled.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    link = of_kind([json.loads(line) for line in lines], kind)
    for word, value in link["row"].items():
        other = value + 1 if isinstance(value, int) else f"{value}1"
        try:
            code, words = bundled.tampered(lambda links, w=word, o=other: of_kind(links, kind)["row"].update({w: o}))  # type: ignore[misc]
        finally:
            shutil.rmtree(bundled.folder.with_name("forged"))

        named = f"DIFFERENCE  {kind} number {link['subject']}: is not what link {link['number']} "
        assert (code, named in words) == (1, True), (word, words)


@pytest.mark.parametrize("word", ["number", "person", "sequence", "kind", "subject", "digest", "linked_ms", "head"])
def test_verifier_names_a_link_whatever_field_of_it_is_altered(bundled: Bundled, word: str) -> None:
    def change(links: Links) -> None:
        value = links[3][word]
        links[3][word] = value + 1 if isinstance(value, int) else "ab" * 32 if word != "kind" else "entry"

    code, words = bundled.tampered(change)

    assert code == 1
    assert any(name in words for name in ("link 4 ", "link 5 (")), words


def test_verifier_names_a_link_that_is_gone(bundled: Bundled) -> None:
    code, words = bundled.tampered(lambda links: links.pop(3))

    assert code == 1
    assert "follows link 3; those between are missing" in words


def test_verifier_names_links_that_changed_places(bundled: Bundled) -> None:
    def change(links: Links) -> None:
        links[3], links[4] = links[4], links[3]

    code, words = bundled.tampered(change)

    assert (code, "DIFFERENCE  link 5 (person" in words) == (1, True), words


def test_verifier_names_a_row_that_is_gone(bundled: Bundled) -> None:
    code, words = bundled.tampered(lambda links: links[0].pop("row"))

    number = LedgerLink.objects.get(number=1).subject_id
    assert (code, f"DIFFERENCE  entry number {number}: is gone; link 1 " in words) == (1, True), words


def test_verifier_names_the_day_of_a_chain_made_anew(bundled: Bundled) -> None:
    """Whoever holds the database hashes all anew; the signed day gives it away."""

    def change(links: Links) -> None:
        of_kind(links, "decision")["row"]["reason_text"] = "another"
        heads_made_anew(links)

    code, words = bundled.tampered(change)

    assert code == 1
    assert f"DIFFERENCE  ledger root {LedgerRoot.objects.earliest('day').day}: is not over these links" in words
    assert "is not what link" not in words


@pytest.mark.parametrize(
    ("kind", "change", "fault"),
    [
        ("decision", {"verdict": "confirmed"}, "confirmed where the entry is earned"),
        ("decision", {"organisation": 999}, "was taken for the wrong office"),
        ("decision", {"sequence": 2}, "those before it are missing"),
        ("entry", {"centihours": 2_700}, "is not the ledger's"),
        ("entry", {"person": 999}, "hangs on another person's chain"),
        ("issue", {"serial": "X"}, "its facts are not those that were signed"),
        ("issue", {"signature": "ab" * 64}, "its signature is not genuine"),
        ("replacement", {"replaced_by": 999}, "is replaced by no page of its year"),
        ("revocation", {"reason": ""}, "is revoked for nothing"),
    ],
)
def test_verifier_judges_what_the_rows_say(bundled: Bundled, kind: str, change: dict[str, Any], fault: str) -> None:
    def forge(links: Links) -> None:
        of_kind(links, kind)["row"].update(change)
        heads_made_anew(links)

    code, words = bundled.tampered(forge)

    assert (code, fault in words) == (1, True), words


def test_verifier_names_a_decision_by_the_learner_and_one_by_who_audited(bundled: Bundled) -> None:
    def forge(links: Links) -> None:
        decisions = [link for link in links if link["kind"] == "decision"]
        decisions[-1]["row"]["actor"] = decisions[-1]["person"]
        confirmed = next(link for link in decisions if link["row"]["verdict"] == "confirmed")
        audited = next(
            link
            for link in decisions
            if link["row"]["verdict"] == "approved" and link["row"]["entry"] == confirmed["row"]["entry"]
        )
        audited["row"]["actor"] = confirmed["row"]["actor"]
        heads_made_anew(links)

    code, words = bundled.tampered(forge)

    assert code == 1
    assert "was taken by the wrong person" in words
    assert "confirms what its actor audited" in words


def test_verifier_names_hours_added_to_a_page(bundled: Bundled) -> None:
    code, words = bundled.tampered(lambda links: of_kind(links, "issue")["facts"].update(public_centihours=9_900))

    assert code == 1
    assert "its facts are not those that were signed" in words
    assert "states 9900 public, its entries give 2600" in words


def test_verifier_names_a_root_signed_with_another_key(bundled: Bundled) -> None:
    lines = (bundled.folder / "roots.txt").read_text().splitlines()
    fields = lines[0].split("|")
    fields[9], fields[10] = sign(fields[8], seed="another"), public_key("another")
    (bundled.folder / "roots.txt").write_text("\n".join(["|".join(fields), *lines[1:]]) + "\n")
    fit(bundled.folder)

    code, words = verify(bundled.folder)

    assert code == 1
    assert f"ledger root {fields[2]}: its key {public_key('another')} is not a known one" in words
    assert f"anchor of {fields[2]}: its line is not the root's" in words


@pytest.mark.parametrize("at", [3, 5, 6, 8, 9])
def test_verifier_names_a_root_whatever_field_is_altered(bundled: Bundled, at: int) -> None:
    lines = (bundled.folder / "roots.txt").read_text().splitlines()
    fields = lines[1].split("|")
    fields[at] = ("1" if fields[at][0] == "0" else "0") + fields[at][1:]
    (bundled.folder / "roots.txt").write_text("\n".join([lines[0], "|".join(fields), *lines[2:]]) + "\n")
    fit(bundled.folder)

    code, words = verify(bundled.folder)

    assert (code, f"DIFFERENCE  ledger root {fields[2]}:" in words) == (1, True), words


def test_verifier_names_a_root_that_is_not_among_those_received(bundled: Bundled) -> None:
    kept = bundled.folder.with_name("kept.txt")
    kept.write_text("".join(f"{root.line()}\n" for root in LedgerRoot.objects.all()[1:]))

    code, words = verify(bundled.folder, "--roots", str(kept))

    day = LedgerRoot.objects.earliest("day").day
    assert (code, f"ledger root {day}: not among those you received" in words) == (1, True)


def test_verifier_says_when_there_is_nothing_to_judge(tmp_path: Path) -> None:
    code, words = verify(tmp_path / "nowhere")

    assert (code, words.startswith("Cannot be judged")) == (2, True)
