"""The sockets of tracking. Origin and login are looked at before they are reached (learning.asgi)."""

from django.urls import URLPattern, URLResolver, path

from tracking import group_commit
from tracking.consumers import viewing_socket

websocket_urlpatterns: list[URLPattern | URLResolver] = [
    path("ws/track/", viewing_socket, name="track"),  # type: ignore[arg-type]  # Django's stub knows views only
]

# Only a process that serves sockets imports this.
group_commit.drain_on_signal(group_commit.drain_all)
