"""One settings file for every place: what differs is read from the environment (README.md)."""

import secrets
import sys
import zoneinfo
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from config import env

# One edition of the rules of time zones everywhere: the pinned package, not the machine's.
zoneinfo.reset_tzpath(to=())

BASE_DIR = env.ROOT
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

DEBUG = env.flag("DEBUG", default=False)
TESTING = env.flag("TESTING", default="pytest" in sys.modules)
RING_IN_TESTS = env.flag("RING_IN_TESTS", default=False)
PORT = env.number("PORT", 8000, least=1)
PUBLIC_BASE_URL = env.base_url(
    "PUBLIC_BASE_URL", f"http://localhost:{PORT}" if DEBUG or TESTING else None
)
ALLOWED_HOSTS = env.listing(
    "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG or TESTING else []
)
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the host names of this site, with commas.")


def _secret_key() -> str:
    """SECRET_KEY; while developing, one made on the first start and kept in var/."""
    if not (DEBUG or TESTING):
        key = env.text("SECRET_KEY")
        if len(key) < 32:
            raise ImproperlyConfigured("SECRET_KEY is too short: use at least 32 characters.")
        return key
    kept = VAR_DIR / "secret_key"
    if not kept.exists():
        kept.write_text(secrets.token_urlsafe(50))
        kept.chmod(0o600)
    return env.text("SECRET_KEY", kept.read_text().strip())


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.listing("SECRET_KEY_FALLBACKS", [])

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "certificates.apps.CertificatesConfig",
    "events.apps.EventsConfig",
    "programmes.apps.ProgrammesConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_q",
    "django_htmx",
    "heroicons",
    "template_partials",
    "ninja",
]

MIDDLEWARE = [
    "config.middleware.FeedFirst",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.Reader",
    "config.middleware.Refusals",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "programmes.context.site",
            ],
            "builtins": [
                "django.templatetags.static",
                "programmes.templatetags.lyceum",
            ],
        },
    },
]
FORM_RENDERER = "programmes.forms_renderer.LyceumRenderer"

# --- the database: SQLite out of the box, PostgreSQL when it grows -------------------------------
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'lyceum.sqlite3'}")}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"] = {  # what the address says, as in ?timeout=5, goes before
        # IMMEDIATE takes the write lock at BEGIN, so that two writers queue instead of failing.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Checkpoints write to the disk and wait for it: every 16 MB of changes, not every 4.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16000;"
            "PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY;"
        ),
        **DATABASES["default"].get("OPTIONS", {}),
    }
    DATABASES["default"]["CONN_MAX_AGE"] = 600
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache and tasks ------------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL", "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "lyceum",
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}
RATE_LIMITS = env.flag("RATE_LIMITS", default=True)
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
WEB_WORKERS = env.number("WEB_WORKERS", 2, least=1)
TASK_WORKERS = env.number("TASK_WORKERS", 2, least=1)
# Longer than any one effect takes: after that its worker counts as dead and another takes over.
OUTBOX_LEASE_SECONDS = env.number("OUTBOX_LEASE_SECONDS", 90, least=5)

# django-q2 is the doorbell and the clock; the work itself lives in the outbox
# (docs/decisions/0002). guard_cycle must divide timeout; retry must outlast timeout.
Q_CLUSTER = {
    "name": "lyceum",
    "orm": "default",
    "workers": TASK_WORKERS,
    "queue_limit": 1,
    "bulk": 1,
    "timeout": 120,
    "retry": 900,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 100,
    "recycle": 200,
    "max_rss": 400_000,
    "guard_cycle": 0.5,
    "poll": 0.5,
    "label": "Background tasks",
}

# --- people and sign-in ---------------------------------------------------------------------------
AUTH_USER_MODEL = "programmes.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/organize/"
ACCOUNT_ADAPTER = "programmes.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {} if RATE_LIMITS else False
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else ["django.contrib.auth.hashers.ScryptPasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- mail -----------------------------------------------------------------------------------------
EMAIL_FROM = env.text(
    "EMAIL_FROM", "Smart Coalitions <events@localhost.example>" if DEBUG or TESTING else None
)
DEFAULT_FROM_EMAIL = EMAIL_FROM
EMAIL_TIMEOUT = 20
if env.text("EMAIL_URL", ""):
    vars().update(env.mail("EMAIL_URL"))
else:
    EMAIL_BACKEND = "kit.mail.EmlFiles"
EMAIL_FILE_PATH = env.text("MAIL_DIR", str(VAR_DIR / "mail"))
# The right side of every calendar UID and Message-ID: fixed for the life of an installation.
IDENTITY_DOMAIN = env.text("IDENTITY_DOMAIN", "lyceum.smartcoalitions.example")

# --- calendars of others --------------------------------------------------------------------------
# Networks to read from as if they were public, over http as well: for servers of tests and trials.
FETCH_OPEN_NETWORKS = env.listing("FETCH_OPEN_NETWORKS", [])
if FETCH_OPEN_NETWORKS and not (DEBUG or TESTING):
    raise ImproperlyConfigured(
        "FETCH_OPEN_NETWORKS opens private networks to whoever types an address: unset it, "
        "or switch DEBUG on where this is a trial."
    )
REPLY_MAIL_DIR = env.text("REPLY_MAIL_DIR", "")

# --- files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
FONT_DIR = BASE_DIR / "static" / "fonts"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "kit.statics.LenientManifest"
    },
}
WHITENOISE_MANIFEST_STRICT = False
# Source maps of the API docs are read by nobody here and took half the time of a first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- security -------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
HTTPS = PUBLIC_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = False  # the proxy in front does it; docs/operations.md
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "programmes.views.public.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "kit.logs.MaskTokens"}},
    "formatters": {"line": {"format": "{levelname:7} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask"]}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "lyceum": {"level": "INFO"},
        # Named here, they lose the handlers of Django's own, which write addresses as they came.
        "django": {"level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
SILENCED_SYSTEM_CHECKS = ["security.W008", "account.W001"]
