"""Real lecture files from a script: H.264 and AAC in MP4, captions, a poster.

Knows codecs and files, and measures what it has made; nothing of Django, courses or
people. A finished lecture is found again by the digest of its script.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from PIL import Image

from learning.demo import slides, tone
from learning.demo.script import Cue, LectureScript, Slide, cues, webvtt

__all__ = [
    "LectureScript",
    "MadeLecture",
    "MediaFacts",
    "Slide",
    "UnreadableMedia",
    "make_all",
    "make_lecture",
    "probe",
]

Progress = Callable[[int, int], None]

FRAMES_PER_SECOND = 10
KEYFRAME_SECONDS = 2
# One thread and fixed keyframes: the same script gives the same bytes on any number of
# cores, and a player can land on any second exactly. Without B-frames the file needs no
# edit list, so its first picture is at zero.
X264_OPTIONS = {
    "preset": "veryfast",
    "tune": "stillimage",
    "crf": "25",
    "x264-params": f"threads=1:bframes=0:scenecut=0:keyint={FRAMES_PER_SECOND * KEYFRAME_SECONDS}",
}
# `bitexact` leaves out the encoder's name and the date of making.
MP4_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}
AUDIO_BITS_PER_SECOND = 48_000
AUDIO_FRAME_SAMPLES = 1024
BT709 = 1  # ISO/IEC 23001-8: the same number for primaries, transfer and matrix
POSTER_QUALITY = 85


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a media file says of itself once it is closed."""

    duration_ms: int
    width: int
    height: int
    video_codec: str
    audio_codec: str
    has_audio: bool


@dataclass(frozen=True, slots=True)
class MadeLecture:
    """A finished lecture on disk; the digest is that of the video's bytes."""

    video_path: Path
    captions_zh_path: Path
    captions_en_path: Path
    poster_path: Path
    sha256: str
    duration_ms: int
    size_bytes: int


class UnreadableMedia(ValueError):
    """The file is not a video that can be measured."""


def probe(path: Path) -> MediaFacts:
    """Measure a finished file; the duration is the container's.

    Raises: UnreadableMedia, when the file cannot be opened or holds no timed video.
    """
    try:
        with av.open(str(path)) as container:
            return _facts(container, path)
    except av.FFmpegError as error:
        raise UnreadableMedia(str(path)) from error


def make_lecture(script: LectureScript, folder: Path, *, progress: Progress | None = None) -> MadeLecture:
    """Make the lecture's files, or return those a former call has made.

    `progress` hears of frames done and frames in all.
    """
    paths = _paths(script, folder)
    if not _is_made(paths):
        folder.mkdir(parents=True, exist_ok=True)
        paths.captions_zh.write_text(webvtt(script, "zh"), encoding="utf-8")
        paths.captions_en.write_text(webvtt(script, "en"), encoding="utf-8")
        slides.still(script, 0, None).save(paths.poster, quality=POSTER_QUALITY)
        # The video comes last and appears whole: where it stands, all is made.
        unfinished = paths.video.with_suffix(f".{os.getpid()}.part")
        try:
            _encode(script, unfinished, progress or _say_nothing)
            unfinished.replace(paths.video)
        finally:
            unfinished.unlink(missing_ok=True)
    video = paths.video.read_bytes()
    return MadeLecture(
        video_path=paths.video,
        captions_zh_path=paths.captions_zh,
        captions_en_path=paths.captions_en,
        poster_path=paths.poster,
        sha256=hashlib.sha256(video).hexdigest(),
        duration_ms=probe(paths.video).duration_ms,
        size_bytes=len(video),
    )


def make_all(
    scripts: Sequence[LectureScript],
    folder: Path,
    workers: int = 2,
    progress: Progress | None = None,
) -> list[MadeLecture]:
    """Make every lecture, the longest first, and return them in the order of the scripts.

    `progress` hears of lectures done and lectures in all.
    """
    say = progress or _say_nothing
    missing = [script for script in scripts if not _is_made(_paths(script, folder))]
    done = len(scripts) - len(missing)
    say(done, len(scripts))
    if missing:
        missing.sort(key=lambda script: script.seconds, reverse=True)
        # NB: spawn, not fork: the caller may already hold threads and database handles.
        with ProcessPoolExecutor(min(workers, len(missing)), get_context("spawn")) as pool:
            waiting = [pool.submit(make_lecture, script, folder) for script in missing]
            for finished in as_completed(waiting):
                finished.result()
                done += 1
                say(done, len(scripts))
    return [make_lecture(script, folder) for script in scripts]


