"""Text messages: the door to whoever sends them, and two doors for where nobody does.

A provider's backend is a class named by settings.SMS_BACKEND. It is told the same `key`
again when a try was cut short, and should send one key once. Knows numbers and texts;
nothing of notices.
"""

import fcntl
import json
import sys
from pathlib import Path
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class SmsFailed(Exception):
    """The provider did not take the message now; it is tried again later."""


class SmsBackend(Protocol):
    """Whoever sends text messages."""

    def send(self, *, phone: str, text: str, key: str) -> None:
        """Hand over one message. Raises: SmsFailed."""


class ConsoleSms:
    """Prints what would be sent, the number masked: for trying, and until there is a provider."""

    def send(self, *, phone: str, text: str, key: str) -> None:
        """Print one line."""
        sys.stdout.write(f"SMS {key} → {masked(phone)}: {text}\n")
        sys.stdout.flush()


class FileSms:
    """Appends one line of JSON a message to settings.SMS_FILE; a key that stands there is not written again."""

    def send(self, *, phone: str, text: str, key: str) -> None:
        """Append the line. Raises: SmsFailed, when the file cannot be written."""
        path = Path(settings.SMS_FILE)
        line = json.dumps({"key": key, "phone": phone, "text": text}, ensure_ascii=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                if not any(json.loads(held)["key"] == key for held in file):
                    file.write(f"{line}\n")
        except OSError as error:
            raise SmsFailed(type(error).__name__) from error


def masked(phone: str) -> str:
    """Return a phone number with only its first three and last two digits legible."""
    return f"{phone[:3]}****{phone[-2:]}"


def backend() -> SmsBackend:
    """Return the installation's backend."""
    return cast("SmsBackend", import_string(settings.SMS_BACKEND)())
