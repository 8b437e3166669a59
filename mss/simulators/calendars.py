"""The calendars of the simulated Microsoft: booking, changing, deleting, choosing. Times are aware UTC."""

import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from .records import Event, Person, day, zone_info

Moment = datetime | date


class Calendars:
    """Everybody's events, guarded by one lock and found by person. Telling of changes is the world's part."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.people: dict[str, Person] = {}
        self.events: dict[str, Event] = {}
        self._by_person: dict[str, dict[str, Event]] = {}
        self._series: dict[str, set[str]] = {}

    def new_id(self) -> str:
        raise NotImplementedError

    def touch(self) -> None:
        """Something changed."""
        raise NotImplementedError

    def tell(self, change_type: str, event: Event) -> None:
        """An event was created, updated or deleted."""
        raise NotImplementedError

    def book(self, person_id: str, subject: str, starts_at: Moment, ends_at: Moment, **fields: Any) -> Event:
        """Put one item into a calendar. With `all_day=True` the moments' dates count, the end excluded."""
        with self.lock:
            event = self._add(person_id, subject, starts_at, ends_at, **fields)
            self.tell("created", event)
        return event

    def book_series(
        self,
        person_id: str,
        subject: str,
        first_start: Moment,
        first_end: Moment,
        every_days: int = 7,
        count: int = 10,
        **fields: Any,
    ) -> list[Event]:
        """A master, which comes first, and its occurrences, at the same local time in the owner's zone."""
        with self.lock:
            pattern = {"kind": "seriesMaster", "every_days": every_days, "count": count}
            master = self._add(person_id, subject, first_start, first_end, **fields | pattern)
            same = fields | {"kind": "occurrence", "series_id": master.id}
            days = [timedelta(days=every_days * index) for index in range(count)]
            series = [master] + [
                self._add(
                    person_id, subject, self._later(master, 0, each), self._later(master, 1, each), **same
                )
                for each in days
            ]
            self.tell("created", master)
        return series

    @staticmethod
    def _later(master: Event, end: int, shift: timedelta) -> datetime:
        moment = (master.starts_at, master.ends_at)[end]
        if master.all_day:
            return moment + shift
        return (moment.astimezone(zone_info(master.zone)) + shift).astimezone(UTC)

    def change(self, event_id: str, **fields: Any) -> Event:
        """Change any fields of `Event`; an occurrence becomes an exception. Raises KeyError."""
        with self.lock:
            event = self._change(event_id, **fields)
            self.tell("updated", event)
        return event

    def change_series(self, series_id: str, shift: timedelta | None = None, **fields: Any) -> list[Event]:
        """Change the master and every item of its series, or move them all; exceptions stay exceptions."""
        with self.lock:
            return [self._change_member(each, shift, fields) for each in self._members(series_id)]

    def _change_member(self, event: Event, shift: timedelta | None, fields: dict[str, Any]) -> Event:
        if shift:
            fields = fields | {"starts_at": event.starts_at + shift, "ends_at": event.ends_at + shift}
        changed = self._change(event.id, kind=event.kind, **fields)
        self.tell("updated", changed)
        return changed

    def delete(self, event_id: str) -> None:
        """Delete one item; a master takes its series along. Raises KeyError."""
        with self.lock:
            if self.events[event_id].kind == "seriesMaster":
                return self.delete_series(event_id)
            self.tell("deleted", self._remove(event_id))
        return None

    def delete_series(self, series_id: str) -> None:
        with self.lock:
            for each in self._members(series_id):
                self.tell("deleted", self._remove(each.id))
            del self._series[series_id]

    def move_to_folder(self, event_id: str) -> Event:
        """The item moves between folders: its ordinary id changes, the immutable one stays."""
        return self.change(event_id, kind=self.events[event_id].kind, moves=self.events[event_id].moves + 1)

    def set_choice(
        self, event_id: str, reason: str | None = None, forwarding: str | None = None, skip: bool = False
    ) -> Event:
        """The owner chooses in the Outlook add-in for this item; a whole series chooses on its master."""
        choice: dict[str, Any] = {"v": 1, "owner": self.people[self.events[event_id].person_id].email}
        choice |= {"skip": True} if skip else {"reason": reason, "forwarding": forwarding or "none"}
        return self.change(event_id, choice=json.dumps({"choice": json.dumps(choice)}))

    def clear_choice(self, event_id: str) -> Event:
        return self.change(event_id, choice=None)

    def events_of(self, person_id: str, start: datetime, end: datetime) -> list[Event]:
        """What a calendar shows between two instants: everything but masters, by start."""
        shown = [each for each in self.calendar(person_id) if each.kind != "seriesMaster"]
        found = [
            each
            for each in shown
            if (each.span[0] < end and each.span[1] > start) or start <= each.span[0] < end
        ]
        return sorted(found, key=lambda each: (each.span, each.id))

    def calendar(self, person_id: str) -> list[Event]:
        """Every item of a mailbox, masters too, in the order they were made."""
        with self.lock:
            return list(self._by_person.get(person_id, {}).values())

    def _add(self, person_id: str, subject: str, starts_at: Moment, ends_at: Moment, **fields: Any) -> Event:
        fields = {"zone": self.people[person_id].zone} | fields
        all_day = fields.get("all_day", False)
        begin, end = _moment(starts_at, all_day), _moment(ends_at, all_day)
        event = Event(self.new_id(), person_id, subject, begin, end, **fields)
        if event.kind == "seriesMaster":
            self._series[event.id] = set()
        elif event.series_id:
            self._series[event.series_id].add(event.id)
        return self._store(event)

    def _change(self, event_id: str, **fields: Any) -> Event:
        event = self.events[event_id]
        if event.kind == "occurrence":
            fields = {"kind": "exception"} | fields
        all_day = fields.get("all_day", event.all_day)
        times: dict[str, Any] = {
            name: _moment(fields[name], all_day) for name in ("starts_at", "ends_at") if name in fields
        }
        return self._store(replace(event, **fields | times | {"etag": event.etag + 1}))

    def _store(self, event: Event) -> Event:
        self.events[event.id] = self._by_person[event.person_id][event.id] = event
        self.touch()
        return event

    def _remove(self, event_id: str) -> Event:
        event = self.events.pop(event_id)
        del self._by_person[event.person_id][event_id]
        self._series.get(event.series_id or "", set()).discard(event_id)
        self.touch()
        return event

    def _members(self, series_id: str) -> list[Event]:
        return [self.events[each] for each in (series_id, *sorted(self._series[series_id]))]


def _moment(value: Moment, all_day: bool) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min, UTC)
    if all_day:
        return day(value)
    assert value.tzinfo, "a time has a zone"
    return value.astimezone(UTC)
