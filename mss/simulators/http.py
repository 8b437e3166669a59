"""What the faces have in common: a request is noted, meets its fault, and is answered."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import orjson
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from .faults import Fault
from .world import Asked, World

# Seen in `world.requests`; the rest, and above all Authorization, is not kept.
NOTED = ("Prefer", "ConsistencyLevel", "Client-Request-Id", "X-Request-ID", "Content-Type", "User-Agent")

CODES = {429: "TooManyRequests", 503: "ServiceUnavailable"}


class RefusalError(Exception):
    """A face says no: status, its own kind of code, and a sentence. `retry_after` in seconds."""

    def __init__(
        self, status: int, code: str | int, message: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.retry_after = status, code, retry_after
        self.message = message or str(code)


@dataclass(frozen=True)
class Face:
    """One of the world's servers: how it answers, and how it says no."""

    name: str
    world: World
    answer: Callable[[Request], Response]
    refuse: Callable[[Request, RefusalError], Response]

    def __call__(self, request: Request, part: bool = False) -> Response:
        """The answer to a request; `part`: inside a `$batch`. Raises ConnectionResetError on a fault."""
        self._note(request, part)
        query = unquote_plus(request.query_string.decode())
        where = f"{request.path}?{query}" if query else request.path
        fault = self.world.faults.strike(self.name, request.method, where, part)
        return self._trouble(request, fault) if fault else self._settle(request)

    def _trouble(self, request: Request, fault: Fault) -> Response:
        time.sleep(fault.delay)
        answer = self._settle(request) if fault.after_applying else None
        if fault.reset:
            raise ConnectionResetError("a fault was ordered")
        if fault.garbage:
            return Response(b'{"value": [{"id": ', content_type="application/json")
        status = fault.status or (500 if fault.after_applying else 400 if fault.code else None)
        if status is None:
            return answer or self._settle(request)
        code = fault.code or CODES.get(status, "InternalServerError")
        return self._refuse(request, RefusalError(status, code, "a fault was ordered", fault.retry_after))

    def _settle(self, request: Request) -> Response:
        try:
            return self.answer(request)
        except RefusalError as refusal:
            return self._refuse(request, refusal)
        except HTTPException as problem:
            words = problem.description or problem.name
            return self._refuse(request, RefusalError(problem.code or 500, "BadRequest", words))

    def _refuse(self, request: Request, refusal: RefusalError) -> Response:
        answer = self.refuse(request, refusal)
        answer.status_code = refusal.status
        if refusal.retry_after is not None:
            answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer

    def _note(self, request: Request, part: bool) -> None:
        headers = {name: request.headers[name] for name in NOTED if name in request.headers}
        query = request.args.to_dict()
        asked = Asked(self.name, request.method, request.path, query, headers, self.world.now(), part)
        self.world.requests.append(asked)


def json_response(value: Any, status: int = 200, content_type: str = "application/json") -> Response:
    return Response(orjson.dumps(value), status, content_type=content_type)


def json_body(request: Request) -> Any:
    """The request's JSON. Raises ValueError."""
    return orjson.loads(request.get_data())


def bearer(request: Request) -> str | None:
    """The token of the Authorization header."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" and token else None
