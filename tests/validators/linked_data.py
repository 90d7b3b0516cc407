"""The reference verifier of Verifiable Credentials (`@digitalbazaar/vc` of npm), run by node.

Shares no line with what signs: another language, another canonicalization, its
own copies of the contexts. Installed once into the run's folder.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.validators.open_badges import fetched

HERE = Path(__file__).parent
FILES = ("check.mjs", "package.json", "package-lock.json")
INSTALL = ("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent")


def judge(document: dict[str, Any], *, now: dt.datetime) -> dict[str, Any]:
    """Return {"verified", "statuses", "error"} for a credential, at this time."""
    issuer = document["issuer"]["id"]
    path = "/".join(issuer.split(":")[3:])
    addresses = [entry["statusListCredential"] for entry in document["credentialStatus"]]
    documents = {address: json.loads(fetched(address)) for address in addresses}
    documents[issuer] = json.loads(fetched(f"https://host/{path}/did.json"))
    asked = json.dumps({"credential": document, "documents": documents, "now": now.isoformat()})
    done = subprocess.run(
        ["node", "check.mjs"], cwd=_installed(), input=asked, capture_output=True, text=True, check=True, timeout=60
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _installed() -> Path:
    """Return the folder with the packages; skips with the reason where there is no npm or no registry."""
    folder = Path(settings.VAR_DIR) / "validators"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    if (folder / "node_modules" / "@digitalbazaar" / "vc").exists():
        return folder
    try:
        subprocess.run(INSTALL, cwd=folder, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as problem:
        pytest.skip(f"no npm, or no registry: the reference verifier was not asked ({problem})")
    return folder