@dataclass(frozen=True, slots=True)
class _Paths:
    """Where a script's files stand."""

    video: Path
    captions_zh: Path
    captions_en: Path
    poster: Path


def _paths(script: LectureScript, folder: Path) -> _Paths:
    name = f"{script.key}-{script.digest[:16]}"
    return _Paths(
        video=folder / f"{name}.mp4",
        captions_zh=folder / f"{name}.zh.vtt",
        captions_en=folder / f"{name}.en.vtt",
        poster=folder / f"{name}.jpg",
    )


def _is_made(paths: _Paths) -> bool:
    every = (paths.video, paths.captions_zh, paths.captions_en, paths.poster)
    return all(path.is_file() for path in every)


def _facts(container: InputContainer, path: Path) -> MediaFacts:
    if not container.streams.video or container.duration is None:
        raise UnreadableMedia(str(path))
    picture = container.streams.video[0]
    sound = container.streams.audio[0] if container.streams.audio else None
    return MediaFacts(
        duration_ms=round(container.duration * 1000 / av.time_base),
        width=picture.width,
        height=picture.height,
        video_codec=picture.codec_context.name,
        audio_codec=sound.codec_context.name if sound else "",
        has_audio=sound is not None,
    )


def _encode(script: LectureScript, path: Path, progress: Progress) -> None:
    """Write the video, second by second, so that sound and picture lie side by side."""
    total_frames = script.seconds * FRAMES_PER_SECOND
    sound = b"".join(tone.pad(at, slide.seconds) for at, slide in enumerate(script.slides))
    second_bytes = tone.SAMPLE_RATE * tone.SAMPLE_BYTES
    pictures = _pictures(script)
    with av.open(str(path), "w", format="mp4", options=MP4_OPTIONS) as container:
        video, audio = _add_video(container), _add_audio(container)
        for second in range(script.seconds):
            for frame_number in range(second * FRAMES_PER_SECOND, (second + 1) * FRAMES_PER_SECOND):
                container.mux(video.encode(_video_frame(next(pictures), frame_number)))
            samples = sound[second * second_bytes : (second + 1) * second_bytes]
            container.mux(audio.encode(_audio_frame(samples, second * tone.SAMPLE_RATE)))
            progress((second + 1) * FRAMES_PER_SECOND, total_frames)
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _pictures(script: LectureScript) -> Iterator[Image.Image]:
    """Yield every frame of the lecture in order."""
    rests = list(cues(script))
    current: Cue | None = None
    still: Image.Image | None = None
    for frame_number in range(script.seconds * FRAMES_PER_SECOND):
        at_ms = frame_number * 1000 // FRAMES_PER_SECOND
        while rests and rests[0].start_ms <= at_ms:
            current, still = rests.pop(0), None
        if still is None:
            still = slides.still(
                script,
                current.slide_index if current else 0,
                current.line_index if current else None,
            )
        picture = still.copy()
        slides.draw_moment(picture, script, at_ms)
        yield picture


def _add_video(container: OutputContainer) -> VideoStream:
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=X264_OPTIONS)
    stream.width, stream.height = slides.WIDTH_PX, slides.HEIGHT_PX
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = ColorRange.MPEG
    return stream


def _add_audio(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=tone.SAMPLE_RATE, layout="mono")
    stream.bit_rate = AUDIO_BITS_PER_SECOND
    return stream


def _video_frame(picture: Image.Image, frame_number: int) -> av.VideoFrame:
    # PyAV's stub leaves `from_image` unannotated.
    drawn: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]  # PyAV says no type
    frame = drawn.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )
    frame.pts = frame_number
    frame.time_base = Fraction(1, FRAMES_PER_SECOND)
    return frame


def _audio_frame(samples: bytes, start: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout="mono", samples=len(samples) // tone.SAMPLE_BYTES)
    frame.planes[0].update(samples)
    frame.sample_rate = tone.SAMPLE_RATE
    frame.pts = start
    frame.time_base = Fraction(1, tone.SAMPLE_RATE)
    return frame


def _say_nothing(_done: int, _total: int) -> None:
    """Stand in where nobody listens."""
