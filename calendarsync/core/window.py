"""Which moments are read, and where an all-day booking begins and ends."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """From `starts_at` (now) to `ends_at`, the end of the local day `days_ahead` from today. UTC; `zone` is the company's."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
