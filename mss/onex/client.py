"""The One X API of `docs/onex-api.yaml`. Answers come back as JSON, checked where a caller relies on it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from mss import wire
from mss.wire import CallError, Reply, TryLater

MOST_CHANGES = 500
PAGE = 500
MOST_PAGES = 200
STATUSES = ("applied", "stale", "rejected")

Json = dict[str, Any]


class OneXError(CallError):
    """One X answered 4xx. `code` is that of its problem details. "Try later" is `mss.wire.TryLater`."""

    def __init__(self, status: int, code: str = "") -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code

    def __str__(self) -> str:
        return f"{self.status} {self.code}".strip()


class OneXRefused(OneXError):  # noqa: N818 - named by what the caller can do
    """401, 403: our token, until somebody mends it. Any other 4xx without a class of its own too."""


class OneXNotFound(OneXError):  # noqa: N818
    """404: no such person or customer."""


class OneXTooMany(OneXError):  # noqa: N818
    """413: fewer changes at a time."""


class OneXInvalid(OneXError):  # noqa: N818
    """400, 422: something in the body does not parse."""


CLASSES = {400: OneXInvalid, 404: OneXNotFound, 413: OneXTooMany, 422: OneXInvalid}


class OneX:
    """Every call raises OneXError or TryLater."""

    def __init__(self, base_url: str, token: str, http: httpx.Client) -> None:
        self._base = base_url.rstrip("/")
        self._token = token
        self._http = http

    def person(self, telenor_id: str) -> Json:
        """Who signed in, with a membership for each customer."""
        return self._get(f"/v1/persons/{quote(telenor_id, safe='')}")

    def customer(self, customer: str) -> Json:
        return self._get(_path(customer))

    def extensions(self, customer: str, *, email: str | None = None, q: str | None = None) -> Iterator[Json]:
        """`email` matches whole, ignoring case; `q` a part of name, e-mail or number; neither: all."""
        return self._pages(_path(customer, "/extensions"), email=email, q=q)

    def reasons(self, customer: str) -> list[Json]:
        return _items(self._get(_path(customer, "/reasons")))

    def absences(self, customer: str, extension: str) -> Iterator[Json]:
        """What One X holds that came through this API."""
        return self._pages(_path(customer, "/absences"), extension=extension)

    def apply(self, customer: str, changes: Sequence[Mapping[str, Any]]) -> list[Json]:
        """The result of each change, in the order sent; one may be missing, none is foreign or malformed.

        At most MOST_CHANGES. Never sent twice: what came of a lost answer is for the caller to find out.
        """
        reply = self._once("POST", _path(customer, "/absences:apply"), {"changes": list(changes)})
        return _results([str(change["key"]) for change in changes], _object(reply.json()).get("results"))

    def _get(self, path: str, **query: str) -> Json:
        return _object(wire.briefly(lambda: self._once("GET", path, **query)).json())

    def _pages(self, path: str, **asked: str | None) -> Iterator[Json]:
        query = {name: value for name, value in asked.items() if value is not None} | {"limit": str(PAGE)}
        cursors: set[str] = set()
        while len(cursors) < MOST_PAGES:
            page = self._get(path, **query)
            yield from _items(page)
            cursor = page.get("next")
            if cursor is None:
                return
            if not isinstance(cursor, str) or cursor in cursors:
                break
            cursors.add(cursor)
            query["cursor"] = cursor
        raise TryLater("bad_answer", "next page")

    def _once(self, method: str, path: str, body: object = None, **query: str) -> Reply:
        headers = {"Authorization": f"Bearer {self._token}", "X-Request-ID": str(uuid4())}
        reply = wire.call(self._http, method, self._base + path, headers, body, **query)
        if later := wire.busy(reply.status, reply.headers):
            raise later
        if reply.status >= 400:
            raise CLASSES.get(reply.status, OneXRefused)(reply.status, _code(reply))
        return reply


def _path(customer: str, rest: str = "") -> str:
    return f"/v1/customers/{quote(customer, safe='')}{rest}"


def _object(body: Any) -> Json:
    if not isinstance(body, dict):
        raise TryLater("bad_answer", "no object")
    return body


def _items(body: Json) -> list[Json]:
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise TryLater("bad_answer", "no items")
    return items


def _results(keys: list[str], results: Any) -> list[Json]:
    if not isinstance(results, list) or not all(map(_well_formed, results)):
        raise TryLater("bad_answer", "results")
    remaining = iter(keys)
    # `in` moves the iterator on: true only while the keys come in the order sent.
    if not all(result["key"] in remaining for result in results):
        raise TryLater("bad_answer", "results of other changes")
    return results


def _well_formed(result: Any) -> bool:
    if not isinstance(result, dict) or not isinstance(result.get("key"), str):
        return False
    if result.get("status") == "stale":
        return type(result.get("held_version")) is int
    return result.get("status") in STATUSES


def _code(reply: Reply) -> str:
    try:
        return str(_object(reply.json()).get("code") or "")
    except TryLater:
        return ""
