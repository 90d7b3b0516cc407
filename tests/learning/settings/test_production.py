"""Production settings: from the environment, refusing what would be a hole."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RECORD_STORE = {
    "HOURBOOK_LRS_URL": "https://lrs.example.cn/xapi",
    "HOURBOOK_LRS_KEY": "key",
    "HOURBOOK_LRS_SECRET": "secret",
}


def environment(**changes: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HOURBOOK_", "DJANGO_"))}
    good = {
        "DJANGO_SETTINGS_MODULE": "learning.settings.production",
        "HOURBOOK_SECRET_KEY": secrets.token_urlsafe(48),
        "HOURBOOK_FIELD_ENCRYPTION_KEY": secrets.token_urlsafe(48),
        "HOURBOOK_BLIND_INDEX_KEY": secrets.token_urlsafe(48),
        "HOURBOOK_SIGNING_SEED": secrets.token_urlsafe(48),
        "HOURBOOK_ROOT_SIGNING_SEED": secrets.token_urlsafe(48),
        "HOURBOOK_ANCHOR_FILE": "/srv/anchors/roots.txt",
        "HOURBOOK_ANCHOR_MAIL": "regulator@example.cn",
        "HOURBOOK_HOSTS": "hours.example.cn",
        "HOURBOOK_DATABASE_URL": "postgres://hourbook@127.0.0.1:1/hourbook",
        "HOURBOOK_REDIS_URL": "redis://127.0.0.1:1/0",
    }
    merged = {**kept, **good, **changes}
    return {key: value for key, value in merged.items() if value}


def check(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_check_deploy_is_clean() -> None:
    result = check(environment(**RECORD_STORE))

    assert (result.returncode, result.stderr) == (0, "")


def test_check_deploy_asks_for_two_places_of_anchors() -> None:
    result = check(environment(HOURBOOK_ANCHOR_MAIL=""))

    assert result.returncode != 0
    assert "hourbook.W010" in result.stderr
    assert "identified 1 issue" in result.stderr, "it may do without a record store"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"HOURBOOK_SECRET_KEY": ""}, "HOURBOOK_SECRET_KEY must be a random value"),
        ({"HOURBOOK_SECRET_KEY": "short"}, "HOURBOOK_SECRET_KEY must be a random value"),
        ({"HOURBOOK_SIGNING_SEED": "change-me-" + "x" * 50}, "HOURBOOK_SIGNING_SEED must be a random value"),
        ({"HOURBOOK_BLIND_INDEX_KEY": ""}, "HOURBOOK_BLIND_INDEX_KEY must be a random value"),
        ({"HOURBOOK_HOSTS": "*"}, "HOURBOOK_HOSTS must list the exact host names"),
    ],
    ids=["missing", "short", "sample", "another key", "any host"],
)
def test_production_refuses_to_start(changes: dict[str, str], message: str) -> None:
    result = check(environment(**changes))

    assert result.returncode != 0
    assert message in result.stderr


@pytest.mark.parametrize(
    "changes",
    [{"HOURBOOK_LRS_URL": "http://lrs.example.cn/xapi"}, {"HOURBOOK_LRS_SECRET": ""}],
    ids=["no https", "no secret"],
)
def test_check_deploy_refuses_a_record_store_that_cannot_be_used(changes: dict[str, str]) -> None:
    result = check(environment(**(RECORD_STORE | changes)))

    assert result.returncode != 0
    assert "hourbook.E010" in result.stderr


def test_what_the_database_address_says_of_tls_is_kept() -> None:
    address = "postgres://hourbook@127.0.0.1:1/hourbook?sslmode=verify-full"
    ask = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    result = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT,
        env=environment(HOURBOOK_DATABASE_URL=address),
        capture_output=True,
        text=True,
        check=True,
    )

    assert "'sslmode': 'verify-full'" in result.stdout
    assert "'pool'" in result.stdout
