"""The One X of this installation's settings, over one pool of connections a process."""

from functools import cache

import httpx
from django.conf import settings

from .client import OneX

TIMEOUT = httpx.Timeout(15, connect=5)


def onex() -> OneX:
    return OneX(settings.ONEX_URL, settings.ONEX_TOKEN, _http())


def forget() -> None:
    """Drop the connections: after settings changed, and after a fork."""
    _http.cache_clear()


@cache
def _http() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False)
