"""One mailbox's bookings in a window: what is asked of Graph, and what becomes of the answer.

learn.microsoft.com/graph/api/user-list-calendarview; for the add-in's property
…/graph/api/singlevaluelegacyextendedproperty-get.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from calendarsync.core.booking import Skip, Treatment
from calendarsync.core.ports import Mailbox, Reading
from calendarsync.core.window import Window
from mss.microsoft.errors import Failure
from mss.microsoft.graph import Request
from mss.wire import TryLater

from . import graph_event, plugin

EXPANDED = "singleValueExtendedProperties"
SELECT = "id,seriesMasterId,start,end,isAllDay,isCancelled,showAs,sensitivity,responseStatus"
PAGE = 500

# By id: Graph may repeat an event on the next page if the calendar changes meanwhile.
Entries = dict[str, dict[str, Any]]
Choices = dict[str, Treatment | Skip]  # by id of an occurrence or a series


def view(mailbox: Mailbox, window: Window, *, titles: bool, addin_id: str | None) -> Request:
    """Occurrences, exceptions and single bookings; never a series itself."""
    start, end = window.asked
    query = f"startDateTime={_utc(start)}&endDateTime={_utc(end)}&$top={PAGE}"
    query += f"&$select={SELECT}{',subject' if titles else ''}"
    return Request(f"{_user(mailbox)}/calendarView?{query}{_expand(addin_id)}")


def chosen(mailbox: Mailbox, addin_id: str) -> Request:
    """Series, and single bookings, that carry the add-in's property."""
    has = f"{EXPANDED}/Any(ep: ep/id eq '{plugin.property_id(addin_id)}' and ep/value ne null)"
    query = f"$filter={quote(has, safe='')}&$select=id,type,seriesMasterId&$top={PAGE}"
    return Request(f"{_user(mailbox)}/events?{query}{_expand(addin_id)}")


def by_id(items: list[dict[str, Any]] | Failure) -> Entries | Failure:
    """An event without an id spoils the answer: there is no telling which of the held bookings it is."""
    if not isinstance(items, list):
        return items
    try:
        return {graph_event.identity(item): item for item in items}
    except ValueError as error:
        return TryLater("bad_answer", str(error))


def expanded(entries: Entries) -> bool:
    """Whether the property came along: on calendar views that is undocumented, and reports disagree."""
    return any(EXPANDED in entry for entry in entries.values())


def choices(entries: Entries, mailbox: Mailbox, addin_id: str, reasons: Collection[str] | None) -> Choices:
    """The choices that can be read from the expanded property."""
    wanted, owners = plugin.property_id(addin_id).lower(), (mailbox.email, *mailbox.aliases)
    found = {
        item_id: plugin.choice(_value(entry.get(EXPANDED), wanted), owners, reasons)
        for item_id, entry in entries.items()
    }
    return {item_id: choice for item_id, choice in found.items() if choice is not None}


def reading(entries: Entries, chosen: Choices, window: Window, *, titles: bool) -> Reading:
    """What overlaps the window. An occurrence's own choice goes before its series'."""
    bookings, unreadable = [], set()
    for item_id, entry in entries.items():
        try:
            choice = chosen.get(item_id) or chosen.get(entry.get("seriesMasterId") or "")
            booking = graph_event.booking(entry, window.zone, choice, titles=titles)
        except graph_event.UNREADABLE:
            if not graph_event.private(entry):  # a private one is gone, whatever else is wrong with it
                unreadable.add(item_id)
            continue
        if window.has(booking):
            bookings.append(booking)
    return Reading(tuple(bookings), frozenset(unreadable))


def _value(properties: object, wanted: str) -> object:
    """The value of our property among those expanded. Graph does not always give the id's case back."""
    for one in properties if isinstance(properties, list) else ():
        if isinstance(one, Mapping) and str(one.get("id")).lower() == wanted:
            return one.get("value")
    return None


def _expand(addin_id: str | None) -> str:
    if addin_id is None:
        return ""
    condition = f"{EXPANDED}($filter=id eq '{plugin.property_id(addin_id)}')"
    return f"&$expand={quote(condition, safe='')}"


def _user(mailbox: Mailbox) -> str:
    return f"/users/{quote(mailbox.id, safe='')}"


def _utc(moment: datetime) -> str:
    """Whole seconds with `Z`: a `+` of an offset would arrive as a blank."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
