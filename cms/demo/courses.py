"""The demo's course pages, from the scripts of its lectures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from cms.actions import desks
from cms.models import CoursePage, CourseShelf, Lecture, LectureMedia
from cms.models.lecture_media import FOLDER
from learning.actions.enrolments import local_year
from learning.demo import media
from learning.demo.lectures import ALL_SCRIPTS, COURSES, DemoCourse
from learning.demo.script import LectureScript
from learning.models import Organisation, PublicTopic
from learning.rules.hours import centihours_of_seconds
from learning.rules.requirements import SubjectKind

Report = Callable[[str], None]

#: The demo rule's hour (`learning/demo/places.py`): measured seconds divided by it are the approved hours.
DEMO_HOUR_SECONDS = 30
TOPIC_REGION = "410200"
EXAM_MINUTES, PASS_MARK_PERCENT, ATTEMPTS_MAX = 10, 60, 2


@dataclass(frozen=True, slots=True)
class Offer:
    """Where a demo course stands: its base, and how long its exam is."""

    base_slug: str
    exam_question_count: int


OFFERS = {
    "professional-ethics": Offer("kaifeng-university", 10),
    "capacity-building": Offer("kaifeng-university", 10),
    "regional-economy": Offer("kaifeng-university", 5),
    "bim-design": Offer("lankao-base", 10),
}


def build(now: datetime, report: Report) -> None:
    """Publish the courses that are not there yet."""
    missing = [
        course for course in COURSES if not CoursePage.objects.filter(slug=course.slug, alias_of__isnull=True).exists()
    ]
    if not missing:
        return
    made = _make_files(report)
    for course in missing:
        offer = OFFERS[course.slug]
        base = Organisation.objects.get(slug=offer.base_slug)
        shelf = desks.open_desk(base)
        page = _page(course, offer, base, now)
        page.lectures = [_lecture(script, made[script.key], base) for script in course.lectures]
        shelf.add_child(instance=page)
        page.save_revision(clean=True).publish()
        report(f"course published: {course.title_en}")


def open_desks() -> list[CourseShelf]:
    """Open the desk of every base, and seat its editors."""
    return [desks.open_desk(base) for base in Organisation.objects.bases()]


def _make_files(report: Report) -> dict[str, media.MadeLecture]:
    def say(done: int, total: int) -> None:
        report(f"lectures filmed: {done} of {total}")

    folder = Path(settings.MEDIA_ROOT) / FOLDER
    made = media.make_all(ALL_SCRIPTS, folder, progress=say)
    return {script.key: lecture for script, lecture in zip(ALL_SCRIPTS, made, strict=True)}


def _page(course: DemoCourse, offer: Offer, base: Organisation, now: datetime) -> CoursePage:
    is_public = SubjectKind(course.subject) == SubjectKind.PUBLIC
    topic = (
        PublicTopic.objects.get(region_id=TOPIC_REGION, year=local_year(now), code=course.slug) if is_public else None
    )
    return CoursePage(
        title=course.title_zh,
        title_en=course.title_en,
        slug=course.slug,
        base=base,
        subject_kind=course.subject,
        topic=topic,
        approved_centihours=centihours_of_seconds(course.seconds, hour_seconds=DEMO_HOUR_SECONDS),
        summary_zh=course.summary_zh,
        summary_en=course.summary_en,
        goals_zh="\n".join(course.will_learn_zh),
        goals_en="\n".join(course.will_learn_en),
        teacher_zh=course.teacher.name_zh,
        teacher_en=course.teacher.name_en,
        teacher_title_zh=course.teacher.title_zh,
        teacher_title_en=course.teacher.title_en,
        exam_question_count=offer.exam_question_count,
        exam_minutes=EXAM_MINUTES,
        pass_mark_percent=PASS_MARK_PERCENT,
        attempts_max=ATTEMPTS_MAX,
    )


def _lecture(script: LectureScript, made: media.MadeLecture, base: Organisation) -> Lecture:
    files, _is_new = LectureMedia.objects.get_or_create(
        sha256=made.sha256,
        collection=desks.collection_of(base),
        defaults={
            "title": f"{script.course_title_zh} {script.number}",
            "video": f"{FOLDER}/{made.video_path.name}",
            "captions_zh": f"{FOLDER}/{made.captions_zh_path.name}",
            "captions_en": f"{FOLDER}/{made.captions_en_path.name}",
            "poster": f"{FOLDER}/{made.poster_path.name}",
            "duration_ms": made.duration_ms,
        },
    )
    return Lecture(
        sort_order=script.number,
        title_zh=script.title_zh,
        title_en=script.title_en,
        media=files,
        check_questions=_check_questions(script),
    )


def _check_questions(script: LectureScript) -> list[tuple[str, object]]:
    """Ask, after each slide, which line stood on it: the others are lines of the other slides."""
    questions: list[tuple[str, object]] = []
    after_s = 0
    for slide in script.slides:
        after_s += slide.seconds
        others = [other for other in script.slides if other is not slide]
        question = {
            "text_zh": f"“{slide.title_zh}”这一页讲到了哪一点？",
            "text_en": f"Which of these did “{slide.title_en}” say?",
            "after_s": after_s,
            "options": [
                {"text_zh": one.lines_zh[0], "text_en": one.lines_en[0], "is_right": one is slide}
                for one in (slide, *others)
            ],
        }
        if others:
            questions.append(("question", question))
    return questions
