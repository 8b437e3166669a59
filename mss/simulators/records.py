"""What the simulated Microsoft remembers: tenants, people, events, subscriptions. Times are aware UTC."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

# Outlook's own names for the zones people of this world live in (CLDR windowsZones).
WINDOWS_ZONES = {
    "W. Europe Standard Time": "Europe/Stockholm",
    "FLE Standard Time": "Europe/Helsinki",
    "GMT Standard Time": "Europe/London",
    "Eastern Standard Time": "America/New_York",
    "Tokyo Standard Time": "Asia/Tokyo",
}


def zone_info(name: str) -> ZoneInfo:
    """The zone of a Windows or IANA name; `tzone://Microsoft/Custom` and other strangers are Stockholm's."""
    try:
        return ZoneInfo(WINDOWS_ZONES.get(name, name))
    except (KeyError, ValueError):
        return ZoneInfo("Europe/Stockholm")


@dataclass
class Tenant:
    """A Microsoft 365 organisation. `consented`, `disabled` and `roles` are about the application there."""

    id: str
    name: str
    domains: list[str]
    consented: bool = True
    disabled: bool = False
    roles: list[str] = field(default_factory=lambda: ["Calendars.Read", "User.Read.All"])


@dataclass
class Person:
    """Somebody in a directory. `email` is the primary address, `zone` a Windows or IANA name."""

    id: str
    tenant_id: str
    name: str
    given_name: str
    surname: str
    email: str
    upn: str
    aliases: list[str] = field(default_factory=list)
    zone: str = "W. Europe Standard Time"
    mailbox: bool = True
    extension_id: str | None = None
    title: str = ""
    department: str = ""

    def answers_to(self, address: str) -> bool:
        """Whether the address, in any case, is this person's primary one, an alias or the UPN."""
        return address.lower() in {each.lower() for each in (self.email, self.upn, *self.aliases)}


@dataclass(frozen=True)
class Event:
    """One item of a calendar; a change makes a new value, so a reader never sees half of one.

    An all-day event holds dates: midnights marked UTC that mean no instant (`span` places them). Words are
    Graph's: `kind` singleInstance, occurrence, exception or seriesMaster (with `every_days` and `count`);
    `choice` the raw text of the add-in's `cecp-` bag; `etag` grows with every change, `moves` with every move
    between folders.
    """

    id: str
    person_id: str
    subject: str
    starts_at: datetime
    ends_at: datetime
    all_day: bool = False
    show_as: str = "busy"
    sensitivity: str = "normal"
    cancelled: bool = False
    response: str = "organizer"
    kind: str = "singleInstance"
    series_id: str | None = None
    zone: str = "W. Europe Standard Time"
    choice: str | None = None
    body: str = ""
    location: str = ""
    etag: int = 1
    moves: int = 0
    every_days: int = 0
    count: int = 0

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When the owner is taken, as instants: all day is midnight to midnight in its zone."""
        if not self.all_day:
            return self.starts_at, self.ends_at
        zone = zone_info(self.zone)
        return (
            self.starts_at.replace(tzinfo=zone).astimezone(UTC),
            self.ends_at.replace(tzinfo=zone).astimezone(UTC),
        )


@dataclass
class Subscription:
    """Who wants to be told of changes in a mailbox. `immutable`: made with the preference for such ids."""

    id: str
    tenant_id: str
    application_id: str
    person_id: str
    resource: str
    change_type: str
    notification_url: str
    expires_at: datetime
    lifecycle_url: str | None = None
    client_state: str | None = None
    immutable: bool = False


def day(moment: datetime) -> datetime:
    """The midnight, marked UTC, of the date that a moment shows on its own clock."""
    return datetime.combine(moment.date(), time.min, UTC)
