"""Lecture files: served in ranges, to those who may see them, and to nobody by a public address.

Django's FileResponse knows no ranges and holds the whole file in memory under ASGI; this reads
256 KiB at a time in a thread. Behind nginx the file is handed over by X-Accel-Redirect.
Source: STACK §2.3.
"""

import asyncio
import mimetypes
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from learning.models import Lesson
from tracking import access

_PIECE_BYTES: Final = 262_144
_RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")
_CACHE: Final = "private, max-age=600"


@require_safe
async def video(request: HttpRequest, course_key: str, number: int) -> HttpResponseBase:
    """Serve the lesson's video."""
    lesson = await _lesson(request, course_key, number)
    return _file(request, lesson.media_name, "video/mp4", etag=lesson.media_digest)


@require_safe
async def captions(request: HttpRequest, course_key: str, number: int, language: str) -> HttpResponseBase:
    """Serve the lesson's captions in one language."""
    lesson = await _lesson(request, course_key, number)
    name = {"zh": lesson.captions_zh_name, "en": lesson.captions_en_name}.get(language, "")
    return _file(request, name, "text/vtt; charset=utf-8")


@require_safe
async def poster(request: HttpRequest, course_key: str, number: int) -> HttpResponseBase:
    """Serve the lesson's still picture."""
    lesson = await _lesson(request, course_key, number)
    return _file(request, lesson.poster_name, mimetypes.guess_type(lesson.poster_name)[0] or "image/jpeg")


async def _lesson(request: HttpRequest, course_key: str, number: int) -> Lesson:
    """Return the lesson, if this visitor may see it. To others it does not exist."""
    person = await request.auser()
    lesson = await sync_to_async(access.media_lesson)(person, course_key, number)
    if lesson is None:
        raise Http404
    return lesson


def _file(request: HttpRequest, name: str, content_type: str, *, etag: str = "") -> HttpResponseBase:
    """Answer with the file, or the range of it that was asked for."""
    path = _path(name)
    prefix = getattr(settings, "HOURBOOK_ACCEL_PREFIX", "")
    if prefix:
        response: HttpResponseBase = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = f"{prefix.rstrip('/')}/{quote(name)}"
        response["Cache-Control"] = _CACHE
        return response
    size = path.stat().st_size
    span = _span(request.headers.get("Range", ""), size)
    if span is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    start, end = span
    is_part = _RANGE.fullmatch(request.headers.get("Range", "")) is not None
    body = _pieces(path, start, end) if request.method == "GET" else _nothing()
    response = StreamingHttpResponse(body, status=206 if is_part else 200, content_type=content_type)
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(end - start)
    response["Cache-Control"] = _CACHE
    if is_part:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if etag:
        response["ETag"] = f'"{etag}"'
    return response


def _path(name: str) -> Path:
    """Return where the file lies. Raises: Http404, when it is missing or outside the media folder."""
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / name).resolve()
    if not name or not path.is_relative_to(root) or not path.is_file():
        raise Http404
    return path


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Return the half-open range of bytes to send; None when nothing of it is there.

    A header we do not read (several ranges, other units) is answered with the whole file.
    """
    match = _RANGE.fullmatch(header)
    if match is None:
        return (0, size)
    first, last, tail = match.groups()
    if tail is not None:
        return (max(0, size - int(tail)), size) if int(tail) and size else None
    start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, end) if start < size and start < end else None


async def _pieces(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    """Read [start, end) piece by piece; the file is opened only when somebody listens."""
    file = await asyncio.to_thread(os.open, path, os.O_RDONLY)
    try:
        while start < end:
            piece = await asyncio.to_thread(os.pread, file, min(_PIECE_BYTES, end - start), start)
            if not piece:
                return
            start += len(piece)
            yield piece
    finally:
        os.close(file)


async def _nothing() -> AsyncIterator[bytes]:
    """Give the body of an answer to HEAD."""
    if False:  # an empty generator; only `yield` makes it one
        yield b""
