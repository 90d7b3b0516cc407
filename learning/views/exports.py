"""Files of what a page shows: CSV, or a workbook where the address says `as=xlsx`.

The whole file is built before the first byte leaves, so a list is bounded: who wants more
narrows it, and a file that was cut says so. Files that name people leave a line in the audit log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from learning.access import signed_in
from learning.actions import exports
from learning.models import Organisation
from learning.models.clock import database_now
from learning.spreadsheets import CONTENT_TYPES, FileKind, Line, file_of

#: The most lines of one file.
MOST_LINES = 20_000
#: What may be somebody's ID number or phone: typed into a search, it is no word for the audit log.
PERSONAL_NUMBER = re.compile(r"(\d{3})(?:[\s-]?\d){4,}[Xx]?")
WORDS_MAX = 60


def answer(request: HttpRequest, name: str, lines: Iterable[Line]) -> HttpResponse:
    """Send lines as a file; the first line names the columns."""
    kind = _kind(request)
    response = HttpResponse(file_of(kind, _bounded(lines)), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def answer_with_people(request: HttpRequest, name: str, lines: Iterable[Line], *, office: Organisation) -> HttpResponse:
    """Send lines that name people, and write down that they were taken."""
    taken = list(islice(lines, MOST_LINES + 2))
    asked = {_told(key): _told(value) for key, value in request.GET.items() if key not in {"as", "page"}}
    exports.note(
        what=name,
        kind=_kind(request),
        line_count=min(len(taken) - 1, MOST_LINES),
        asked=asked,
        office=office,
        by=signed_in(request),
        now=database_now(),
    )
    return answer(request, name, taken)


def _told(said: object) -> str:
    return PERSONAL_NUMBER.sub(r"\1…", str(said).replace("\x00", ""))[:WORDS_MAX]


def _bounded(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the first line and as many as a file holds; where there were more, the last says so."""
    for number, line in enumerate(lines):
        if number > MOST_LINES:
            words = _("This file ends here, after %(count)s lines; the list goes on. Narrow it to see the rest.")
            yield [words % {"count": MOST_LINES}]
            return
        yield line


def _kind(request: HttpRequest) -> FileKind:
    return FileKind.XLSX if request.GET.get("as") == FileKind.XLSX else FileKind.CSV
