"""The learner's own pages."""

from django.urls import path

from learning.views import years

urlpatterns = [
    path("me/", years.present_year, name="me"),
]
