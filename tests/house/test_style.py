"""The house itself: style, types, floors, catalogues, migrations, and what stands at the top."""

import subprocess
import sys
from pathlib import Path

import pytest

from learning.management import catalogues

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TOP_LEVEL = {
    "manage.py", "pyproject.toml", "learning", "cms", "tracking", "assessments", "templates", "tests", "README.md",
    "uv.lock", "Makefile", "deploy", "docs", "LICENSE",
}  # fmt: skip


def run(*command: str) -> str:
    """Return what the command complains of; empty when it is content."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        (str(BIN / "ruff"), "check", "--no-cache", "."),
        (str(BIN / "ruff"), "format", "--check", "--no-cache", "."),
        (str(BIN / "mypy"), "--no-error-summary", "learning", "cms", "tracking", "assessments", "tests"),
        (str(BIN / "lint-imports"), "--no-cache"),
    ],
    ids=["ruff", "ruff format", "mypy", "import-linter"],
)
def test_the_tools_are_content(command: tuple[str, ...]) -> None:
    assert run(*command) == ""


def test_every_string_is_said_in_both_languages() -> None:
    assert catalogues.problems() == []


def test_the_models_have_their_migrations() -> None:
    command = (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")

    assert run(*command) == ""


def test_nothing_else_stands_at_the_top() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    top = {line.split("/", 1)[0] for line in tracked.stdout.splitlines()}

    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


def test_no_template_carries_style_or_script() -> None:
    """The strict policy would block it; here it is named."""
    guilty = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if any(mark in path.read_text() for mark in (' style="', "<style", " onclick=", " onload=", "javascript:"))
    ]

    assert guilty == []
