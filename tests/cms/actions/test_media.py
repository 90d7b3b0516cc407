"""What an uploaded film is measured by: its own bytes, and nothing that they name."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import pytest

from cms.actions import media


def film(path: Path, container: str, codec: str) -> Path:
    """Write a second of grey."""
    with av.open(path, "w", format=container) as written:
        stream: Any = written.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _number in range(10):
            written.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        written.mux(stream.encode())
    return path


def sent(text: str) -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = "lecture.mp4"
    return file


def test_a_list_of_files_opens_none_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film(tmp_path / "secret.mp4", "mp4", "h264")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(media.UnreadableVideo, match="Invalid argument"):
        media.measure_video(sent("ffconcat version 1.0\nfile secret.mp4\n"))


def test_a_description_of_a_stream_opens_no_network() -> None:
    described = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 45678 RTP/AVP 96\n"

    with pytest.raises(media.UnreadableVideo, match="Invalid argument"):
        media.measure_video(sent(f"{described}a=rtpmap:96 H264/90000\n"))


@pytest.mark.parametrize(("container", "codec"), [("matroska", "h264"), ("mp4", "mpeg4"), ("mpegts", "h264")])
def test_a_film_of_another_kind_is_called_unplayable(tmp_path: Path, container: str, codec: str) -> None:
    with film(tmp_path / "film.mp4", container, codec).open("rb") as file, pytest.raises(media.UnplayableVideo):
        media.measure_video(file)
