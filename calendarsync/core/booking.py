"""The values everything else is made of: what Outlook has (`Booking`) and what One X should show (`Absence`).

Times are aware UTC. Enum values use Microsoft Graph's spelling (the `event` resource).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum


class ShowAs(StrEnum):
    """Outlook's *Visa som*: Graph `freeBusyStatus`, EWS `LegacyFreeBusyStatus`."""

    FREE = "free"
    TENTATIVE = "tentative"
    BUSY = "busy"
    OOF = "oof"
    WORKING_ELSEWHERE = "workingElsewhere"
    UNKNOWN = "unknown"


class CallForwarding(StrEnum):
    """*Koppla samtal till*: information only, or a diversion announcement. One X's spelling."""

    NONE = "none"
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True, slots=True)
class Treatment:
    """What to do with a booking: a reason of One X's list, and where calls go."""

    reason: str
    forwarding: CallForwarding = CallForwarding.NONE


class Skip(Enum):
    """A choice that is not a treatment."""

    BY_USER = "skip"


@dataclass(frozen=True, slots=True)
class Booking:
    """One occurrence in a calendar, as an adapter translated it.

    `choice` is the person's own, set in the Outlook add-in for this booking. A private booking holds neither
    subject nor choice, whatever the caller passes: nothing of it may outlive the adapter.
    """

    item_id: str
    starts_at: datetime
    ends_at: datetime
    show_as: ShowAs
    series_id: str | None = None
    all_day: bool = False
    private: bool = False
    cancelled: bool = False
    declined: bool = False
    subject: str | None = None
    choice: Treatment | Skip | None = None

    def __post_init__(self) -> None:
        if self.private:
            object.__setattr__(self, "subject", None)
            object.__setattr__(self, "choice", None)


@dataclass(frozen=True, slots=True)
class Absence:
    """What One X should hold for one booking. `key` is ours and empty until a row is made for it.

    `returns_at` (*åter-tid*) is set by `timeline` and only for a diversion.
    """

    item_id: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    forwarding: CallForwarding
    priority: int
    series_id: str | None = None
    all_day: bool = False
    title: str | None = None
    returns_at: datetime | None = None
    key: str = ""

    @property
    def payload_hash(self) -> str:
        """32 hex characters over what One X is told: shows that nothing changed without comparing fields."""
        told = [
            self.starts_at.isoformat(),
            self.ends_at.isoformat(),
            self.all_day,
            self.reason,
            self.forwarding.value,
            self.priority,
            self.title,
            self.returns_at and self.returns_at.isoformat(),
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
