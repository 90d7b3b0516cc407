"""Measuring a lecture's files when they arrive: length, codecs, digest, captions.

The measured length decides how much credit a course may give (D8), so nobody types
it. Knows files and codecs; nothing of courses.
"""

import hashlib
import io
from dataclasses import dataclass
from typing import IO, Any

import av

CHUNK_BYTES = 1 << 20
POSTER_QUALITY = 85
LARGEST_CAPTIONS_BYTES = 2 << 20
#: What every browser of UX §4 plays without help.
VIDEO_CODEC, AUDIO_CODEC, CONTAINER = "h264", "aac", "mp4"
#: What a film may come in, to be told whether it plays. Other kinds name files and addresses, which would be opened.
CONTAINERS = "mov,matroska,avi,mpegts,flv,asf"


class UnreadableVideo(ValueError):
    """The file is not a video that can be measured."""


class UnplayableVideo(ValueError):
    """The file is a video, but not H.264 with AAC in MP4."""


class UnreadableCaptions(ValueError):
    """The file is not WebVTT with at least one caption."""


@dataclass(frozen=True, slots=True)
class MeasuredVideo:
    """What the file itself says."""

    duration_ms: int
    sha256: str
    poster_jpeg: bytes


def measure_video(file: IO[bytes]) -> MeasuredVideo:
    """Measure an uploaded video and take its first picture.

    Raises: UnreadableVideo, UnplayableVideo.
    """
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    file.seek(0)
    try:
        with av.open(file, options={"format_whitelist": CONTAINERS}) as container:
            duration_ms = _duration_ms(container)
            poster = _first_picture(container)
    except (av.FFmpegError, OSError) as error:
        raise UnreadableVideo(str(error)) from error
    finally:
        file.seek(0)
    return MeasuredVideo(duration_ms=duration_ms, sha256=digest.hexdigest(), poster_jpeg=poster)


def _duration_ms(container: Any) -> int:
    if not container.streams.video or not container.duration:
        raise UnreadableVideo
    picture = container.streams.video[0].codec_context.name
    sounds = [stream.codec_context.name for stream in container.streams.audio]
    if CONTAINER not in container.format.name.split(",") or picture != VIDEO_CODEC or sounds[:1] != [AUDIO_CODEC]:
        raise UnplayableVideo(container.format.name, picture, *sounds)
    # Whole milliseconds, rounded down: a part of one is not there.
    return int(container.duration) * 1_000 // av.time_base


def _first_picture(container: Any) -> bytes:
    frame = next(container.decode(video=0), None)
    if frame is None:
        raise UnreadableVideo
    written = io.BytesIO()
    frame.to_image().save(written, "JPEG", quality=POSTER_QUALITY)
    return written.getvalue()


def check_captions(file: IO[bytes]) -> None:
    """Make sure the file is WebVTT and says something.

    Source: W3C WebVTT §4.1 (the signature, UTF-8). Raises: UnreadableCaptions.
    """
    file.seek(0)
    raw = file.read(LARGEST_CAPTIONS_BYTES + 1)
    file.seek(0)
    if len(raw) > LARGEST_CAPTIONS_BYTES:
        raise UnreadableCaptions
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableCaptions from error
    if not text.startswith("WEBVTT") or "-->" not in text:
        raise UnreadableCaptions
