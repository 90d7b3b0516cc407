"""The sockets of learning. Origin and login are looked at before they are reached (learning.asgi)."""

from django.urls import URLPattern, URLResolver, path

from learning.consumers import JobConsumer

websocket_urlpatterns: list[URLPattern | URLResolver] = [
    path("ws/jobs/", JobConsumer.as_asgi(), name="jobs"),  # type: ignore[arg-type]  # Django's stub knows views only
]
