"""The learner's own pages, and the files they handed in."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from learning.views import (
    accounts,
    courses,
    enrolments,
    entries,
    hours,
    messages,
    promotions,
    proof_files,
    waivers,
    why,
    years,
)


class YearConverter(IntConverter):
    """A year of four digits."""

    regex = "[0-9]{4}"


register_converter(YearConverter, "year")

urlpatterns = [
    path("me/", years.present_year, name="me"),
    path("me/<year:year>/", years.year, name="year"),
    path("me/<year:year>/print/", years.statement, name="statement"),
    path("me/<year:year>/waiver/", waivers.waiver, name="waiver"),
    path("waivers/proofs/<int:pk>/", proof_files.proof, name="proof"),
    path("me/courses/", courses.courses, name="courses"),
    path("me/hours/", hours.hours, name="hours"),
    path("me/hours/export/", hours.export, name="hours-export"),
    path("me/hours/<int:pk>/", entries.entry, name="entry"),
    path("me/hours/<int:pk>/why/", why.why, name="why"),
    path("me/hours/<int:pk>/resubmit/", entries.resubmit, name="resubmit"),
    path("me/promotion/", promotions.promotion, name="promotion"),
    path("me/profile/", accounts.profile, name="profile"),
    path("me/profile/check-time/", accounts.check_time, name="check-time"),
    path("me/messages/", messages.inbox, name="messages"),
    path("me/messages/read/", messages.read, name="messages-read"),
    path("me/messages/settings/", messages.choices, name="messages-settings"),
    path("me/messages/stop/<str:token>/", messages.stop, name="messages-stop"),
    path("me/messages/<int:pk>/", messages.open_one, name="message"),
    path("display/", accounts.display, name="display"),
    path("courses/<slug:course_key>/enrol/", enrolments.enrol, name="enrol"),
]
