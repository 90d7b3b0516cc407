"""The one ASGI door: HTTP to Django, sockets to the apps that own them."""

import gc
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learning.settings.embedded")
http_application = get_asgi_application()

from django.conf import settings  # noqa: E402 -- Django must be set up first

from learning.middleware import SocketLogin  # noqa: E402 -- as above
from learning.routing import websocket_urlpatterns as job_sockets  # noqa: E402 -- as above
from tracking.routing import websocket_urlpatterns as viewing_sockets  # noqa: E402 -- as above

application = ProtocolTypeRouter(
    {
        "http": http_application,
        # NB: scheme and port are checked too; ALLOWED_HOSTS alone would let http:// in.
        "websocket": OriginValidator(
            SocketLogin(
                URLRouter([*viewing_sockets, *job_sockets])  # type: ignore[list-item]  # its stub knows only its own
            ),
            settings.WEBSOCKET_ORIGINS,
        ),
    }
)

# What was loaded stays, and sockets live long: looked at less often, they cost half of the time. The oldest
# are looked at too, though only when a quarter more of them has come (the collector's own rule, which begins to
# count after its last full look): a closed socket is a knot of the libraries' that nothing else unties.
# Source: TRACKING §2, Channels pitfalls.
gc.collect()
gc.freeze()
gc.collect()
gc.set_threshold(50_000, 5, 2)
