"""A lecture of four minutes, for the journeys that take their time: the demo's, played over and over.

Knows how a course is published; the file is copied packet by packet, so nothing is filmed anew.
"""

from __future__ import annotations

from tests.journeys.conftest import DemoSite
from tests.journeys.walk import told

COURSE = "long-lecture"
TIMES = 6

PUBLISH = """
import hashlib, json, pathlib
from dataclasses import fields
import av
from django.conf import settings
from learning.actions.editions import EditionDraft, LessonDraft, publish
from learning.models import Edition, Requirement
from learning.models.clock import database_now

def prolong(source, target, times):
    with av.open(str(source)) as film, av.open(str(target), "w", options={{"movflags": "faststart"}}) as copy:
        streams = {{stream.index: copy.add_stream_from_template(stream) for stream in film.streams}}
        length = film.duration
        for time in range(times):
            film.seek(0)
            for packet in film.demux():
                if packet.dts is None:
                    continue
                shift = round(time * length / av.time_base / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)
    with av.open(str(target)) as film:
        return round(film.duration * 1000 / av.time_base)

model = Edition.objects.current().select_related("base", "topic").get(course_key={model!r})
lesson = model.lessons.get(number=1)
source = pathlib.Path(settings.MEDIA_ROOT) / lesson.media_name
target = source.with_name("long-lecture.mp4")
facts = {{one.name: getattr(lesson, one.name) for one in fields(LessonDraft)}}
facts |= {{
    "duration_ms": prolong(source, target, {times}),
    "media_digest": hashlib.sha256(target.read_bytes()).hexdigest(),
    "media_name": str(pathlib.Path(lesson.media_name).with_name(target.name)),
}}
rule = Requirement.objects.filter(hour_seconds=model.hour_seconds).first()
draft = EditionDraft(
    course_key={course!r}, base=model.base, subject_kind=model.subject_kind, topic=model.topic, title_zh="长课",
    title_en="", approved_centihours=100, requirement=rule, lessons=[LessonDraft(**facts)], exam_required=False,
)
publish(draft=draft, by=None, now=database_now())
print(json.dumps(facts["duration_ms"] // 1000))
"""


def publish(site: DemoSite, model: str) -> None:
    """Publish the long lecture as a course of its own, modelled on another."""
    told(site, PUBLISH.format(model=model, course=COURSE, times=TIMES))
