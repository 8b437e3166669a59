"""One settings file; every value that differs between installations comes from the environment (design 8).

`mss/checks.py` refuses values that cannot work, with a hint.
"""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from .environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()

# The service itself

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development" if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
NOTIFICATION_URL = env.str("NOTIFICATION_URL", default=PUBLIC_URL).rstrip("/")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

ROOT_URLCONF = "mss.urls"
WSGI_APPLICATION = "mss.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "accounts",  # before allauth and the admin, whose templates it replaces
    "calendarsync",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "accounts.telenor_id",
    "auditlog",
    "csp",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mss.middleware.NoStoreMiddleware",
    "mss.middleware.BoundsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.SessionAgeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.staff.SecondFactorMiddleware",
    "accounts.audit.ActorMiddleware",
]

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
                "accounts.frame.frame",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# A Graph notification is at most a list of 1,000 small objects (robustness 2).
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# No inline script or style anywhere (interface 1.3). What leaves for Telenor ID is a link, which form-action allows.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        **{f"{kind}-src": ["'self'"] for kind in ("script", "style", "font", "img", "connect")},
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# HTTPS: only development goes without. The proxy in front terminates TLS.
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # asked inside, without TLS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
if not DEBUG:  # a browser takes a name that begins so from this host alone, over TLS (RFC 6265bis 4.1.3)
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_AGE = 12 * 3600  # seconds; `accounts.sessions` ends an idle one after 30 minutes
SESSION_ENGINE = "accounts.sessionstore"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # gone with the session
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = not DEBUG, True, "Lax"
AUDITLOG_CID_HEADER = None  # what a client calls its request is not kept
CSRF_FAILURE_VIEW = "accounts.views.stale_form"
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# Database

DATABASES = {
    "default": env.address("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'mss.sqlite3'}", "db_url")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Django's defaults lose writes to "database is locked" between threads and processes (libraries.md, SQLite).
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CACHES = {"default": env.address("CACHE_URL", "locmemcache://", "cache_url")}
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    CACHES["default"] |= {"KEY_PREFIX": "mss", "OPTIONS": {"serializer": "mss.cache.SignedSerializer"}}
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")  # empty: `sync --watch` is the engine

# Secrets at rest: keys of Fernet, newest first.
FIELD_KEYS = env.list("FIELD_KEYS", default=["b25seS1mb3ItZGV2ZWxvcG1lbnQtYW5kLXRlc3RzLiE="] if DEBUG else [])

# Who signs in: administrators through Telenor ID (OpenID Connect), Telenor staff with an account of their own.

TELENOR_ID_ISSUER = env.str("TELENOR_ID_ISSUER", default="")
TELENOR_ID_CLIENT_ID = env.str("TELENOR_ID_CLIENT_ID", default="")
TELENOR_ID_CLIENT_SECRET = env.str("TELENOR_ID_CLIENT_SECRET", default="")
TELENOR_ID_SCOPES = env.str("TELENOR_ID_SCOPES", default="openid profile").split()
TELENOR_ID_CLAIM = env.str("TELENOR_ID_CLAIM", default="sub")  # what One X knows a person by

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "accounts.staff.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # nobody signs up: see the adapter
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
SOCIALACCOUNT_ADAPTER = "accounts.telenor_id.adapter.Adapter"
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "accounts.staff.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Microsoft Sync"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
] + [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}
]

# Mail

globals().update(env.address("EMAIL_URL", "consolemail://" if DEBUG else "smtp://localhost:25", "email_url"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="microsoft-sync@localhost")

# Microsoft

MICROSOFT_CLIENT_ID = env.str("MICROSOFT_CLIENT_ID", default="")
MICROSOFT_CLIENT_SECRET = env.str("MICROSOFT_CLIENT_SECRET", default="")
MICROSOFT_CERTIFICATE = env.str("MICROSOFT_CERTIFICATE", default="", multiline=True)
MICROSOFT_APP_NAME = env.str("MICROSOFT_APP_NAME", default="Microsoft Sync")  # as Entra lists it
MICROSOFT_AUTHORITY = env.str("MICROSOFT_AUTHORITY", default="https://login.microsoftonline.com").rstrip("/")
# Where a browser goes to sign in and consent.
MICROSOFT_LOGIN_URL = env.str("MICROSOFT_LOGIN_URL", default=MICROSOFT_AUTHORITY).rstrip("/")
GRAPH_URL = env.str("GRAPH_URL", default="https://graph.microsoft.com/v1.0")
OUTLOOK_ADDIN_ID = env.str("OUTLOOK_ADDIN_ID", default="").lower()

# One X

ONEX_URL = env.str("ONEX_URL", default="").rstrip("/")
ONEX_TOKEN = env.str("ONEX_TOKEN", default="")
ONEX_WEB_URL = env.str("ONEX_WEB_URL", default="https://onex.telenor.se")
ONEX_BAR_LINKS = env.dict("ONEX_BAR_LINKS", default={})  # name=address of the other items of the One X bar
SUPPORT_PHONE = env.str("SUPPORT_PHONE", default="")

# Exchange Server at a customer's: networks that staff may allow for one, and the addresses its firewall must know.

EWS_ALLOWED_NETWORKS = env.list("EWS_ALLOWED_NETWORKS", default=[])
SERVICE_ADDRESSES = env.list("SERVICE_ADDRESSES", default=[])

# The engine

READ_INTERVAL = env.int(
    "READ_INTERVAL", default=50
)  # minutes between readings that no knock asked for; 0: never
GRACE_HOURS = env.int(
    "GRACE_HOURS", default=24
)  # how long One X keeps absences of a provider or mailbox we cannot read

# Language and time

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "mss" / "locale"]
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG  # development needs no collectstatic

LOG_LEVEL = env.str("LOG_LEVEL", default="WARNING").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
    raise ImproperlyConfigured("LOG_LEVEL cannot be read: write DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # They name addresses and their queries, and so people, in what they find worth telling.
    "loggers": {name: {"level": "ERROR"} for name in ("httpx", "httpcore", "msal", "urllib3", "stamina")},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}

if dsn := env.str("SENTRY_DSN", default=""):
    from . import reports

    reports.start(dsn)
