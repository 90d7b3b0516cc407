"""The lectures made for the demonstration, measured as a player would meet them."""

import dataclasses
import hashlib
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image

from learning.demo import media, slides
from learning.demo.lectures import ALL_SCRIPTS, COURSES
from learning.demo.media import LectureScript, MadeLecture, MediaFacts, Slide
from learning.demo.script import TooShort, UnpairedLines, cues, webvtt

SHORT = LectureScript(
    key="short-1",
    course_title_zh="数据安全",
    number=1,
    title_zh="分类与分级",
    title_en="Classes and levels",
    slides=(
        Slide("怎么分类？", "Which class?", ("业务：按领域分", "甲 < 乙 & 丙"), ("By field", "A < B & C"), 3),
        Slide("怎么分级？", "Which level?", ("影响：看后果",), ("By harm",), 1, ("看后果。",), ("Look at the harm.",)),
    ),
)


class DiskFull(OSError):
    """Stand in for a write that fails half-way."""


COAT = (960, 500)  # a place of strong colour, on the presenter
CUE = re.compile(r"(\d\d):(\d\d):(\d\d)\.(\d{3}) --> (\d\d):(\d\d):(\d\d)\.(\d{3})")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeLecture:
    return media.make_lecture(SHORT, tmp_path_factory.mktemp("media"))


def picture_of(frame: av.VideoFrame) -> Image.Image:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return picture


def cue_times_ms(text: str) -> list[tuple[int, int]]:
    times = []
    for match in CUE.finditer(text):
        parts = [int(part) for part in match.groups()]
        start, end = (
            ((hour * 60 + minute) * 60 + second) * 1000 + rest for hour, minute, second, rest in (parts[:4], parts[4:])
        )
        times.append((start, end))
    return times


def test_make_lecture_writes_h264_and_aac_of_exactly_the_script_length(made: MadeLecture) -> None:
    facts = media.probe(made.video_path)

    assert facts == MediaFacts(
        duration_ms=4000, width=1280, height=720, video_codec="h264", audio_codec="aac", has_audio=True
    )
    assert made.duration_ms == 4000
    assert made.size_bytes == made.video_path.stat().st_size
    assert made.sha256 == hashlib.sha256(made.video_path.read_bytes()).hexdigest()


def test_make_lecture_gives_both_streams_the_whole_time(made: MadeLecture) -> None:
    with av.open(str(made.video_path)) as container:
        lasting_ms = [round((stream.duration or 0) * (stream.time_base or 0) * 1000) for stream in container.streams]
        starts = [stream.start_time for stream in container.streams]

    assert len(lasting_ms) == 2
    assert all(abs(each - 4000) <= 50 for each in lasting_ms)
    assert starts == [0, 0]


def test_make_lecture_puts_a_keyframe_every_two_seconds_and_moves_each_frame(made: MadeLecture) -> None:
    with av.open(str(made.video_path)) as container:
        frames = list(container.decode(video=0))
    pictures = {picture_of(frame).tobytes() for frame in frames}

    assert [frame.format.name for frame in frames] == ["yuv420p"] * 40
    assert [frame.time for frame in frames if frame.key_frame] == [0.0, 2.0]
    assert len(pictures) == 40


def test_make_lecture_keeps_the_colours_of_the_drawing(made: MadeLecture) -> None:
    drawn = slides.still(SHORT, 0, 0).getpixel(COAT)
    with av.open(str(made.video_path)) as container:
        frame = next(container.decode(video=0))
        seen = picture_of(frame.reformat(format="rgb24", src_colorspace=frame.colorspace)).getpixel(COAT)

    assert frame.colorspace == media.BT709
    assert isinstance(drawn, tuple)
    assert isinstance(seen, tuple)
    assert max(abs(one - other) for one, other in zip(drawn, seen, strict=True)) <= 4


def test_make_lecture_sounds_softly(made: MadeLecture) -> None:
    with av.open(str(made.video_path)) as container:
        samples = [
            sample for frame in container.decode(audio=0) for sample in memoryview(frame.planes[0]).cast("B").cast("f")
        ]

    loudest = max(abs(sample) for sample in samples)
    assert 0.01 < loudest < 0.1


def test_make_lecture_puts_the_index_before_the_data(made: MadeLecture) -> None:
    video = made.video_path.read_bytes()

    assert 0 < video.index(b"moov") < video.index(b"mdat")


def test_make_lecture_gives_the_same_bytes_again(made: MadeLecture, tmp_path: Path) -> None:
    again = media.make_lecture(SHORT, tmp_path)

    assert again.sha256 == made.sha256
    assert again.poster_path.read_bytes() == made.poster_path.read_bytes()


