"""The bundle, and the verifier that stands alone: run as a stranger would, in a Python of its own."""

from __future__ import annotations

import hashlib
import io
import json
import runpy
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from learning.rules.signatures import public_key, sign
from tests import everyday
from tests.factories import ledger
from tests.factories.ledger import World
from tracking.audit import Scope, bundle
from tracking.models import DailyRoot, ViewingSession

pytestmark = pytest.mark.django_db

VERIFIER = Path(bundle.__file__).with_name("verify.py")
Files = dict[str, str]


def read(path: Path) -> Files:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def pack(path: Path, files: Files, *, manifest: bool = True) -> Path:
    """Write a bundle; with a manifest that fits, as a forger would."""
    if manifest:
        facts = json.loads(files["manifest.json"])
        facts["files"] = {
            name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items() if name != "manifest.json"
        }
        files = files | {"manifest.json": json.dumps(facts)}
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return path


def verify(path: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-I", str(VERIFIER), str(path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent)
    assert done.stderr == ""
    return done.returncode, done.stdout


def verify_here(path: Path) -> tuple[int, str]:
    """Run the verifier in this process: the same words, without a Python's start for each of hundreds."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as words:
        patch.setattr(sys, "argv", [str(VERIFIER), str(path)])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(VERIFIER), run_name="__main__")
    return int(end.value.code or 0), words.getvalue()


@dataclass(frozen=True)
class Bundled:
    path: Path
    files: Files
    folder: Path

    def tampered(self, change: Callable[[Files], object], *, manifest: bool = True) -> tuple[int, str]:
        files = dict(self.files)
        change(files)
        return verify_here(pack(self.folder / "tampered.zip", files, manifest=manifest))


@pytest.fixture
def bundled(world: World, tmp_path: Path) -> Bundled:
    path = tmp_path / "bundle.zip"
    bundle.write(path, Scope(credit=world.credit.pk), now=ledger.NOW)
    return Bundled(path, read(path), tmp_path)


@pytest.fixture
def strict(world: World, tmp_path: Path) -> Bundled:
    path = tmp_path / "strict.zip"
    bundle.write(path, Scope(person=world.checked.person.pk), now=ledger.NOW)
    return Bundled(path, read(path), tmp_path)


def test_verifier_takes_a_sound_bundle(bundled: Bundled) -> None:
    code, words = verify(bundled.path, "--key", public_key(settings.ROOT_SIGNING_SEED))

    assert (code, words.splitlines()[-1]) == (0, "All is well"), words
    assert words.startswith("2 sessions, 2 evidences, 2 daily roots")


def test_verifier_takes_a_bundle_with_checks_missed_and_passed(strict: Bundled) -> None:
    code, words = verify(strict.path)

    assert (code, words.splitlines()[-1]) == (0, "All is well"), words
    assert words.startswith("1 sessions, 1 evidences")


def test_verifier_leaves_open_what_no_root_covers_yet(world: World, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    assert bundle.write(path, Scope(), now=ledger.NOW) == ViewingSession.objects.count()

    code, words = verify(path)

    assert code == 2
    assert f"NOT JUDGED  session {world.running.key}: no daily root covers it yet" in words
    assert "DIFFERENCE" not in words


def test_bundle_is_the_same_bytes_twice(world: World, bundled: Bundled, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    bundle.write(again, Scope(credit=world.credit.pk), now=ledger.NOW)

    assert again.read_bytes() == bundled.path.read_bytes()


def test_bundle_names_nobody(world: World, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    bundle.write(path, Scope(), now=ledger.NOW)

    text = "".join(read(path).values())
    for person in (world.ada.person, world.other.person, world.checked.person):
        assert person.full_name not in text
        assert (person.email or "-") not in text


def test_verifier_in_the_bundle_is_the_one_that_is_tested(bundled: Bundled) -> None:
    assert bundled.files["verify.py"] == VERIFIER.read_text()
    assert {"README.zh.md", "README.en.md"} <= set(bundled.files)


def test_verifier_finds_every_field_of_every_line_altered(bundled: Bundled) -> None:
    missed = []
    for name in [name for name in bundled.files if name.startswith("sessions/")]:
        rows = bundled.files[name].splitlines()
        for at, row in everyday.part(list(enumerate(rows)), one_in=4):
            fields = row.split("|")
            for index, field in enumerate(fields):
                other = str(int(field) + 1) if field.isdecimal() else f"x{field[1:]}"
                altered = "|".join([*fields[:index], other, *fields[index + 1 :]])
                text = "\n".join([*rows[:at], altered, *rows[at + 1 :]])
                code, words = bundled.tampered(partial(_put, name=name, text=text))
                if code != 1 or "DIFFERENCE" not in words:
                    missed.append((row, index, code, words))

    assert missed == []


def _put(files: Files, name: str, text: str) -> None:
    files[name] = text


def _swap(files: Files, one: int, other: int) -> None:
    name = next(name for name in files if name.startswith("sessions/"))
    rows = files[name].splitlines()
    rows[one], rows[other] = rows[other], rows[one]
    files[name] = "\n".join(rows)


def _drop_line(files: Files, at: int) -> None:
    name = next(name for name in files if name.startswith("sessions/"))
    rows = files[name].splitlines()
    files[name] = "\n".join(rows[:at] + rows[at + 1 or len(rows) :])


def _json(files: Files, name: str, change: Callable[[Any], object]) -> None:
    facts = json.loads(files[name])
    change(facts)
    files[name] = json.dumps(facts)


def _seal(files: Files, **changes: object) -> None:
    _json(files, "seals.json", lambda seals: next(iter(seals.values())).update(changes))


def _first_claim(files: Files, **changes: object) -> None:
    _json(files, "credit.json", lambda claims: claims[0].update(changes))


TAMPERINGS: dict[str, Callable[[Files], object]] = {
    "lines swapped": lambda files: _swap(files, 2, 3),
    "header and line swapped": lambda files: _swap(files, 0, 1),
    "a line dropped": lambda files: _drop_line(files, 2),
    "the last line dropped": lambda files: _drop_line(files, -1),
    "a session dropped": lambda files: files.pop(next(name for name in files if name.startswith("sessions/"))),
    "every session dropped": lambda files: [files.pop(name) for name in list(files) if name.startswith("sessions/")],
    "seal of another number": lambda files: _seal(files, number=2),
    "seal of no day's number": lambda files: _seal(files, number=99),
    "path cut": lambda files: _seal(files, path=[]),
    "path of something else": lambda files: _seal(files, path=["ab" * 32] * 2),
    "seal of another day": lambda files: _seal(files, day="2026-11-18"),
    "policy altered": lambda files: _json(
        files, "policies.json", lambda policies: next(iter(policies.values())).update(needed_s=1)
    ),
    "policy dropped": lambda files: _json(files, "policies.json", lambda policies: policies.popitem()),
    "more seconds claimed": lambda files: _first_claim(files, covered_s=61),
    "fewer lines claimed": lambda files: _json(
        files, "credit.json", lambda claims: claims[0]["sessions"][0].__setitem__(1, 2)
    ),
    "another lesson claimed": lambda files: _first_claim(files, lesson=99),
    "evidence of another digest": lambda files: _first_claim(files, digest="0" * 64),
    "roots swapped": lambda files: files.update({"roots.txt": "\n".join(reversed(files["roots.txt"].splitlines()))}),
    "first root dropped": lambda files: files.update({"roots.txt": files["roots.txt"].splitlines()[1]}),
    "keys of somebody else": lambda files: files.update({"keys.txt": public_key("somebody else")}),
    "anchor of something else": lambda files: _json(
        files, "anchors.json", lambda anchors: anchors[0].update(receipt="x")
    ),
    "no roots": lambda files: files.pop("roots.txt"),
    "no seals": lambda files: files.pop("seals.json"),
}


@pytest.mark.parametrize("change", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_verifier_finds_a_bundle_tampered_with(bundled: Bundled, change: Callable[[Files], object]) -> None:
    code, words = bundled.tampered(change)

    assert (code, "DIFFERENCE" in words) == (1, True), words


def test_verifier_finds_every_field_of_a_root_altered(bundled: Bundled) -> None:
    rows = bundled.files["roots.txt"].splitlines()
    for at, row in enumerate(rows):
        fields = row.split("|")
        for index, field in enumerate(fields):
            other = str(int(field) + 1) if field.isdecimal() else ("1" if field[0] == "0" else "0") + field[1:]
            altered = "|".join([*fields[:index], other, *fields[index + 1 :]])
            text = "\n".join([*rows[:at], altered, *rows[at + 1 :]])
            code, words = bundled.tampered(partial(_put, name="roots.txt", text=text))

            assert (code, "DIFFERENCE" in words) == (1, True), (row, index, words)


def test_verifier_finds_checks_that_were_not_passed(strict: Bundled) -> None:
    """The same lines under a rule that asks twice as often."""

    def ask_more_often(files: Files) -> None:
        _json(files, "policies.json", lambda policies: next(iter(policies.values())).update(check_max_s=10))

    _code, words = strict.tampered(ask_more_often)

    assert "without a passed presence check" in words


def test_verifier_refuses_what_the_manifest_does_not_name(bundled: Bundled) -> None:
    for name in bundled.files:
        code, words = bundled.tampered(
            partial(_put, name=name, text=bundled.files[name] + " "), manifest=name == "manifest.json"
        )
        assert (code, f"DIFFERENCE  {name}: not as the manifest says" in words) == (
            (0, False) if name == "manifest.json" else (1, True)
        )
    assert bundled.tampered(lambda files: files.update({"more.txt": "x"}), manifest=False)[0] == 1


def test_verifier_believes_published_keys_before_those_of_the_bundle(bundled: Bundled) -> None:
    """A forger who signs everything anew can only do so with another key."""
    forged = []
    previous = "0" * 64
    for root in DailyRoot.objects.order_by("day"):
        text = "|".join([*root.facts().text().split("|")[:7], previous, str(root.signed_ms)])
        previous = hashlib.sha256(text.encode()).hexdigest()
        forged.append(f"{text}|{previous}|{sign(previous, seed='forger')}|{public_key('forger')}\n")
    files = bundled.files | {"roots.txt": "".join(forged), "keys.txt": public_key("forger"), "anchors.json": "[]"}
    path = pack(bundled.folder / "forged.zip", files)

    assert verify(path)[0] == 0
    assert verify(path, "--key", public_key(settings.ROOT_SIGNING_SEED))[0] == 1


def test_verifier_compares_with_the_roots_others_received(bundled: Bundled, anchor_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "received.txt"
    other.write_text("\n".join(anchor_file.read_text().splitlines()[:1]))

    assert verify(bundled.path, "--roots", str(anchor_file))[0] == 0
    assert verify(bundled.path, "--roots", str(other))[0] == 1
    assert verify(bundled.path, "--roots", str(tmp_path / "none"))[0] == 2


def test_verifier_cannot_judge_what_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("no zip")

    assert verify(tmp_path / "no.zip") == (2, "Cannot be judged: File is not a zip file\n")
