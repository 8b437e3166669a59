"""A change as One X is asked for it: JSON read strictly into values."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

KEY = re.compile(r"[A-Za-z0-9_-]{1,120}")
FORWARDINGS = ("none", "announcement")


class MalformedError(ValueError):
    """A body that does not parse: 422, and nothing of it is applied."""


@dataclass(frozen=True)
class Content:
    """What an absence says. Times are aware UTC; `forwarding` is none or announcement."""

    starts_at: datetime
    ends_at: datetime
    all_day: bool
    reason: str
    forwarding: str
    priority: int
    title: str | None
    returns_at: datetime | None


@dataclass(frozen=True)
class Change:
    """`op` is set (with `absence`) or clear (without)."""

    op: str
    key: str
    extension: str
    version: int
    absence: Content | None = None


def parse(raw: Any) -> Change:
    """A change from its JSON object. Raises MalformedError."""
    if not isinstance(raw, dict):
        raise MalformedError("a change is an object")
    op, key, version = raw.get("op"), _text(raw, "key"), _whole(raw, "version")
    if op not in ("set", "clear"):
        raise MalformedError("op is set or clear")
    if not KEY.fullmatch(key):
        raise MalformedError("key does not match")
    if version < 1:
        raise MalformedError("version is a positive integer")
    return Change(op, key, _text(raw, "extension"), version, _content(raw) if op == "set" else None)


def _content(raw: dict[str, Any]) -> Content:
    forwarding = _text(raw, "forwarding")
    if forwarding not in FORWARDINGS:
        raise MalformedError("forwarding is none or announcement")
    if not isinstance(raw.get("all_day"), bool):
        raise MalformedError("all_day is true or false")
    starts_at, ends_at = moment(_text(raw, "starts_at")), moment(_text(raw, "ends_at"))
    title = _text(raw, "title") if raw.get("title") is not None else None
    returns_at = moment(_text(raw, "returns_at")) if raw.get("returns_at") is not None else None
    reason, priority = _text(raw, "reason"), _whole(raw, "priority")
    return Content(starts_at, ends_at, raw["all_day"], reason, forwarding, priority, title, returns_at)


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str):
        raise MalformedError(f"{name} is text")
    return value


def _whole(raw: dict[str, Any], name: str) -> int:
    value = raw.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError(f"{name} is an integer")
    return value


def moment(text: str) -> datetime:
    """An RFC 3339 time with its offset, in UTC. Raises MalformedError."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedError("a time is RFC 3339") from error
    if value.tzinfo is None:
        raise MalformedError("a time has an offset")
    return value.astimezone(UTC)
