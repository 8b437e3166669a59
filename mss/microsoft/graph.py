"""Microsoft Graph over HTTP: single calls and JSON batches, each part with its own outcome.

Facts: learn.microsoft.com/graph/json-batching, …/throttling, …/outlook-immutable-id.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

import httpx

from mss import wire
from mss.wire import Reply, TryLater

from .errors import FAILURES, Failure, GraphRefused

LARGEST_BATCH = 20
# Without it an item gets a new id when it is moved. Graph wants it in every request, parts of a batch too.
PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """One call; `url` is relative to the version, e.g. `/users?$top=1`. Equal only to itself, to be a key."""

    url: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx. `body` is what the JSON held, None without content."""

    status: int
    body: Any


class Graph:
    """A tenant's Graph. `base_url` with or without `/v1.0`; `token(fresh)` gives a bearer token."""

    def __init__(self, base_url: str, token: Callable[[bool], str], http: httpx.Client) -> None:
        base = base_url.rstrip("/")
        self._base = base if urlsplit(base).path else f"{base}/v1.0"
        self._token = token
        self._http = http

    def get(self, url: str) -> Any:
        """The body of one GET. Raises GraphRefused, TokenRefused, TryLater."""
        return self.request(Request(url)).body

    def request(self, request: Request) -> Answer:
        """One call outside a batch. Raises GraphRefused, TokenRefused, TryLater."""
        reply = self._call(request)
        return Answer(reply.status, reply.json() if reply.content else None)

    def batch(
        self, requests: Sequence[Request], size: int = LARGEST_BATCH
    ) -> Iterator[tuple[Request, Answer | Failure]]:
        """Each request with its answer, `size` (≤ 20) a call. What fails a call fails each part of it."""
        for start in range(0, len(requests), size):
            chunk = requests[start : start + size]
            answers = self._parts(chunk, fresh=False)
            if expired := [request for request, answer in answers.items() if _expired(answer)]:
                answers |= self._parts(expired, fresh=True)
            yield from answers.items()

    def relative(self, link: object) -> str | None:
        """A link of Graph's own as a `Request.url`; None if it leads anywhere but to this Graph."""
        try:
            theirs, ours = urlsplit(str(link)), urlsplit(self._base)
            if _origin(theirs) != _origin(ours) or not theirs.path.startswith(f"{ours.path}/"):
                return None
        except ValueError:
            return None
        return theirs.path.removeprefix(ours.path) + (f"?{theirs.query}" if theirs.query else "")

    def _parts(self, chunk: Sequence[Request], *, fresh: bool) -> dict[Request, Answer | Failure]:
        numbered = {str(number): request for number, request in enumerate(chunk, 1)}
        body = {"requests": [_part(number, request) for number, request in numbered.items()]}
        try:
            parts = _by_id(self._call(Request("/$batch", "POST", body), fresh=fresh).json())
        except FAILURES as error:
            return dict.fromkeys(chunk, error)
        return {request: _outcome(parts.get(number)) for number, request in numbered.items()}

    def _call(self, request: Request, *, fresh: bool = False) -> Reply:
        try:
            return wire.briefly(lambda: self._once(request, fresh))
        except GraphRefused as error:
            if error.status != 401 or fresh:
                raise
        return self._call(request, fresh=True)

    def _once(self, request: Request, fresh: bool) -> Reply:
        headers = {"Authorization": f"Bearer {self._token(fresh)}", "client-request-id": str(uuid4())}
        headers |= {"Prefer": PREFER, **request.headers}
        reply = wire.call(self._http, request.method, self._base + request.url, headers, request.body)
        if later := wire.busy(reply.status, reply.headers):
            raise later
        if reply.status >= 400:
            raise GraphRefused(reply.status, _code(_tolerant(reply)), whole=True)
        return reply


def _part(number: str, request: Request) -> dict[str, Any]:
    part = {"id": number, "method": request.method, "url": request.url}
    headers = {"Prefer": PREFER, **request.headers}
    if request.body is None:
        return part | {"headers": headers}
    return part | {"headers": headers | {"Content-Type": "application/json"}, "body": request.body}


def _by_id(body: Any) -> dict[str, Any]:
    """The parts of a batch's answer, which come in any order; the first of two with one id."""
    parts = body.get("responses") if isinstance(body, dict) else None
    if not isinstance(parts, list):
        raise TryLater("bad_answer", "no responses")
    return {str(part.get("id")): part for part in reversed(parts) if isinstance(part, dict)}


def _outcome(part: Any) -> Answer | Failure:
    status = part.get("status") if part else None
    if not isinstance(status, int):
        return TryLater("bad_answer", "part without a status")
    headers = part.get("headers") if isinstance(part.get("headers"), dict) else {}
    if later := wire.busy(status, httpx.Headers({str(name): str(value) for name, value in headers.items()})):
        return later
    if status >= 400:
        return GraphRefused(status, _code(part.get("body")))
    return Answer(status, part.get("body"))


def _expired(answer: Answer | Failure) -> bool:
    return isinstance(answer, GraphRefused) and answer.status == 401 and not answer.whole


def _tolerant(reply: Reply) -> Any:
    """A refusal is one even where its body is a proxy's page."""
    try:
        return reply.json()
    except TryLater:
        return None


def _code(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code") or "").lower() if isinstance(error, dict) else ""


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme)
