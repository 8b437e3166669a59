"""An event as Graph shows it: every property it may be asked for, and only those it was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..records import Event
from ..wire import encode, etag, local_stamp, stamp, wire_id
from ..world import World

UNSELECTABLE_IN_VIEW = ("createdDateTime", "lastModifiedDateTime")


@dataclass(frozen=True)
class Show:
    """Turns events into JSON objects. `select` None: everything; `bag`: the extended property to add."""

    select: list[str] | None
    bag: str | None
    immutable: bool
    zone_name: str
    zone: ZoneInfo
    world: World

    def __call__(self, event: Event) -> dict[str, Any]:
        shown: dict[str, Any] = {"@odata.etag": etag(event), "id": wire_id(event, self.immutable)}
        for name in FIELDS if self.select is None or self.world.overshares else self.select:
            shown[name] = FIELDS[name](self, event)
        if self.bag and event.choice is not None:
            # Graph spells the set's GUID in lower case whatever was asked.
            kind, _, name = self.bag.partition(" Name ")
            extended = {"id": f"{kind.replace('C000', 'c000')} Name {name}", "value": event.choice}
            shown["singleValueExtendedProperties"] = [extended]
        return shown

    def time(self, event: Event, moment: datetime) -> dict[str, str]:
        """A dateTimeTimeZone. An all-day event is dates: midnights marked UTC whatever zone was asked for."""
        if event.all_day:
            return {"dateTime": local_stamp(moment), "timeZone": "UTC"}
        local = moment.astimezone(self.zone).replace(tzinfo=UTC)
        return {"dateTime": local_stamp(local), "timeZone": self.zone_name}

    def address(self, event: Event) -> dict[str, Any]:
        owner = self.world.people[event.person_id]
        return {"emailAddress": {"name": owner.name, "address": owner.email}}


def _recurrence(show: Show, event: Event) -> dict[str, Any] | None:
    if event.kind != "seriesMaster":
        return None
    weekly = event.every_days % 7 == 0
    pattern: dict[str, Any] = {"type": "weekly" if weekly else "daily", "firstDayOfWeek": "monday"}
    pattern["interval"] = event.every_days // 7 if weekly else event.every_days
    if weekly:
        pattern["daysOfWeek"] = [f"{event.starts_at:%A}".lower()]
    started = f"{event.starts_at:%Y-%m-%d}"
    bounds = {"type": "numbered", "startDate": started, "numberOfOccurrences": event.count}
    return {"pattern": pattern, "range": bounds | {"recurrenceTimeZone": event.zone}}


def _response(show: Show, event: Event) -> dict[str, str]:
    return {"response": event.response, "time": "0001-01-01T00:00:00Z"}


def _series(show: Show, event: Event) -> str | None:
    return encode(event.series_id, show.immutable) if event.series_id else None


def _body(show: Show, event: Event) -> dict[str, str]:
    return {"contentType": "text", "content": event.body}


def _location(show: Show, event: Event) -> dict[str, str]:
    return {"displayName": event.location, "locationType": "default", "uniqueIdType": "unknown"}


def _uid(show: Show, event: Event) -> str:
    return f"040000008200E00074C5B7101A82E008{event.id.replace('-', '').upper()}"


FIELDS: dict[str, Callable[[Show, Event], Any]] = {
    "id": lambda show, event: wire_id(event, show.immutable),
    "createdDateTime": lambda show, event: stamp(datetime(2026, 1, 2, tzinfo=UTC)),
    "lastModifiedDateTime": lambda show, event: stamp(
        datetime(2026, 1, 2, 0, 0, event.etag % 60, tzinfo=UTC)
    ),
    "changeKey": lambda show, event: etag(event)[3:-1],
    "categories": lambda show, event: [],
    "transactionId": lambda show, event: None,
    "originalStartTimeZone": lambda show, event: event.zone,
    "originalEndTimeZone": lambda show, event: event.zone,
    "iCalUId": _uid,
    "reminderMinutesBeforeStart": lambda show, event: 15,
    "isReminderOn": lambda show, event: True,
    "hasAttachments": lambda show, event: False,
    "subject": lambda show, event: event.subject,
    "bodyPreview": lambda show, event: event.body[:255],
    "importance": lambda show, event: "normal",
    "sensitivity": lambda show, event: event.sensitivity,
    "isAllDay": lambda show, event: event.all_day,
    "isCancelled": lambda show, event: event.cancelled,
    "isOrganizer": lambda show, event: event.response == "organizer",
    "isDraft": lambda show, event: False,
    "responseRequested": lambda show, event: True,
    "seriesMasterId": _series,
    "showAs": lambda show, event: event.show_as,
    "type": lambda show, event: event.kind,
    "webLink": lambda show, event: f"https://outlook.office365.com/owa/?itemid={event.id}&exvsurl=1",
    "onlineMeetingUrl": lambda show, event: None,
    "isOnlineMeeting": lambda show, event: False,
    "onlineMeetingProvider": lambda show, event: "unknown",
    "allowNewTimeProposals": lambda show, event: True,
    "hideAttendees": lambda show, event: False,
    "responseStatus": _response,
    "body": _body,
    "start": lambda show, event: show.time(event, event.starts_at),
    "end": lambda show, event: show.time(event, event.ends_at),
    "location": _location,
    "locations": lambda show, event: [_location(show, event)] if event.location else [],
    "recurrence": _recurrence,
    "attendees": lambda show, event: [],
    "organizer": lambda show, event: show.address(event),
    "onlineMeeting": lambda show, event: None,
}
