"""What a sent file is worth: judged by its bytes, and read in a process that is ended when it takes too much."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from learning.rules.proofs import ProofKind, ProofRefusal, kind_of, pdf_refusal

_READER: Final = Path(__file__).with_name("proof_reading.py")
_REFUSED: Final = 3
#: The clock's limit is longer than the processor's: the machine may be busy.
_PATIENCE: Final = 3


class NotTaken(Exception):
    """The file is not kept; `reason` says why."""

    def __init__(self, reason: ProofRefusal) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sound:
    """A file that may be kept. `sent_digest`: of the bytes as they came, which a second sender's copy has too."""

    kind: ProofKind
    content: bytes
    sent_digest: str

    @property
    def digest(self) -> str:
        """SHA-256 of what is kept."""
        return hashlib.sha256(self.content).hexdigest()


def judge(content: bytes) -> Sound:
    """Return what may be kept of a file. Raises: NotTaken."""
    if not content:
        raise NotTaken(ProofRefusal.EMPTY)
    if len(content) > settings.PROOF_FILE_MAX_BYTES:
        raise NotTaken(ProofRefusal.TOO_LARGE)
    kind = kind_of(content)
    if kind is None:
        raise NotTaken(ProofRefusal.UNKNOWN_KIND)
    if kind == ProofKind.PDF and (refused := pdf_refusal(content)) is not None:
        raise NotTaken(refused)
    return Sound(kind, _read(content, kind), hashlib.sha256(content).hexdigest())


def _read(content: bytes, kind: ProofKind) -> bytes:
    limits = (
        settings.PROOF_READING_S,
        settings.PROOF_READING_BYTES,
        settings.PROOF_PIXELS_MAX,
        settings.PROOF_SIDE_MAX_PX,
        settings.PROOF_PAGES_MAX,
    )
    try:
        ended = subprocess.run(  # noqa: S603 -- our own program
            # -I: it sees neither our modules nor our environment.
            [sys.executable, "-I", str(_READER), kind.value, *map(str, limits)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=settings.PROOF_READING_S * _PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as timeout:
        raise NotTaken(ProofRefusal.UNREADABLE) from timeout
    if ended.returncode == _REFUSED:
        raise NotTaken(ProofRefusal(ended.stdout.decode("ascii")))
    if ended.returncode != 0 or not ended.stdout:
        raise NotTaken(ProofRefusal.UNREADABLE)
    return ended.stdout
