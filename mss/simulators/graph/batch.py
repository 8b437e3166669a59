"""Graph's `$batch`: up to 20 requests, each answered as if it had come alone, in another order."""

from typing import Any

import orjson
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from ..http import json_response
from .asking import Asking, bad

MOST = 20


def answer(asking: Asking) -> Response:
    """The answers of all parts."""
    parts = asking.body().get("requests")
    if not isinstance(parts, list) or not parts:
        raise bad("BadRequest", "The requests of a batch are a list that is not empty.")
    if len(parts) > MOST:
        raise bad("BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    _check(parts)
    answers: dict[str, dict[str, Any]] = {}
    for part in parts:
        answers[part["id"]] = _part(asking, part, answers)
    # Any order is allowed; one that is never the order asked lets no caller rely on it.
    return json_response({"responses": list(reversed(answers.values()))})


def _check(parts: list[Any]) -> None:
    seen: set[str] = set()
    for part in parts:
        named = isinstance(part, dict) and all(
            isinstance(part.get(key), str) for key in ("id", "method", "url")
        )
        if not named:
            raise bad("BadRequest", "A request of a batch has an id, a method and a url.")
        if part["id"].lower() in seen:
            raise bad("BadRequest", f"The id '{part['id']}' is not unique.")
        if "://" in part["url"].partition("?")[0]:
            raise bad("BadRequest", "The url of a request is relative.")
        seen.add(part["id"].lower())


def _part(asking: Asking, part: dict[str, Any], before: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if any(before.get(each, {}).get("status", 424) >= 400 for each in part.get("dependsOn", [])):
        return _failed(part, 424, "FailedDependency", "A request this one depends on failed.")
    headers = {str(name): str(value) for name, value in (part.get("headers") or {}).items()}
    if part.get("body") is not None and "content-type" not in {each.lower() for each in headers}:
        return _failed(part, 400, "BadRequest", "A request with a body has a Content-Type.")
    response = asking.graph(_request(asking, part, headers), part=True)
    shown: dict[str, Any] = {
        "id": part["id"],
        "status": response.status_code,
        "headers": dict(response.headers),
    }
    if response.data:
        shown["body"] = _read(response.data)
    return shown


def _request(asking: Asking, part: dict[str, Any], headers: dict[str, str]) -> Request:
    path, _, query = part["url"].partition("?")
    if not any(name.lower() == "authorization" for name in headers):
        headers["Authorization"] = asking.request.headers["Authorization"]
    builder = EnvironBuilder(
        path=f"/v1.0/{path.lstrip('/')}",
        base_url=asking.request.host_url,
        query_string=query,
        method=part["method"].upper(),
        headers=list(headers.items()),
        data=orjson.dumps(part["body"]) if part.get("body") is not None else None,
    )
    return Request(builder.get_environ())


def _read(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except ValueError:
        return data.decode()


def _failed(part: dict[str, Any], status: int, code: str, words: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    body = {"error": {"code": code, "message": words}}
    return {"id": part["id"], "status": status, "headers": headers, "body": body}
