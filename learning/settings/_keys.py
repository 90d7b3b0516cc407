"""Keys of an embedded installation: made once, kept beside the data they protect."""

import base64
import os
import secrets
from pathlib import Path


def local_secret(folder: Path, name: str) -> str:
    """Return this installation's own key (32 random bytes, base64), making it at first use.

    The file is created exclusively and readable by its owner only; when two
    processes start together, both return the winner's key.
    """
    path = folder / "keys" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    candidate = path.with_name(f".{name}.{os.getpid()}")
    candidate.touch(mode=0o600)
    candidate.write_text(fresh)
    try:
        # A hard link appears whole or not at all, so no reader sees half a key.
        os.link(candidate, path)
    except FileExistsError:
        pass
    finally:
        candidate.unlink()
    return path.read_text()
