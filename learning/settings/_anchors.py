"""Where daily roots are left, as the environment says."""

from typing import Any

import environ


def anchors(env: environ.Env, *, default_file: str = "") -> dict[str, dict[str, Any]]:
    """Return the places by name, each with what its backend is made of."""
    places: dict[str, dict[str, Any]] = {}
    if path := env.str("HOURBOOK_ANCHOR_FILE", default=default_file):
        places["file"] = {"path": path}
    if mailboxes := env.list("HOURBOOK_ANCHOR_MAIL", default=[]):
        places["mail"] = {"to": mailboxes}
    if url := env.str("HOURBOOK_ANCHOR_TIMESTAMP_URL", default=""):
        certificate = env.str("HOURBOOK_ANCHOR_TIMESTAMP_CERTIFICATE", default="")
        places["timestamp"] = {"url": url, "certificate": certificate}
    return places
