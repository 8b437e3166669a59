"""Graph's `event` → `Booking`, for events asked for with times in UTC and only our fields."""

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from calendarsync.core.booking import Booking, ShowAs, Skip, Treatment
from calendarsync.core.window import all_day

LONGEST_ID = 512

Choice = Treatment | Skip | None

log = logging.getLogger(__name__)


def identity(entry: Mapping[str, Any]) -> str:
    """The event's id. Raises ValueError where it has none it could be kept by."""
    item_id = entry.get("id")
    if not isinstance(item_id, str) or not 0 < len(item_id) <= LONGEST_ID or clean(item_id) != item_id:
        raise ValueError("an event without a usable id")
    return item_id


def booking(entry: Mapping[str, Any], zone: ZoneInfo, choice: Choice, *, titles: bool) -> Booking:
    """One occurrence. Raises one of UNREADABLE where the entry is not what Graph promises."""
    starts_at, ends_at = _times(entry, zone)
    return Booking(
        item_id=identity(entry),
        series_id=_series(entry),
        starts_at=starts_at,
        ends_at=ends_at,
        all_day=bool(entry.get("isAllDay")),
        show_as=_show_as(entry.get("showAs")),
        private=private(entry),
        # An attendee's copy stays after the organiser cancelled, and so may one that was declined.
        cancelled=bool(entry.get("isCancelled")),
        declined=(entry.get("responseStatus") or {}).get("response") == "declined",
        # Should it come unasked, it goes no further.
        subject=_subject(entry.get("subject")) if titles else None,
        choice=choice,
    )


UNREADABLE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    OSError,
)  # OSError: ZoneInfo("Europe")


def private(entry: Mapping[str, Any]) -> bool:
    """normal, personal, private or confidential; what is none of these, or left out, is private to us."""
    return entry.get("sensitivity") != "normal"


def clean(text: str) -> str:
    """Without NUL and lone surrogates, which Outlook lets through and PostgreSQL refuses."""
    return text.encode("utf-8", "ignore").decode().replace("\0", "")


def _times(entry: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    start, end = entry["start"], entry["end"]
    if entry.get("isAllDay"):
        # Midnights whatever zone it says, the end that after the last day: dates, never instants.
        return all_day(_date(start), _date(end), zone)
    return _instant(start), _instant(end)


def _date(moment: Mapping[str, str]) -> date:
    return date.fromisoformat(moment["dateTime"][:10])


def _instant(moment: Mapping[str, str]) -> datetime:
    """`dateTime` has seven decimals and no offset; `timeZone` is UTC because it was asked for."""
    naive = datetime.fromisoformat(moment["dateTime"])
    if naive.tzinfo is None:
        naive = naive.replace(tzinfo=ZoneInfo(moment.get("timeZone") or "UTC"))
    return naive.astimezone(UTC)


def _show_as(value: object) -> ShowAs:
    if isinstance(value, str) and value in set(ShowAs):
        return ShowAs(value)
    _say_once()
    return ShowAs.UNKNOWN


@cache
def _say_once() -> None:
    """Without the value: the booking may be a private one."""
    log.warning("Graph has a showAs that is not known here: such bookings are not synchronised")


def _series(entry: Mapping[str, Any]) -> str | None:
    series_id = entry.get("seriesMasterId")
    return identity({"id": series_id}) if series_id not in (None, "") else None


def _subject(text: str | None) -> str | None:
    return None if text is None else clean(text)
