"""Embedded settings, made quick and repeatable for the test run.

`HOURBOOK_TEST_DATABASE_URL` and `HOURBOOK_TEST_REDIS_URL` point the same tests
at throwaway PostgreSQL and Redis servers.
"""

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
VIEWING_ANCHORS = {}

if env.str("HOURBOOK_TEST_DATABASE_URL", default=""):
    # The test runner empties tables between tests, which the ledger refuses unless a session says otherwise.
    _may_empty = {"options": "-c hourbook.may_empty=on"}
    DATABASES["default"] = {**env.db("HOURBOOK_TEST_DATABASE_URL"), "OPTIONS": _may_empty}
if env.str("HOURBOOK_TEST_REDIS_URL", default=""):
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": env.str("HOURBOOK_TEST_REDIS_URL"), "socket_timeout": 30}]},
        }
    }
