"""The broker of files, with whole messages only.

kombu creates a message under its final name and writes it afterwards, so a worker
that polls in between reads an empty file and ends for good. Here a message appears
by renaming, which is atomic within one folder.
"""

import uuid
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A channel whose messages are complete before they can be seen."""

    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:
        """Write beside the queue, then rename into it."""
        stem = f"{monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}"
        folder = Path(self.data_folder_out)
        part = folder / f"{stem}.part"
        part.write_text(dumps(payload), encoding="utf-8")
        part.replace(folder / f"{stem}.msg")


class Transport(filesystem.Transport):
    """kombu's transport of files, with that channel."""

    Channel = Channel
