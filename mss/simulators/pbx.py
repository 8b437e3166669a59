"""The simulated One X: customers, extensions, what it holds, and what a colleague sees and a caller hears.

To the letter of the One X API: a change is judged by key and version, each alone, and may come again.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from .announcement import LABELS, sentence
from .changes import Change, parse
from .telephony import Active, Customer, Extension, HeldAbsence, Logged, Membership, TelenorPerson

__all__ = ["Active", "Customer", "Extension", "HeldAbsence", "Membership", "Pbx", "TelenorPerson"]

MAX_TITLE = 255


class Pbx:
    """The exchange. Shares the world's clock and lock; `revision` grows when what it holds changes."""

    def __init__(self, clock: Callable[[], datetime], lock: threading.RLock) -> None:
        self.clock, self.lock = clock, lock
        self.customers: dict[str, Customer] = {}
        self.extensions: dict[str, Extension] = {}
        self.persons: dict[str, TelenorPerson] = {}
        self.reasons: dict[str, tuple[str, str]] = dict(LABELS)
        self.by_key: dict[tuple[str, str], HeldAbsence] = {}
        self.by_hand: dict[str, Active] = {}
        self.log: deque[Logged] = deque(maxlen=100_000)
        self.calls = 0
        self.revision = 0
        self._keys: dict[str, set[tuple[str, str]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("lock", "clock")}

    # What the API does.

    def apply(self, customer_id: str, changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """One result per change (as on the wire), in order. MalformedError: nothing at all was applied."""
        parsed = [parse(each) for each in changes]
        with self.lock:
            self.calls += 1
            return [self._apply(customer_id, each) for each in parsed]

    def _apply(self, customer_id: str, change: Change) -> dict[str, Any]:
        held = self.by_key.get((customer_id, change.key))
        version = held.version if held else 0
        status, code = "applied", None
        if change.version < version:
            status = "stale"
        elif change.version > version:
            code = self._objection(customer_id, change)
            status = "rejected" if code else "applied"
            if not code:
                self._hold(HeldAbsence(customer_id, change))
                version = change.version
        return self._answer(customer_id, change, status, code, version)

    def _answer(
        self, customer_id: str, change: Change, status: str, code: str | None, version: int
    ) -> dict[str, Any]:
        self.log.append(Logged(self.clock(), self.calls, customer_id, change, status, code))
        detail = f"{change.op} of {change.key}: {code}" if code else None
        return {"key": change.key, "status": status, "code": code, "detail": detail, "held_version": version}

    def _objection(self, customer_id: str, change: Change) -> str | None:
        if change.absence is None:
            return None
        absence, extension = change.absence, self.extensions.get(change.extension)
        if extension is None or extension.customer_id != customer_id:
            return "unknown_extension"
        if absence.reason not in self.reasons:
            return "unknown_reason"
        if absence.forwarding == "announcement" and "diversion" not in extension.services:
            return "no_diversion_service"
        if absence.ends_at <= absence.starts_at:
            return "invalid_times"
        return "title_too_long" if len(absence.title or "") > MAX_TITLE else None

    def _hold(self, held: HeldAbsence) -> None:
        where = held.customer_id, held.change.key
        before = self.by_key.get(where)
        if before:
            self._keys[before.change.extension].discard(where)
        self.by_key[where] = held
        self._keys.setdefault(held.change.extension, set()).add(where)
        self.revision += 1

    def held(self, customer_id: str, extension: str | None = None) -> list[HeldAbsence]:
        """What came through the API and was not cleared, by key; also what a person overrode."""
        with self.lock:
            keys = self.by_key if extension is None else self._keys.get(extension, ())
            found = [self.by_key[each] for each in sorted(keys) if each[0] == customer_id]
        return [each for each in found if not each.cleared]

    # What people do by hand.

    def override(
        self,
        extension_id: str,
        reason: str,
        ends_at: datetime,
        forwarding: str = "none",
        starts_at: datetime | None = None,
        title: str | None = None,
    ) -> Active:
        """Set a state by hand: it goes before all of ours until it ends or `clear_override`."""
        state = Active(extension_id, reason, starts_at or self.clock(), ends_at, forwarding, title)
        with self.lock:
            self.by_hand[extension_id] = state
            self.revision += 1
        return state

    def clear_override(self, extension_id: str) -> None:
        with self.lock:
            self.by_hand.pop(extension_id, None)
            self.revision += 1

    def remove_by_hand(self, key: str) -> None:
        """Somebody removed our entry: nobody sees it until a set with a higher version comes."""
        self._by_hand(key, removed=True)

    def change_by_hand(self, key: str, **fields: Any) -> None:
        """Somebody changed our entry (fields of `Content`): so until a set with a higher version comes."""
        self._by_hand(key, **fields)

    def _by_hand(self, key: str, removed: bool = False, **fields: Any) -> None:
        with self.lock:
            held = next(
                held for (_, each), held in self.by_key.items() if each == key and held.change.absence
            )
            assert held.change.absence
            change = replace(held.change, absence=replace(held.change.absence, **fields))
            self._hold(replace(held, change=change, overridden=True, removed=removed))

    # What people see and hear.

    def _states(self, extension_id: str) -> list[Active]:
        with self.lock:
            held = [self.by_key[each] for each in self._keys.get(extension_id, ())]
        return [
            Active(extension_id=extension_id, key=each.change.key, **vars(each.change.absence))
            for each in held
            if each.change.absence and not each.removed
        ]

    def active(self, extension_id: str, at: datetime | None = None) -> Active | None:
        """The one of those under way that decides."""
        return next(iter(self.under_way(extension_id, at)), None)

    def under_way(self, extension_id: str, at: datetime | None = None) -> list[Active]:
        """By hand first, then the highest priority, the latest end, the smallest key."""
        at = at or self.clock()
        by_hand = self.by_hand.get(extension_id)
        states = [*([by_hand] if by_hand else []), *self._states(extension_id)]
        now = [each for each in states if each.starts_at <= at < each.ends_at]
        return sorted(
            now, key=lambda each: (not each.by_hand, -each.priority, -each.ends_at.timestamp(), each.key)
        )

    def coming(self, extension_id: str, at: datetime | None = None) -> list[Active]:
        """What begins after `at`, in order."""
        at = at or self.clock()
        later = [each for each in self._states(extension_id) if each.starts_at > at]
        return sorted(later, key=lambda each: (each.starts_at, each.ends_at, each.key))

    def directory(
        self, customer_id: str, at: datetime | None = None
    ) -> list[tuple[Extension, Active | None]]:
        """*Telefonboken*: everybody by name, with the active absence."""
        people = [each for each in self.extensions.values() if each.customer_id == customer_id]
        return [(each, self.active(each.id, at)) for each in sorted(people, key=lambda each: each.name)]

    def find(self, number: str) -> Extension | None:
        return next((each for each in self.extensions.values() if each.number == number), None)

    def call(self, number: str, at: datetime | None = None) -> dict[str, Any]:
        """What a caller meets. `answered_by` is person or announcement; `returns_at` a datetime or None;
        `sentence` the Swedish words. Raises KeyError for a number nobody has."""
        extension = self.find(number)
        if extension is None:
            raise KeyError(number)
        at = at or self.clock()
        active = self.active(extension.id, at)
        if active is None or active.forwarding != "announcement":
            return _answered(extension, f"{extension.name} svarar.")
        returns_at = active.returns_at or active.ends_at
        zone = self.customers[extension.customer_id].time_zone
        spoken = sentence(extension.name, active.reason, returns_at, at, zone)
        return _answered(extension, spoken, active, returns_at)


def _answered(
    extension: Extension, spoken: str, active: Active | None = None, returns_at: datetime | None = None
) -> dict[str, Any]:
    return {
        "number": extension.number,
        "extension": extension.id,
        "name": extension.name,
        "answered_by": "announcement" if active else "person",
        "reason": active.reason if active else None,
        "label": active.label if active else None,
        "returns_at": returns_at,
        "sentence": spoken,
    }
