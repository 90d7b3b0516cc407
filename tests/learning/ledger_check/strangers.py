"""What a stranger does with a bundle: runs the verifier in a Python of its own, which knows nothing of this house."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learning.ledger_check import bundle
from learning.rules.ledger_chain import GENESIS

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
