"""PostgreSQL, Redis, several ASGI nodes, Celery workers; everything from the environment.

Refuses to start on a missing, short or sample key: a wrong key is found at
deployment, not by the first learner.
"""

from django.core.exceptions import ImproperlyConfigured

from learning.settings._anchors import anchors
from learning.settings._pdf_signing import pdf_signing
from learning.settings.base import *  # noqa: F403 -- settings are one namespace
from learning.settings.base import env

DEBUG = False
KEY_MIN_CHARACTERS = 40
SAMPLE_MARKS = ("change", "sample", "example", "insecure", "secret-key", "test-only")


def required_key(name: str) -> str:
    """Return a key from the environment.

    Raises: ImproperlyConfigured, when it is missing, shorter than 40 characters
    or carries the words of a sample.
    """
    value = str(env.str(name, default=""))
    if len(value) < KEY_MIN_CHARACTERS or any(mark in value.lower() for mark in SAMPLE_MARKS):
        message = f"{name} must be a random value of at least {KEY_MIN_CHARACTERS} characters, not a sample."
        raise ImproperlyConfigured(message)
    return value


SECRET_KEY = required_key("HOURBOOK_SECRET_KEY")
FIELD_ENCRYPTION_KEYS = [required_key("HOURBOOK_FIELD_ENCRYPTION_KEY")]
BLIND_INDEX_KEY = required_key("HOURBOOK_BLIND_INDEX_KEY")
SIGNING_SEED = required_key("HOURBOOK_SIGNING_SEED")
ROOT_SIGNING_SEED = required_key("HOURBOOK_ROOT_SIGNING_SEED")
#: Only who draws needs the key: name it to the workers, not to the web nodes.
PDF_SIGNING = pdf_signing(env)

ALLOWED_HOSTS = env.list("HOURBOOK_HOSTS")
if not ALLOWED_HOSTS or any("*" in host for host in ALLOWED_HOSTS):
    message = "HOURBOOK_HOSTS must list the exact host names; '*' would also open the sockets to any origin."
    raise ImproperlyConfigured(message)
WEBSOCKET_ORIGINS = [f"https://{host}:443" for host in ALLOWED_HOSTS]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
WAGTAILADMIN_BASE_URL = f"https://{ALLOWED_HOSTS[0]}"

DATABASES = {"default": env.db("HOURBOOK_DATABASE_URL")}
# NB: added to what the address says (sslmode, sslrootcert), never in its place.
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 2, "max_size": 12}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Compiling a page's statement takes a second, starting workers for it longer than running it: what counts
# a whole year still gets them.
DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off -c parallel_setup_cost=10000")

REDIS_URL = env.str("HOURBOOK_REDIS_URL")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # NB: redis-py 8 cuts idle sockets after 5 s unless told otherwise.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 30}]},
    }
}
CACHES = {"default": {"BACKEND": "learning.steady_cache.SteadyCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL

#: Where nginx keeps lecture files for X-Accel-Redirect; empty: the application sends them itself.
HOURBOOK_ACCEL_PREFIX = env.str("HOURBOOK_ACCEL_PREFIX", default="")
#: Public halves (hex) of keys that signed certificates before a rotation.
RETIRED_SIGNING_PUBLIC_KEYS = env.list("HOURBOOK_RETIRED_SIGNING_PUBLIC_KEYS", default=[])
#: The same of the keys that signed daily roots.
RETIRED_ROOT_PUBLIC_KEYS = env.list("HOURBOOK_RETIRED_ROOT_PUBLIC_KEYS", default=[])
#: Where daily roots are left, outside this installation's reach; two places at least.
ROOT_ANCHORS = anchors(env)

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("HOURBOOK_PROXY_COUNT", default=1)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
EMAIL_CONFIG = env.email("HOURBOOK_EMAIL_URL", default="smtp://localhost:25")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("HOURBOOK_FROM_EMAIL", default=f"hourbook@{ALLOWED_HOSTS[0]}")
