"""Errors to Sentry (SENTRY_DSN), without what logs may not hold either: addresses, codes, what was typed."""

from typing import Any

import sentry_sdk


def start(dsn: str) -> None:
    sentry_sdk.init(
        dsn=dsn,
        before_send=without_what_was_asked,
        before_breadcrumb=without_calls,
        max_request_body_size="never",
        include_local_variables=False,
    )


def without_what_was_asked(event: Any, hint: Any) -> Any:
    """Queries hold searched addresses, and Telenor ID's code; cookies the session; a user is a person."""
    request = event.get("request") or {}
    for name in ("query_string", "cookies", "data", "headers", "env"):
        request.pop(name, None)
    request["url"] = str(request.get("url", "")).partition("?")[0]
    event.pop("user", None)
    return event


def without_calls(breadcrumb: Any, hint: Any) -> Any:
    """Calls to Microsoft and One X name people in their addresses."""
    return None if breadcrumb.get("category") in ("httplib", "query", "redis") else breadcrumb
