"""*Händelser* of a user in words: what happened to a booking or a mailbox, and when."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .. import labels
from ..core.window import all_day
from ..models import SyncedBooking, SyncedUser, UserEvent
from . import daylines
from .confirmed import Confirmed


@dataclass(frozen=True, slots=True)
class Happened:
    """`before` and `after`: the absence, each '' where there is none; `trouble`: what was wrong, and what mends it."""

    at: datetime
    what: str
    before: str = ""
    after: str = ""
    trouble: str = ""


def visible(
    user: SyncedUser, events: Iterable[UserEvent], day: date, known: Confirmed, zone: ZoneInfo
) -> set[str]:
    """Keys of the bookings whose times may be told: those that One X still should hold and, of the day that was read
    live, are in what was read. A booking that is gone may be gone because it became private."""
    starts_at, ends_at = all_day(day, day + timedelta(days=1), zone)
    read = {each.row.key for each in known.standings if each.row}
    standing = SyncedBooking.objects.standing().filter(
        synced_user=user, key__in={each.key for each in events}
    )
    return {
        row.key for row in standing if row.key in read or row.starts_at >= ends_at or row.ends_at <= starts_at
    }


def told(
    events: Iterable[UserEvent], zone: ZoneInfo, reasons: Mapping[str, str], visible: Container[str]
) -> list[Happened]:
    """`reasons`: One X's words by code; of a booking that is not `visible` only what happened, and when."""
    return [_line(event, zone, reasons, event.key in visible) for event in events]


def _line(event: UserEvent, zone: ZoneInfo, reasons: Mapping[str, str], visible: bool) -> Happened:
    what = str(event.get_what_display())
    troubled = event.what == UserEvent.What.REFUSED or not event.key
    trouble = daylines.said(event.code) if troubled and event.code else ""
    if event.starts_at is None or event.ends_at is None or not visible:
        return Happened(event.at, what, trouble=trouble)
    now = (event.forwarding, event.reason, event.starts_at, event.ends_at)
    after = _absence(*now, event.all_day, zone, reasons)
    return Happened(event.at, what, _before(event, zone, reasons), after, trouble)


def _before(event: UserEvent, zone: ZoneInfo, reasons: Mapping[str, str]) -> str:
    if event.starts_before is None or event.ends_before is None:
        return ""
    was = (event.forwarding_before, event.reason_before, event.starts_before, event.ends_before)
    return _absence(*was, event.all_day, zone, reasons)


def _absence(
    forwarding: str,
    reason: str,
    starts_at: datetime,
    ends_at: datetime,
    all_day: bool,
    zone: ZoneInfo,
    reasons: Mapping[str, str],
) -> str:
    kind = "diversion" if forwarding == "announcement" else "absence"
    words = labels.BECAME[kind] % {"reason": reasons.get(reason, reason)}
    return f"{words} {_times(starts_at, ends_at, all_day, zone)}"


def _times(starts_at: datetime, ends_at: datetime, all_day: bool, zone: ZoneInfo) -> str:
    """2026-11-24 09:00–10:30; with both dates, or with dates alone."""
    try:
        first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
        final = (last - timedelta.resolution).date() if all_day else last.date()
    except OverflowError:  # until the year 9999
        return f"{starts_at:%Y-%m-%d} – {ends_at:%Y-%m-%d}"
    if all_day:
        return f"{first.date()}" if first.date() == final else f"{first.date()} – {final}"
    end = f"{last:%H:%M}" if first.date() == last.date() else f" {last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M}–{end}"
