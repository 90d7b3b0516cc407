"""The addresses of assessments."""

from django.urls import path

from assessments.views import attempts, base_exams, exams

app_name = "assessments"
urlpatterns = [
    path("base/<slug:slug>/exams/", base_exams.exams_of_base, name="base-exams"),
    path("exams/<int:enrolment_id>/", exams.exam, name="exam"),
    path("exams/<int:enrolment_id>/take/", attempts.take, name="take"),
    path("exams/<int:enrolment_id>/take/save/", attempts.save, name="save"),
    path("exams/<int:enrolment_id>/take/review/", attempts.submit, name="submit"),
    path("exams/<int:enrolment_id>/result/", exams.result, name="result"),
]
