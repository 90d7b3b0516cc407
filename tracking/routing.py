"""The sockets of tracking. Origin and login are looked at before they are reached (learning.asgi)."""

from django.urls import URLPattern, URLResolver, path

from tracking.consumers import ViewingConsumer

websocket_urlpatterns: list[URLPattern | URLResolver] = [
    path("ws/track/", ViewingConsumer.as_asgi(), name="track"),  # type: ignore[arg-type]  # Django's stub knows views only
]
