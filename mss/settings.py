"""One settings file; every value that differs between installations comes from the environment (design 8).

`mss/checks.py` refuses values that cannot work, with a hint.
"""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

# The service itself

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development" if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
NOTIFICATION_URL = env.str("NOTIFICATION_URL", default=PUBLIC_URL).rstrip("/")

ROOT_URLCONF = "mss.urls"
WSGI_APPLICATION = "mss.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "auditlog",
    "accounts",
    "calendarsync",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# A Graph notification is at most a list of 1,000 small objects (robustness 2).
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# HTTPS: only development goes without. The proxy in front terminates TLS.
SECURE_SSL_REDIRECT = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.int("TRUSTED_PROXIES", default=0) else None
)

# Database

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'mss.sqlite3'}")}
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

# Microsoft

MICROSOFT_CLIENT_ID = env.str("MICROSOFT_CLIENT_ID", default="")
MICROSOFT_CLIENT_SECRET = env.str("MICROSOFT_CLIENT_SECRET", default="")
MICROSOFT_CERTIFICATE = env.str("MICROSOFT_CERTIFICATE", default="", multiline=True)
MICROSOFT_AUTHORITY = env.str("MICROSOFT_AUTHORITY", default="https://login.microsoftonline.com").rstrip("/")
GRAPH_URL = env.str("GRAPH_URL", default="https://graph.microsoft.com/v1.0")
OUTLOOK_ADDIN_ID = env.str("OUTLOOK_ADDIN_ID", default="").lower()

# One X

ONEX_URL = env.str("ONEX_URL", default="").rstrip("/")
ONEX_TOKEN = env.str("ONEX_TOKEN", default="")

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

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # They name addresses and their queries, and so people, in what they find worth telling.
    "loggers": {name: {"level": "ERROR"} for name in ("httpx", "httpcore", "msal", "urllib3", "stamina")},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
