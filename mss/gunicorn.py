"""How the web process runs: `gunicorn --config python:mss.gunicorn mss.wsgi`."""

import os

import django

from mss import checks, leash

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# Nothing here works for long: a notification is one UPDATE, and Microsoft listens for three seconds.
timeout = 30
graceful_timeout = 15
keepalive = 75  # longer than a proxy keeps idle connections, so that it never finds one closed
accesslog = None
errorlog = "-"
control_socket_disable = True  # one file for all web processes of a user, and nothing here needs it
loglevel = os.environ.get("LOG_LEVEL", "warning").lower()


def on_starting(arbiter: object) -> None:
    """Configuration that cannot work says so, and nothing is served."""
    leash.follow()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mss.settings")
    django.setup()
    checks.refuse_to_start()
