"""Files of proof as a form sends them: bounded while they arrive, kept one by one, refused in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from learning.actions import proof_files
from learning.actions.proof_contents import NotTaken
from learning.models import Evidence, Person
from learning.models.clock import database_now
from learning.rules.proofs import ProofRefusal
from learning.views.limits import over_limit
from learning.views.staff_input import number

#: The field of the form, and how many files one person may send in an hour.
FIELD: Final = "proofs"
MOST, WINDOW_S = 60, 3_600

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not kept, and why."""

    title: str
    reason: ProofRefusal


@dataclass(slots=True)
class Sent:
    """What came of the files of one form. `seen`: the drafts its sender knows of."""

    seen: list[int] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    #: Only files were attached or removed: nothing else is to be done.
    is_all: bool = False


class BoundedUpload(FileUploadHandler):
    """Stops storing a file once it is too large, and goes on with the rest: typed words are not lost."""

    def __init__(self, request: HttpRequest) -> None:
        """Begin with nothing."""
        super().__init__(request)
        self.left_out: list[Refused] = []
        self._count = self._bytes = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count one more."""
        super().new_file(*args, **kwargs)
        self._count += 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the chunk on, or have the rest of the file skipped."""
        self._bytes += len(raw_data)
        reason = self._reason(start + len(raw_data))
        if reason is not None:
            self.left_out.append(Refused(str(self.file_name), reason))
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to who stores it."""

    def _reason(self, size_bytes: int) -> ProofRefusal | None:
        if size_bytes > settings.PROOF_FILE_MAX_BYTES:
            return ProofRefusal.TOO_LARGE
        if self._count > settings.PROOF_FILES_MAX:
            return ProofRefusal.TOO_MANY
        return ProofRefusal.ALL_TOO_LARGE if self._bytes > settings.PROOF_FILES_MAX_BYTES else None


def takes_proofs(view: View) -> View:
    """Let the view's form send files. The token is checked after the bounds are set: it stands among the files."""

    @csrf_exempt
    @wraps(view)
    def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers.insert(0, BoundedUpload(request))
        return csrf_protect(view)(request, *args, **kwargs)

    return bounded


def receive(request: HttpRequest, *, person: Person, year: int, asked: Evidence | None) -> Sent:
    """Remove and keep what the form says; one refused file leaves the others kept."""
    posted = request.POST
    seen = {number(value) for value in posted.getlist("proof")}
    if removed := number(posted.get("remove", "")):
        proof_files.take_back(person=person, draft_id=removed)
    sent = Sent(is_all=posted.get("do") == "attach" or "remove" in posted)
    for handler in request.upload_handlers:
        if isinstance(handler, BoundedUpload):
            sent.refused += handler.left_out
    files = request.FILES.getlist(FIELD)
    whom = f"person:{person.pk}"
    if files and over_limit(request, "proofs", most=MOST, window_s=WINDOW_S, of=whom, adds=len(files)):
        sent.refused += [Refused(str(file.name), ProofRefusal.TOO_OFTEN) for file in files]
        files = []
    for file in files:
        upload = proof_files.Upload(str(file.name), file.read())
        try:
            seen.add(proof_files.keep(person=person, year=year, upload=upload, asked=asked, now=database_now()).pk)
        except NotTaken as refusal:
            sent.refused.append(Refused(upload.title, refusal.reason))
    sent.seen = sorted(seen - {removed, 0})
    return sent
