"""Doors for other offices' systems: a key instead of a login, the same address in every language."""

from django.urls import path

from learning.views import title_reviews

app_name = "api"
urlpatterns = [path("titles/v1/years/", title_reviews.years, name="title-review-years")]
