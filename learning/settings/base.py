"""What every way of running shares; the mode files add only what differs."""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from learning.settings._notices import *  # noqa: F403 -- settings are one namespace
from learning.settings._proofs import *  # noqa: F403
from learning.settings._sweeps import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

#: Where everything that is made at run time lives: database, media, broker.
VAR_DIR = Path(env.str("HOURBOOK_VAR", default=str(BASE_DIR / "var"))).resolve()

INSTALLED_APPS = [
    "learning",
    "cms",
    "tracking",
    "assessments",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.locales",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "csp",
    "django_htmx",
    "lucide",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Outside of all that may answer early, so that redirects and files carry the headers too.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "learning.middleware.PrivatePagesMiddleware",
    "learning.middleware.SignedOutMiddleware",
    "cms.middleware.DeskMiddleware",
]

ROOT_URLCONF = "learning.urls"
ASGI_APPLICATION = "learning.asgi.application"
# NB: no WSGI_APPLICATION; sockets and ranged media need ASGI.

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "learning.context_processors.page",
            ],
        },
    }
]

# People -----------------------------------------------------------------------
AUTH_USER_MODEL = "learning.Person"
AUTHENTICATION_BACKENDS = ["learning.access.IdentifierBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "learning:me"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "learning.forms.AccountAdapter"
ACCOUNT_FORMS = {"login": "learning.forms.SignInForm", "change_password": "learning.forms.PasswordForm"}
# Failed tries: per place; per account at one place; per account from anywhere but known devices.
# Not every try, as allauth would: a whole class signs in from one address within a minute.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "30/m/ip,5/5m/key", "login_failed_anywhere": "50/h/key"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# Sessions survive Redis: the database holds them (RELIABILITY §5.8).
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

# Language and time ---------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LOCALE_PATHS: list[Path] = []
# English dates as the texts write them: 31 December 2026, 14:06.
FORMAT_MODULE_PATH = ["learning.formats"]

# Files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
# NB: no /media/ URL is mounted: lecture files and PDFs are served by views that ask first.
MEDIA_URL = "/files/"
#: Bundles of old months of viewing; on every node and worker the same folder.
VIEWING_ARCHIVE_DIR = Path(env.str("HOURBOOK_ARCHIVES", default=str(VAR_DIR / "archives")))
#: A month younger than this stays in the database alone (TRACKING §4).
VIEWING_ARCHIVE_AFTER_MONTHS = 13
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# Wagtail: authoring only (D3) ------------------------------------------------------
WAGTAIL_SITE_NAME = "学时簿 Hourbook"
WAGTAILADMIN_BASE_URL = env.str("HOURBOOK_BASE_URL", default="http://127.0.0.1:8000")
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILADMIN_LOGIN_URL = LOGIN_URL
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
# An e-mail address is a sign-in name: units and bureaus keep those.
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_USER_CREATION_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]

# Security -------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
#: The strict policy (D12); the authoring desk's own answers set theirs first (cms.middleware).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Learning record store (xAPI): none unless named ----------------------------------------
LRS_URL = env.str("HOURBOOK_LRS_URL", default="")
LRS_KEY = env.str("HOURBOOK_LRS_KEY", default="")
LRS_SECRET = env.str("HOURBOOK_LRS_SECRET", default="")
LRS_HTTPS_ONLY = True
#: Names us in statements; set it once and keep it when the address changes. Empty: the address.
PLATFORM_IRI = env.str("HOURBOOK_PLATFORM_IRI", default="")

# Background work ---------------------------------------------------------------------
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "learning": {"level": "INFO"},
        "tracking": {"level": "INFO"},
        "assessments": {"level": "INFO"},
        "cms": {"level": "INFO"},
    },
}

#: The demo's own marks (accounts table, short hours) show only where this is true.
IS_DEMO = False
