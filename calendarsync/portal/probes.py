"""Questions to either side that nobody waits for longer than wanted: each in a thread, none with the database."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from threading import Thread
from typing import TypeVar

import orjson

from mss.microsoft.errors import TokenRefused
from mss.wire import TryLater

from .. import connect
from ..core.ports import Mailbox, Missing, PortError, Refused, Unavailable
from ..core.window import Window
from ..models import Provider

T = TypeVar("T")

HOUR = timedelta(hours=1)
PERMISSION = re.compile(r"[A-Za-z.]{1,60}")


def begun(call: Callable[[], T]) -> Future[T]:
    """The answer to come. Not even the end of the process waits for it."""
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except Exception as error:
            answer.set_exception(error)

    Thread(target=work, name="probe", daemon=True).start()
    return answer


def within(seconds: float, answer: Future[T]) -> T:
    """Raises Unavailable("timeout") where it has not come by then, and whatever the call raised."""
    try:
        return answer.result(max(0.0, seconds))
    except TimeoutError:
        raise Unavailable("timeout") from None


def permissions(tenant: str) -> frozenset[str]:
    """What a token names that Microsoft makes just now; the next calls use it too. Raises SourceError.

    One that was made before works for an hour after a consent or permission is withdrawn."""
    tokens = connect.tokens()
    tokens.forget(tenant)
    try:
        return _named(tokens.token(tenant))
    except TokenRefused as error:
        raise Refused(error.kind, f"AADSTS{error.code}") from None
    except TryLater as error:
        raise Unavailable(error.code, error.detail, error.retry_after) from None


def _named(token: str) -> frozenset[str]:
    """A token is officially opaque: its `roles` are for diagnosis, never the only test (identity.md 5)."""
    try:
        payload = token.split(".")[1]
        roles = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["roles"]
        return frozenset(role for role in roles if PERMISSION.fullmatch(role))
    except (ValueError, IndexError, KeyError, TypeError):
        return frozenset()


def read(provider: Provider, mailbox: Mailbox, now: datetime) -> None:
    """The coming hour of one calendar, without titles. An id that is not known is looked up. Raises SourceError."""
    source = connect.notifier(provider)
    if not mailbox.id:
        for _, found in source.find([mailbox.email]):
            if isinstance(found, PortError):
                raise found
            mailbox = found
    for _, result in source.read([mailbox], Window(now, now + HOUR, connect.zone(provider.company))):
        if isinstance(result, PortError):
            raise result
        return
    raise Missing("mailbox_not_found")
