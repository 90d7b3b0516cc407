"""Pages of those who audit and confirm."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
