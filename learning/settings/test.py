"""Embedded settings, made quick and repeatable for the test run.

`HOURBOOK_TEST_DATABASE_URL` and `HOURBOOK_TEST_REDIS_URL` point the same tests
at throwaway PostgreSQL and Redis servers.
"""

from typing import Any

from learning.settings.embedded import *  # noqa: F403 -- settings are one namespace
from learning.settings.embedded import DATABASES, VAR_DIR, env

IS_DEMO = False
SECRET_KEY = "test-only-secret-key-that-protects-nothing-at-all-0123456789"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
WEBSOCKET_ORIGINS = ["http://testserver:80", "127.0.0.1", "localhost"]
MEDIA_ROOT = VAR_DIR / "test-media"
CELERY_TASK_ALWAYS_EAGER = True
ROOT_ANCHORS = {}
# A test run survives no power cut.
_options: dict[str, Any] = DATABASES["default"]["OPTIONS"]  # type: ignore[assignment]
_options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")

if env.str("HOURBOOK_TEST_DATABASE_URL", default=""):
    DATABASES["default"] = env.db("HOURBOOK_TEST_DATABASE_URL")
if env.str("HOURBOOK_TEST_REDIS_URL", default=""):
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                "hosts": [{"address": env.str("HOURBOOK_TEST_REDIS_URL"), "socket_timeout": 30}],
                # Workers share the server: the first person of one is not the first person of another.
                "prefix": f"hourbook-{env.str('PYTEST_XDIST_WORKER', default='alone')}",
            },
        }
    }
