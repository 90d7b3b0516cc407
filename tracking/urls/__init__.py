"""The addresses of tracking."""

from django.urls import path

from tracking.views import base_days, lectures, lessons_why, live_presence, media, progress, tickets

app_name = "tracking"
_LESSON = "learn/<slug:course_key>/<int:number>/"

urlpatterns = [
    path("base/<slug:slug>/days/", base_days.days_of, name="base-days"),
    path("base/<slug:slug>/days/export/", base_days.export, name="base-days-export"),
    path("base/<slug:slug>/live/", live_presence.live_presence_of_base, name="live-presence"),
    path("learn/enrolments/<int:enrolment_id>/resume/", progress.resume, name="resume"),
    path("learn/why/<int:enrolment_id>/<int:number>/", lessons_why.lesson_why, name="lesson-why"),
    path(
        "learn/why/<int:enrolment_id>/<int:number>/lines.csv", lessons_why.lesson_why_export, name="lesson-why-export"
    ),
    path("learn/<slug:course_key>/progress/", progress.course_progress, name="course-progress"),
    path(_LESSON, lectures.lecture, name="lecture"),
    path(f"{_LESSON}ticket/", tickets.ticket, name="ticket"),
    path(f"{_LESSON}coverage/", tickets.coverage, name="coverage"),
    path(f"{_LESSON}video.mp4", media.video, name="video"),
    path(f"{_LESSON}captions.<slug:language>.vtt", media.captions, name="captions"),
    path(f"{_LESSON}poster.jpg", media.poster, name="poster"),
]
