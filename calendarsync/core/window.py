"""Which moments are read, and where an all-day booking begins and ends."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .booking import Booking

MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From `starts_at` (now) to `ends_at`, the end of the local day `days_ahead` from today.

    UTC; `zone` is the company's.
    """

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    @property
    def asked(self) -> tuple[datetime, datetime]:
        """What to ask Microsoft for: a day more at both ends, since all-day bookings shift by hours."""
        return self.starts_at - MARGIN, self.ends_at + MARGIN

    def has(self, booking: Booking) -> bool:
        """Whether a booking overlaps the window. One without length, inside, does: it can be explained."""
        return self.starts_at < booking.ends_at and booking.starts_at < self.ends_at


def window(now: datetime, days_ahead: int, zone: ZoneInfo) -> Window:
    """The window that begins at `now`; `days_ahead` 0 ends at the coming local midnight."""
    last = now.astimezone(zone).date() + timedelta(days=days_ahead)
    return Window(now.astimezone(UTC), _midnight(last + timedelta(days=1), zone), zone)


def all_day(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end (UTC) of an all-day booking from `first` up to, not including, `last`."""
    return _midnight(first, zone), _midnight(last, zone)


def nearest_midnight(instant: datetime, zone: ZoneInfo) -> date:
    """The date whose local midnight is nearest; halfway between two, the later."""
    today = instant.astimezone(zone).date()
    tomorrow = today + timedelta(days=1)
    if _midnight(tomorrow, zone) - instant <= instant - _midnight(today, zone):
        return tomorrow
    return today


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day. Where clocks skip midnight, `fold=0` gives the moment they do."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)