def test_make_lecture_reuses_what_is_made(made: MadeLecture, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        pytest.fail("encoded again")

    monkeypatch.setattr(media, "_encode", refuse)

    assert media.make_lecture(SHORT, made.video_path.parent) == made


def test_make_lecture_makes_another_file_for_another_script(made: MadeLecture, tmp_path: Path) -> None:
    other = dataclasses.replace(SHORT, title_zh="分级与分类")

    assert media.make_lecture(other, tmp_path).video_path.name != made.video_path.name


def test_make_lecture_leaves_no_half_video_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(_script: LectureScript, path: Path, _progress: object) -> None:
        path.write_bytes(b"half")
        raise DiskFull

    monkeypatch.setattr(media, "_encode", break_off)

    with pytest.raises(DiskFull):
        media.make_lecture(SHORT, tmp_path)

    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".jpg", ".vtt", ".vtt"]


def test_make_lecture_tells_of_progress(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []

    media.make_lecture(SHORT, tmp_path, progress=lambda done, total: heard.append((done, total)))

    assert heard == [(10, 40), (20, 40), (30, 40), (40, 40)]


def test_make_all_returns_lectures_in_order_and_makes_only_the_missing(made: MadeLecture) -> None:
    folder = made.video_path.parent
    other = dataclasses.replace(SHORT, key="short-2", slides=SHORT.slides[1:])
    heard: list[tuple[int, int]] = []

    lectures = media.make_all([SHORT, other], folder, progress=lambda done, total: heard.append((done, total)))

    assert lectures[0] == made
    assert lectures[1].duration_ms == 1000
    assert heard == [(1, 2), (2, 2)]


def test_probe_refuses_what_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "letter.mp4"
    path.write_text("Dear Ada")

    with pytest.raises(media.UnreadableMedia):
        media.probe(path)


def test_probe_refuses_sound_alone(tmp_path: Path) -> None:
    path = tmp_path / "tone.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.planes[0].update(bytes(4096))
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    with pytest.raises(media.UnreadableMedia):
        media.probe(path)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_captions_fill_the_lecture_in_order(made: MadeLecture, language: str) -> None:
    path = made.captions_zh_path if language == "zh" else made.captions_en_path
    text = path.read_text(encoding="utf-8")
    times = cue_times_ms(text)

    assert text.startswith("WEBVTT\n\n1\n00:00:00.000 --> ")
    assert len(times) == 3
    assert all(start < end for start, end in times)
    assert all(end <= following for (_, end), (following, _) in pairwise(times))
    assert times[-1][0] == 3000
    assert times[-1][1] < 4000


def test_captions_speak_each_language_and_escape_signs(made: MadeLecture) -> None:
    english = made.captions_en_path.read_text(encoding="utf-8")

    assert "甲 &lt; 乙 &amp; 丙" in made.captions_zh_path.read_text(encoding="utf-8")
    assert english.endswith("Look at the harm.\n")
    assert "A &lt; B &amp; C" in english


def test_slide_refuses_lines_without_partner() -> None:
    with pytest.raises(UnpairedLines):
        Slide("题", "Title", ("一", "二"), ("one",), 2)
    with pytest.raises(UnpairedLines):
        Slide("题", "Title", ("一",), ("one",), 2, said_zh=("说",))
    with pytest.raises(TooShort):
        Slide("题", "Title", ("一",), ("one",), 0)


def test_demo_courses_have_the_promised_lengths() -> None:
    seconds = {course.slug: [lecture.seconds for lecture in course.lectures] for course in COURSES}

    assert seconds == {
        "professional-ethics": [30] * 4,
        "capacity-building": [40] * 3,
        "regional-economy": [20] * 3,
        "bim-design": [30] * 3,
    }
    assert [course.subject for course in COURSES] == ["public"] * 3 + ["professional"]


def test_demo_lectures_have_keys_of_their_own_and_numbers_in_order() -> None:
    assert len({script.key for script in ALL_SCRIPTS}) == len(ALL_SCRIPTS)
    for course in COURSES:
        assert [lecture.number for lecture in course.lectures] == list(range(1, len(course.lectures) + 1))
        assert {lecture.course_title_zh for lecture in course.lectures} == {course.title_zh}


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=lambda script: script.key)
def test_demo_captions_can_be_read_in_time(script: LectureScript) -> None:
    for cue in cues(script):
        lasting_ms = cue.end_ms - cue.start_ms
        assert len(cue.text_zh) * 1000 <= 7 * lasting_ms, cue.text_zh
        assert len(cue.text_en) * 1000 <= 21 * lasting_ms, cue.text_en
    assert len(cue_times_ms(webvtt(script, "en"))) == len(cues(script))


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=lambda script: script.key)
def test_demo_slides_fit_their_cards_and_leave_room_for_captions(script: LectureScript) -> None:
    for slide in script.slides:
        for line, (left, _, right, foot) in zip(slide.lines_zh, slides.card_boxes(slide), strict=True):
            head, _, rest = line.partition("：")
            room_px = right - left - 54 - (slides.HEAD_WIDTH_PX if rest else 0)
            assert foot <= 580
            assert slides._fitting(rest or head, 28, room_px) >= 26, line
            assert not rest or slides._fitting(head, 30, slides.HEAD_WIDTH_PX - 24) >= 26, line
