"""One X as a `Pbx`: our changes as its JSON, its answers and refusals as values of the core."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from mss.onex.client import MOST_CHANGES, OneX, OneXError, OneXInvalid, OneXTooMany
from mss.wire import TryLater

from .core.booking import Absence, CallForwarding
from .core.plan import Clear, Set
from .core.ports import (
    Applied,
    Customer,
    Extension,
    PbxError,
    Reason,
    Refused,
    Rejected,
    Stale,
    Unavailable,
)

LARGEST_VERSION = 2**62
LONGEST_ID = 64

Change = Set | Clear
Result = Applied | Stale | Rejected | PbxError


class OneXPbx:
    """One customer's One X. Every method raises PbxError."""

    def __init__(self, onex: OneX, customer: str) -> None:
        self._onex = onex
        self._customer = customer

    def customer(self) -> Customer:
        with translated():
            one = self._onex.customer(self._customer)
            if one["id"] != self._customer:
                raise Unavailable("bad_answer", "another customer")
            return Customer(
                self._customer,
                _words(one["name"]),
                _words(one.get("organisation_number") or "", 32),
                _words(one["time_zone"], 64),
            )

    def extension(self, email: str) -> Extension | None:
        """The one with this e-mail; None as well where several share it, since nothing says which."""
        with translated():
            found = [_extension(one) for one in self._onex.extensions(self._customer, email=email)]
        return found[0] if len(found) == 1 else None

    def search(self, q: str) -> Iterator[Extension]:
        with translated():
            for one in self._onex.extensions(self._customer, q=q):
                yield _extension(one)

    def reasons(self) -> list[Reason]:
        with translated():
            listed = self._onex.reasons(self._customer)
            return [Reason(one["code"], one["label"]["sv"], one["label"]["en"]) for one in listed]

    def held(self, extension: str) -> list[tuple[Absence, int]]:
        """`item_id` is empty: One X knows bookings by key only."""
        with translated():
            listed = self._onex.absences(self._customer, extension)
            return [(_absence(one), int(one["version"])) for one in listed]

    def apply(self, changes: Sequence[Change]) -> list[Result]:
        """One answer a change, in order. Raises PbxError where nothing was answered.

        A later call that fails is the answer of its changes, and of those not sent any more.
        """
        return self._in_parts(_parts(changes, MOST_CHANGES))

    def _in_parts(self, parts: Iterable[Sequence[Change]]) -> list[Result]:
        results: list[Result] = []
        failed: PbxError | None = None
        for part in parts:
            try:
                results += [failed] * len(part) if failed else self._apply(part)
            except (Unavailable, Refused) as error:
                if not results:
                    raise
                failed = error
                results += [failed] * len(part)
        return results

    def _apply(self, changes: Sequence[Change]) -> list[Result]:
        try:
            with translated():
                answers = self._onex.apply(self._customer, [_change(change) for change in changes])
        except OneXTooMany:
            return self._fewer(changes, -(-len(changes) // 2), "too_large")
        except OneXInvalid:
            return self._fewer(changes, 1, "invalid")
        by_key = {answer["key"]: _result(answer) for answer in answers}
        return [by_key.get(change.key, Unavailable("bad_answer", "no result")) for change in changes]

    def _fewer(self, changes: Sequence[Change], size: int, code: str) -> list[Result]:
        if len(changes) == 1:
            return [Rejected(code)]
        return self._in_parts(_parts(changes, size))


@contextmanager
def translated() -> Iterator[None]:
    """One X's failures as PbxError. 413 and 422 pass through: `apply` knows what to do about them."""
    try:
        yield
    except TryLater as error:
        raise Unavailable(error.code, error.detail, error.retry_after) from None
    except (OneXTooMany, OneXInvalid):
        raise
    except OneXError as error:
        if error.status == 404:  # every path begins with the customer
            raise Unavailable("unknown_customer") from None
        if error.status in {401, 403}:
            raise Refused("onex_token", str(error)) from None
        raise Unavailable("server_error", str(error)) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unavailable("bad_answer", type(error).__name__) from None


def _parts(changes: Sequence[Change], size: int) -> list[Sequence[Change]]:
    return [changes[start : start + size] for start in range(0, len(changes), size)]


def _change(change: Change) -> dict[str, Any]:
    named = {"key": change.key, "extension": change.extension, "version": change.version}
    if isinstance(change, Clear):
        return {"op": "clear", **named}
    absence = change.absence
    return {
        "op": "set",
        **named,
        "starts_at": _text(absence.starts_at),
        "ends_at": _text(absence.ends_at),
        "all_day": absence.all_day,
        "reason": absence.reason,
        "forwarding": absence.forwarding.value,
        "priority": absence.priority,
        "title": absence.title,
        "returns_at": absence.returns_at and _text(absence.returns_at),
    }


def _result(answer: dict[str, Any]) -> Result:
    if answer["status"] == "applied":
        return Applied()
    if answer["status"] == "stale":
        return _stale(answer["held_version"])
    return Rejected(_words(answer.get("code") or "invalid", 40), _words(answer.get("detail") or ""))


def _stale(held_version: int) -> Stale | Unavailable:
    """A number we could not go on above is no version of ours."""
    if 0 < held_version < LARGEST_VERSION:
        return Stale(held_version)
    return Unavailable("bad_answer", "held_version")


def _absence(one: dict[str, Any]) -> Absence:
    return Absence(
        item_id="",
        starts_at=datetime.fromisoformat(one["starts_at"]),
        ends_at=datetime.fromisoformat(one["ends_at"]),
        reason=one["reason"],
        forwarding=CallForwarding(one["forwarding"]),
        priority=one["priority"],
        all_day=one["all_day"],
        title=one["title"],
        returns_at=one["returns_at"] and datetime.fromisoformat(one["returns_at"]),
        key=one["key"],
    )


def _extension(one: dict[str, Any]) -> Extension:
    email = one.get("email")
    return Extension(
        _id(one["id"]),
        _words(one["number"], 32),
        _words(one["name"]),
        None if email is None else _words(email, 320),
        "diversion" in one["services"],
    )


def _id(text: str) -> str:
    if not 0 < len(text) <= LONGEST_ID or _words(text) != text:
        raise ValueError("an id that cannot be kept")
    return text


def _words(text: str, longest: int = 200) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses, and no longer than can be kept."""
    return text.encode("utf-8", "ignore").decode().replace("\0", "")[:longest]


def _text(moment: datetime) -> str:
    """RFC 3339 in UTC, with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
