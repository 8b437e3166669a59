"""One HTTP call, bounded in time and size, and what its failure means: for the clients of Graph and One X."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import orjson
import stamina

TIMEOUT = httpx.Timeout(15, connect=5)
TOTAL_SECONDS = 25.0  # below the lease of a user, whatever the other side does
LARGEST_ANSWER = 20 * 2**20
LONGEST_WAIT = 3600.0
SHORT_WAIT = 2.0

T = TypeVar("T")


class CallError(Exception):
    """A call that gave nothing to work with."""


class TryLater(CallError):  # noqa: N818 - named by what the caller can do
    """No usable answer; the same call may work later.

    `code`: throttled, unreachable, timeout, server_error or bad_answer. `retry_after`: seconds the other side
    asked for, or None. `detail` is for logs and holds no address, body or secret.
    """

    def __init__(self, code: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, detail, retry_after)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with any status, read whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return decode(self.content)


def decode(content: bytes) -> Any:
    """JSON of any kind. Raises TryLater("bad_answer") for what is none."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    # orjson refuses lone surrogates, which Outlook lets through in subjects: no reason to stop a mailbox.
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise TryLater("bad_answer", "not JSON") from None


def call(
    http: httpx.Client, method: str, url: str, headers: Mapping[str, str], body: object = None, **query: str
) -> Reply:
    """Send one request, JSON in and out, and follow no redirect. Raises TryLater without a whole answer."""
    content = None if body is None else orjson.dumps(body)
    sent = {"Accept": "application/json"} | dict(headers)
    if content is not None:
        sent["Content-Type"] = "application/json"
    try:
        with http.stream(
            method,
            url,
            params=query or None,
            headers=sent,
            content=content,
            timeout=TIMEOUT,
            follow_redirects=False,
        ) as response:
            return Reply(response.status_code, response.headers, _whole(response))
    except httpx.TimeoutException as error:
        raise TryLater("timeout", type(error).__name__) from None
    except httpx.TransportError as error:
        raise TryLater("unreachable", type(error).__name__) from None
    except (httpx.RequestError, httpx.InvalidURL) as error:
        raise TryLater("bad_answer", type(error).__name__) from None


def _whole(response: httpx.Response) -> bytes:
    give_up = time.monotonic() + TOTAL_SECONDS
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise TryLater("bad_answer", "too large")
        if time.monotonic() > give_up:
            raise TryLater("timeout", "too slow")
    return bytes(content)


def busy(status: int, headers: Mapping[str, str]) -> TryLater | None:
    """What 408, 429, 5xx mean, and a redirect, which no API here answers with. None for the others."""
    if status == 429:
        return TryLater("throttled", "429", retry_after(headers.get("Retry-After")))
    if status == 408 or status >= 500:
        return TryLater("server_error", str(status), retry_after(headers.get("Retry-After")))
    if status < 200 or 300 <= status < 400:
        return TryLater("bad_answer", str(status))
    return None


def retry_after(text: str | None) -> float | None:
    """Seconds, 0 to 3600, from a `Retry-After` of seconds or an HTTP date. None if unreadable."""
    text = (text or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return min(float(text), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def briefly(attempt: Callable[[], T]) -> T:
    """Call once more after a quick failure. Longer waits are the caller's: it knows what else there is to do.

    `attempt` takes no arguments because stamina logs them.
    """
    return _twice(_worth_a_wait, attempt)


# No second attempt after three seconds: a time-out has used up the patience already.
_twice = stamina.RetryingCaller(attempts=2, timeout=3.0, wait_initial=0.2, wait_max=1.0, wait_jitter=0.3)


def _worth_a_wait(error: Exception) -> bool | float:
    if not isinstance(error, TryLater) or error.code == "bad_answer":
        return False
    if not error.retry_after:
        return True
    return error.retry_after if error.retry_after <= SHORT_WAIT else False
