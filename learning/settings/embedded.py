"""One command, no services: SQLite, an in-memory channel layer, a broker of files.

For trying Hourbook and for a single small office. One web process only: the
in-memory channel layer does not cross processes.
"""

from typing import Any

from learning.settings._anchors import anchors
from learning.settings._keys import local_secret
from learning.settings._pdf_signing import local_certificate, pdf_signing
from learning.settings.base import *  # noqa: F403 -- settings are one namespace
from learning.settings.base import VAR_DIR, env

DEBUG = env.bool("HOURBOOK_DEBUG", default=False)
IS_DEMO = True
ALLOWED_HOSTS = env.list("HOURBOOK_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# `manage.py demo` says the exact origins, scheme and port; started by hand, the host names must do.
WEBSOCKET_ORIGINS: list[str] = env.list("HOURBOOK_ORIGINS", default=ALLOWED_HOSTS)
CSRF_TRUSTED_ORIGINS: list[str] = []

SECRET_KEY = local_secret(VAR_DIR, "django")
#: Encrypts ID numbers at rest; a second key makes their blind index (D1).
FIELD_ENCRYPTION_KEYS = [local_secret(VAR_DIR, "field-encryption")]
BLIND_INDEX_KEY = local_secret(VAR_DIR, "blind-index")
#: Signs certificates (Ed25519 seed, D10).
SIGNING_SEED = local_secret(VAR_DIR, "signing")
#: Signs the PDFs: a self-signed certificate of this installation, until the environment names a better one.
PDF_SIGNING = pdf_signing(env, default_file=local_certificate(VAR_DIR))
#: Signs the daily roots of both ledgers, of viewing and of hours: a key of its own.
ROOT_SIGNING_SEED = local_secret(VAR_DIR, "root-signing")
#: NB: a file beside the database proves little; name one on another machine's disk.
ROOT_ANCHORS = anchors(env, default_file=str(VAR_DIR / "anchors" / "roots.txt"))

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "hourbook.sqlite3",
        # FULL, not NORMAL: an acknowledged second survives a power cut (D7).
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
                "PRAGMA cache_size=-20000; PRAGMA mmap_size=1073741824;"
                # Without it REPLACE deletes a row past the append-only triggers.
                "PRAGMA recursive_triggers=ON;"
            ),
        },
        "TEST": {"NAME": VAR_DIR / "test.sqlite3"},
    }
}

CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
# The limiter counts in the database's cache table, not per process.
# NB: a full table throws out live counters; at the usual 300 rows a stranger could have them thrown out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "learning_cache",
        # What is counted up is kept for this long, whatever its window: two of the longest (views.limits).
        "TIMEOUT": 7_200,
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# A store on the same machine or in the office needs no certificate here.
LRS_HTTPS_ONLY = False

BROKER_DIR = VAR_DIR / "broker"
for _folder in ("queue", "processed", "control"):
    (BROKER_DIR / _folder).mkdir(parents=True, exist_ok=True)
CELERY_BROKER_URL = "filesystem://"
# kombu's own lets a worker read a message that is not written yet, and ends it.
CELERY_BROKER_TRANSPORT = "learning.file_broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(BROKER_DIR / "queue"),
    "data_folder_out": str(BROKER_DIR / "queue"),
    "processed_folder": str(BROKER_DIR / "processed"),
    "control_folder": str(BROKER_DIR / "control"),
    "store_processed": False,
    "polling_interval": 0.1,
}
CELERY_WORKER_POOL = "threads"

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
#: Where learning.actions.sms_backends.FileSms writes, if it is the backend.
SMS_FILE = VAR_DIR / "sms.jsonl"
