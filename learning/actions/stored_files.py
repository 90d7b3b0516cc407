"""Files known by their digest: written whole or not at all, read only as they were."""

import hashlib
import os
import threading
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put the file in place whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read(path: Path, *, digest: str) -> bytes | None:
    """Return the file, or None when it was lost or is another one."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None
